//! Threads that start with bindings.

use super::{Context, copy_context};
use std::thread::JoinHandle;

/// Starts a thread that runs `body` in a copy of the caller's current context, taken now.
///
/// What either thread sets later does not show in the other. A thread started by [`std::thread::spawn`] begins with
/// nothing bound instead: inheritance is asked for, never a surprise. What `body` set has been dropped when
/// [`join`](JoinHandle::join) returns. The copy is O(1). Python: `Thread(target=…, context=copy_context())`, the
/// default of free-threaded builds since 3.14 (`thread_inherit_context`).
///
/// ```
/// use contextvars::{ContextVar, spawn_with_copy};
/// static USER: ContextVar<u32> = ContextVar::new("user");
///
/// let _binding = USER.bind(7);
/// assert_eq!(spawn_with_copy(|| USER.get()).join().unwrap(), Some(7));
/// assert_eq!(std::thread::spawn(|| USER.get()).join().unwrap(), None);
/// ```
///
/// # Panics
/// If the system cannot start a thread, as [`std::thread::spawn`]. A panic of `body` is returned by `join`.
pub fn spawn_with_copy<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    inside(copy_context(), body)
}

/// Starts a thread inside a context that nobody else has.
pub(super) fn inside<R: Send + 'static>(own: Context, body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    std::thread::spawn(move || own.run(body).expect("nobody else has this context"))
}
