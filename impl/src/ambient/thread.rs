//! The state of the calling thread, and what exists once in the process.
//!
//! # A thread that ends
//! Thread-local values are destroyed one after the other when a thread ends, and their destructors may use this crate:
//! values left in the thread's last context, or another library's thread-local. So when [`STATE`] is gone (or its
//! destructor is running), a change gets a state of its own, kept in [`LATE`] until the outermost operation ends.
//! Reads then see a thread without a context, a body passed to `run` or `scope` sees what it should, and nothing
//! outlives the operation, so nothing leaks and nothing panics (tokio issue 4973). How values that bind each other as
//! they die come to an end is in `birth.rs`.
//!
//! # Code that runs inside the allocator
//! It may read variables at any moment at which this crate allocates or frees. So a read creates nothing, neither the
//! runtime nor a variable nor a state in [`LATE`]; a [`STATE`] needs no memory. What has to be made once is made first
//! and then put in its place, never made inside `get_or_init`, which would wait for itself.
//!
//! No borrow is held while user code runs: `try_with` lends the state by a shared reference, and the core ends its own
//! borrows first (opentelemetry-rust issue 2871).

use super::{Shipped, birth};
use crate::core::{Runtime, ThreadState};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

static RUNTIME: OnceLock<Arc<Runtime<Shipped>>> = OnceLock::new();

thread_local! {
    /// The state of a thread, from its first use of the crate to its end.
    static STATE: Own = Own(ThreadState::start(runtime()));

    /// The state of an operation that runs after the end of `STATE`. Never destroyed, hence always there; emptied by
    /// the operation that filled it.
    static LATE: ManuallyDrop<Cell<Option<Rc<ThreadState<Shipped>>>>> = const { ManuallyDrop::new(Cell::new(None)) };
}

/// A thread's state; its drop is the thread's end.
struct Own(ThreadState<Shipped>);

impl Drop for Own {
    fn drop(&mut self) {
        birth::thread_ends();
    }
}

/// The process's one runtime.
pub(super) fn runtime() -> &'static Arc<Runtime<Shipped>> {
    if RUNTIME.get().is_none() {
        // If another thread was faster, this one goes unused.
        drop(RUNTIME.set(Runtime::new()));
    }
    RUNTIME.get().expect("set above")
}

/// Runs `body` with the state of the calling thread, whatever stage of its life the thread is in.
#[inline]
pub(super) fn with<R>(body: impl FnOnce(&ThreadState<Shipped>) -> R) -> R {
    let mut body = Some(body);
    // `try_with` fails before it calls its closure, if at all.
    match STATE.try_with(|own| body.take().map(|body| body(&own.0))) {
        Ok(result) => result.expect("taken once"),
        Err(_) => late(body.expect("not called")),
    }
}

/// As [`with`], for an operation that changes nothing: there is no state where a change would have to make one.
#[inline]
pub(super) fn read<R>(body: impl FnOnce(Option<&ThreadState<Shipped>>) -> R) -> R {
    let mut body = Some(body);
    match STATE.try_with(|own| body.take().map(|body| body(Some(&own.0)))) {
        Ok(result) => result.expect("taken once"),
        Err(_) => body.expect("not called")(late_state().as_deref()),
    }
}

/// Begins the thread's end before its thread-locals are destroyed: what `last` holds is released, then everything that
/// the thread is inside.
pub(super) fn end<T>(last: T) {
    birth::thread_ends();
    drop(last);
    with(ThreadState::end);
}

/// The state of the operation under way in a thread that has no state of its own any more.
fn late_state() -> Option<Rc<ThreadState<Shipped>>> {
    let state = LATE.with(|late| late.take());
    LATE.with(|late| late.set(state.clone()));
    state
}

/// Runs `body` in a thread that has no state any more.
#[cold]
fn late<R>(body: impl FnOnce(&ThreadState<Shipped>) -> R) -> R {
    /// Ends the state of the outermost operation, also when that panics. User code in dying values finds the place
    /// empty.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            drop(LATE.with(|late| late.take()));
        }
    }
    let (state, _end) = match late_state() {
        Some(state) => (state, None),
        None => {
            let state = Rc::new(ThreadState::start(runtime()));
            LATE.with(|late| late.set(Some(Rc::clone(&state))));
            (state, Some(End))
        }
    };
    body(&state)
}
