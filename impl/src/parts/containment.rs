//! User code that the library runs on its own account: a value's drop, a watcher (properties API-1 and, for the bound,
//! PROG-2).
//!
//! # Protocol
//! Nobody who called the library wrote this code, so a panic of it is nobody's answer. It is reported by the panic hook
//! and goes no further, as CPython reports an error in `__del__` or in a watcher through `sys.unraisablehook`. So the
//! operation that ran it completes and returns what it has to return, the other watchers are told, and several drops
//! that panic at once, or one that panics while the thread unwinds already, do not end the process.
//!
//! A panic of code that the caller gave (a clone, an equality, a default, a closure that reads, a body) is the
//! caller's: it propagates. So does that of a future's drop in `WithContext`, unless the thread unwinds.
//!
//! When a thread ends, what it is inside is left, and values die. What these set is bound in a new context, which is
//! left in a further round, and so on: without a bound, a value whose drop sets another of its kind would keep the
//! thread from ending.
//!
//! All of this runs as the last act of the thread's body, so that whoever waits for the body has waited for the values.
//! The drop of the thread's state is too late: where the state is a thread-local it comes after the body has returned,
//! and `std::thread::scope` does not wait for it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What is done about user code that panics or does not stop.
pub trait Containment: 'static {
    /// Rounds at the end of a thread. What is bound after the last one is never dropped.
    const ROUNDS_AT_END: u32;
    /// Whether the last act of a thread's body runs them. Otherwise the drop of the thread's state does.
    const ENDS_WITH_BODY: bool;

    /// Runs user code whose panic must go no further.
    fn contain(body: impl FnOnce());
}

/// The sound form.
pub struct Contained;

impl Containment for Contained {
    /// As POSIX does with thread-specific data that destructors set again (`PTHREAD_DESTRUCTOR_ITERATIONS`).
    const ROUNDS_AT_END: u32 = 4;
    const ENDS_WITH_BODY: bool = true;

    fn contain(body: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(body)) {
            dispose(panic);
        }
    }
}

/// Payloads that are dropped at most, each the panic of the one before.
const PAYLOADS: u32 = 4;

/// Drops what something panicked with; that is user code again.
#[cold]
fn dispose(mut panic: Box<dyn Any + Send>) {
    // Each turn is the panic of a payload's own drop. One that goes on is given up.
    for _ in 0..PAYLOADS {
        match catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            Ok(()) => return,
            Err(next) => panic = next,
        }
    }
    std::mem::forget(panic);
}
