//! Threads that start with bindings.

use super::{Context, copy_context, thread};
use std::thread::{JoinHandle, Scope, ScopedJoinHandle};

/// Starts a thread that runs `body` in a copy of the caller's current context, taken now.
///
/// What either thread sets later does not show in the other. A thread started by [`std::thread::spawn`] begins with
/// nothing bound instead: inheritance is asked for, never a surprise. Before the thread's function returns the context
/// is left and released, so what `body` set has been dropped when [`join`](JoinHandle::join) returns. The copy is O(1).
/// Python: `Thread(target=…, context=copy_context())`, the default of free-threaded builds since 3.14
/// (`thread_inherit_context`).
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

/// As [`spawn_with_copy`], for a thread of a [scope](std::thread::scope), which may borrow.
///
/// What `body` set has been dropped when `std::thread::scope` returns. That is not so for a thread started by
/// [`Scope::spawn`] that sets something outside of any [`Context::run`]: its last context dies with its thread-locals,
/// and these are destroyed after the scope has been told that the thread is done.
///
/// ```
/// use contextvars::{ContextVar, spawn_scoped_with_copy};
/// static USER: ContextVar<u32> = ContextVar::new("user");
///
/// let names = vec!["ada", "grace"];
/// let _binding = USER.bind(1);
/// let name = std::thread::scope(|scope| {
///     spawn_scoped_with_copy(scope, || names[USER.get().unwrap() as usize]).join().unwrap()
/// });
/// assert_eq!(name, "grace");
/// ```
///
/// # Panics
/// If the system cannot start a thread, as [`Scope::spawn`]. A panic of `body` is returned by `join`, and if nobody
/// joins the thread, `std::thread::scope` panics.
pub fn spawn_scoped_with_copy<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    body: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    inside_scoped(scope, copy_context(), body)
}

impl Context {
    /// Starts a thread that runs `body` in a copy of this context, taken now. See [`spawn_with_copy`].
    ///
    /// To run in this context itself, and find what was set in it afterwards, send a clone of the handle:
    /// `thread::spawn(move || context.run(body))`, which can fail as any [`run`](Self::run) can.
    ///
    /// # Panics
    /// If the system cannot start a thread, as [`std::thread::spawn`].
    ///
    /// [`spawn_with_copy`]: crate::spawn_with_copy
    pub fn spawn<R: Send + 'static>(&self, body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
        inside(self.copy(), body)
    }

    /// As [`spawn`](Self::spawn), for a thread of a [scope](std::thread::scope). See [`spawn_scoped_with_copy`].
    ///
    /// # Panics
    /// If the system cannot start a thread, as [`Scope::spawn`].
    ///
    /// [`spawn_scoped_with_copy`]: crate::spawn_scoped_with_copy
    pub fn spawn_scoped<'scope, R: Send + 'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        body: impl FnOnce() -> R + Send + 'scope,
    ) -> ScopedJoinHandle<'scope, R> {
        inside_scoped(scope, self.copy(), body)
    }
}

/// Starts a thread inside a context that nobody else has.
fn inside<R: Send + 'static>(own: Context, body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    std::thread::spawn(move || run_to_the_end(own, body))
}

/// As [`inside`], in a scope.
fn inside_scoped<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    own: Context,
    body: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    scope.spawn(move || run_to_the_end(own, body))
}

/// Runs a thread's body in `own`, and releases everything that the thread holds before it returns or panics: whoever
/// waits for the thread need not wait for its thread-locals to be destroyed, and `std::thread::scope` does not.
fn run_to_the_end<R>(own: Context, body: impl FnOnce() -> R) -> R {
    struct End(Option<Context>);
    impl Drop for End {
        fn drop(&mut self) {
            thread::end(self.0.take());
        }
    }
    let end = End(Some(own));
    let own = end.0.as_ref().expect("taken by the drop only");
    own.run(body).expect("nobody else has this context")
}
