//! A value of any type.

use super::birth::{Birth, Policy, in_drop};
use crate::core::Value;
use crate::core::teardown::release;
use crate::parts::containment::Containment;
use crate::platform::Std;
use std::any::Any;
use std::sync::Arc;

/// What contexts hold: a shared value whose type only its variable knows.
///
/// The pointer is the identity of the value. Equality is identity too: a value need not have an `==`, and so comparing
/// contexts runs no user code. Cloning counts a reference; dropping the last one runs the value's own `Drop`,
/// contained.
#[derive(Clone)]
pub(super) struct Erased(Arc<dyn Any + Send + Sync>);

impl Erased {
    pub(super) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Erased(Arc::new(Contains { value: Some(value), birth: Birth::now() }))
    }

    /// The value, if it is a `T`.
    #[inline]
    pub(super) fn downcast<T: 'static>(&self) -> Option<&T> {
        self.0.downcast_ref::<Contains<T>>()?.get()
    }

    /// The value bound to a variable, where the variable's type says that it is a `T`.
    #[inline]
    pub(super) fn typed<T: 'static>(&self) -> &T {
        self.downcast().expect("a variable is bound to values of its own type only")
    }
}

impl Value for Erased {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn equal(&self, other: &Self) -> bool {
        self.same(other)
    }
}

/// An object of the user's whose drop does not panic, and is not run at all after the last round of a thread's end.
pub(super) struct Contains<T: 'static> {
    /// There until it is taken or dropped.
    value: Option<T>,
    /// Decides whether it is dropped at all.
    birth: Birth,
}

impl<T: 'static> Contains<T> {
    /// For an object that no context binds, so that no round of a thread's end is about it.
    pub(super) fn unbound(value: T) -> Self {
        Contains { value: Some(value), birth: Birth::UNBOUND }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Gives it back to the caller, who drops it as he likes.
    pub(super) fn take(mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T: 'static> Drop for Contains<T> {
    fn drop(&mut self) {
        // What has no drop runs no user code, and needs no memory to wait for its turn: a read inside the allocator may
        // have given it as a fallback.
        if !std::mem::needs_drop::<T>() {
            return;
        }
        let Some(value) = self.value.take() else { return };
        if self.birth.is_too_late() {
            std::mem::forget(value);
        } else {
            // The drop around it is this one's also if the release comes later.
            let dying = Dying { value: Some(value), birth: self.birth.inside_drop() };
            release::<Std, _>(dying);
        }
    }
}

/// An object of the user's that is released now, or later, if it is one of a long chain.
struct Dying<T> {
    /// There until the drop.
    value: Option<T>,
    birth: Birth,
}

impl<T> Drop for Dying<T> {
    fn drop(&mut self) {
        let value = self.value.take();
        in_drop(self.birth, || contain(|| drop(value)));
    }
}

/// Runs user code whose panic must go no further.
pub(super) fn contain(body: impl FnOnce()) {
    Policy::contain(body);
}
