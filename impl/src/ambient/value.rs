//! A value of any type.

use crate::core::Value;
use std::any::Any;
use std::sync::Arc;

/// What contexts hold: a shared value whose type only its variable knows.
///
/// The pointer is the identity of the value. Equality is identity too: a value need not have an `==`, and so comparing
/// contexts runs no user code. Cloning counts a reference; dropping the last one runs the value's own `Drop`.
#[derive(Clone)]
pub(super) struct Erased(Arc<dyn Any + Send + Sync>);

impl Erased {
    pub(super) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Erased(Arc::new(value))
    }

    /// The value, if it is a `T`.
    #[inline]
    pub(super) fn downcast<T: 'static>(&self) -> Option<&T> {
        self.0.downcast_ref()
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
