//! The cache of a variable: the value found last, so that the next read need not search the map.
//!
//! Whatever a cache does, a hit must be the binding of the *calling thread's current context*, now (properties ISO-1
//! and FRESH-1), and a value that it answers with must not be dead (MEM-1).
//!
//! A cache can keep state in three places, each a type of its own: in the runtime (`Shared`), in every variable
//! (`InVariable`) and in every thread (`InThread`). The core calls it at fixed points and tells it [`At`] which point
//! it is. No call of a cache may run user code while it holds a lock or a borrow: a value that it gives up is moved out
//! first and dropped last.

mod per_thread;
mod uncached;

pub use per_thread::{PerThread, SLOTS, Table};
pub use uncached::Uncached;

use crate::platform::Platform;
use std::ops::Deref;

/// Who asks, about what, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct At {
    /// The identity of the thread.
    pub thread: u64,
    /// The identity of the variable.
    pub variable: u64,
    /// The frame of the thread's stack of entered contexts: given anew by every enter, back in force after an exit.
    /// While a frame is in force its context's map is changed by this thread only, and only through `bind`.
    pub frame: u64,
    /// The number of enters and exits of the thread so far (CPython's `context_ver`).
    pub switches: u64,
}

/// The three places of one access.
pub struct Place<'a, C: Cache<P, V>, P: Platform, V> {
    /// The part in the runtime.
    pub shared: &'a C::Shared,
    /// The part in the variable.
    pub variable: &'a C::InVariable,
    /// The part in the thread.
    pub thread: &'a C::InThread,
    /// Who, what and when.
    pub at: At,
}

/// A cache of the last value found.
pub trait Cache<P: Platform, V>: Sized + 'static {
    /// Whether `bind` does anything; if not, the core saves itself the call.
    const ACTIVE: bool;
    /// What is kept once.
    type Shared: Send + Sync;
    /// What is kept in each variable.
    type InVariable: Send + Sync;
    /// What is kept in each thread.
    type InThread;
    /// A value that stays alive while its reader looks at it.
    type Held: Deref<Target = V>;

    /// The part in the runtime, empty.
    fn shared() -> Self::Shared;
    /// The part in a new variable, empty.
    fn in_variable(shared: &Self::Shared, variable: u64) -> Self::InVariable;
    /// The part in a new thread, empty.
    fn in_thread(shared: &Self::Shared, thread: u64) -> Self::InThread;

    /// The value cached for this variable in this thread's current context.
    fn lookup(place: Place<'_, Self, P, V>) -> Option<Self::Held>;
    /// A search of the map found `value`.
    fn fill(place: Place<'_, Self, P, V>, value: &V);
    /// The binding is about to change.
    fn begin_bind(place: Place<'_, Self, P, V>) {
        let _ = place;
    }
    /// The binding has changed, in the map that every reader sees.
    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>);
    /// The frame is left for good; its context may be entered elsewhere after this call.
    fn leave(shared: &Self::Shared, thread: &Self::InThread, frame: u64);
    /// A variable dies: nothing names it any more.
    fn variable_died(shared: &Self::Shared, variable: &Self::InVariable, id: u64) {
        let _ = (shared, variable, id);
    }
    /// A thread ends.
    fn thread_ended(shared: &Self::Shared, thread: &Self::InThread, id: u64) {
        let _ = (shared, thread, id);
    }
}

/// A value held by value: what a cache that copies its entry answers with.
pub struct Owned<V>(pub V);

impl<V> Deref for Owned<V> {
    type Target = V;
    fn deref(&self) -> &V {
        &self.0
    }
}
