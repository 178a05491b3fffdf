//! The state of the calling thread, and what exists once in the process.
//!
//! # A thread that ends
//! Thread-local values are destroyed one after the other when a thread ends, and their destructors may use this crate:
//! values left in the thread's last context, or another library's thread-local. So when [`STATE`] is gone (or its
//! destructor is running), an operation gets a state of its own, kept in [`LATE`] until the outermost operation ends.
//! Reads then see a thread without a context, a body passed to `run` or `scope` sees what it should, and nothing
//! outlives the operation, so nothing leaks and nothing panics (tokio issue 4973).
//!
//! No borrow is held while user code runs: `try_with` lends the state by a shared reference, and the core ends its own
//! borrows first (opentelemetry-rust issue 2871).

use super::Shipped;
use crate::core::{Runtime, ThreadState};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

/// The process's one runtime.
pub(super) static RUNTIME: LazyLock<Arc<Runtime<Shipped>>> = LazyLock::new(Runtime::new);

thread_local! {
    /// The state of a thread, from its first use of the crate to its end.
    static STATE: ThreadState<Shipped> = ThreadState::start(&RUNTIME);

    /// The state of an operation that runs after the end of `STATE`. Never destroyed, hence always there; emptied by
    /// the operation that filled it.
    static LATE: ManuallyDrop<Cell<Option<Rc<ThreadState<Shipped>>>>> = const { ManuallyDrop::new(Cell::new(None)) };
}

/// Runs `body` with the state of the calling thread, whatever stage of its life the thread is in.
#[inline]
pub(super) fn with<R>(body: impl FnOnce(&ThreadState<Shipped>) -> R) -> R {
    let mut body = Some(body);
    // `try_with` fails before it calls its closure, if at all.
    match STATE.try_with(|state| body.take().map(|body| body(state))) {
        Ok(result) => result.expect("taken once"),
        Err(_) => late(body.expect("not called")),
    }
}

/// Runs `body` in a thread that has no state any more.
#[cold]
fn late<R>(body: impl FnOnce(&ThreadState<Shipped>) -> R) -> R {
    /// Ends the state of the outermost operation, also when that panics. User code in dying values finds the place empty.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            drop(LATE.with(|late| late.take()));
        }
    }
    let (state, _end) = match LATE.with(|late| late.take()) {
        Some(state) => (state, None),
        None => (Rc::new(ThreadState::start(&RUNTIME)), Some(End)),
    };
    LATE.with(|late| late.set(Some(Rc::clone(&state))));
    body(&state)
}
