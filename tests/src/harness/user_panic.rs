//! Panics of user code, told apart from all others.
//!
//! The library contains the panics of some user code. An engine ends an execution by a panic of its own (a deadlock, a
//! schedule that is given up), which may come up inside user code and must reach the engine all the same.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What user code of a value or a watcher panics with.
pub(super) struct UserPanic;

/// How a design runs user code whose panic must go no further.
pub type Contain = fn(&mut dyn FnMut());

/// What something panicked with.
pub(super) type Payload = Box<dyn Any + Send>;

/// Raises the panic of user code; no hook is told.
pub(super) fn raise() -> ! {
    resume_unwind(Box::new(UserPanic))
}

/// Runs user code, and lets its own panics through; returns any other panic.
pub(super) fn foreign_panic_of(body: impl FnOnce()) -> Option<Payload> {
    let panic = catch_unwind(AssertUnwindSafe(body)).err()?;
    if panic.is::<UserPanic>() { resume_unwind(panic) } else { Some(panic) }
}

/// Runs user code inside `contain`, which gets to see its own panics alone; any other one passes by.
pub(super) fn contained(contain: Contain, mut body: impl FnMut()) {
    let mut foreign = None;
    contain(&mut || foreign = foreign_panic_of(&mut body));
    if let Some(panic) = foreign {
        resume_unwind(panic);
    }
}
