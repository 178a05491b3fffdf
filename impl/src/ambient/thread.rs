//! The state of the calling thread, and what exists once in the process.
//!
//! # A thread that ends
//! Thread-local values are destroyed one after the other when a thread ends, and their destructors may use this crate:
//! values left in the thread's last context, or another library's thread-local. So when [`STATE`] is gone (or its
//! destructor is running), a change gets a state of its own, kept in [`LATE`] until the outermost operation ends.
//! Reads then see a thread without a context, a body passed to `run` or `scope` sees what it should, and nothing
//! outlives the operation, so nothing leaks and nothing panics (tokio issue 4973).
//!
//! A value whose drop binds another of its kind would go on for ever: what it binds dies with the operation, inside the
//! drop. So a value bound at the thread's end belongs to a *round*: one more than that of the value whose drop is running,
//! and a value of a later round than the last is never dropped. What was bound before the end is of round 0, so values
//! that hold each other in a chain are all dropped, however long it is (as far as the stack goes).
//!
//! Before the end, and in thread-locals that are destroyed before `STATE`, a value that is bound by a drop replaces one
//! whose drop binds another, and so on, inside each other. Such a recursion is ended at a depth of 32 drops: a value is
//! never dropped that was bound there, by the last of as many drops of values that each bound the next.
//!
//! # Code that runs inside the allocator
//! It may read variables at any moment at which this crate allocates or frees. So a read creates nothing, neither the
//! runtime nor a variable nor a state in [`LATE`]; a [`STATE`] needs no memory. What has to be made once is made first
//! and then put in its place, never made inside `get_or_init`, which would wait for itself.
//!
//! No borrow is held while user code runs: `try_with` lends the state by a shared reference, and the core ends its own
//! borrows first (opentelemetry-rust issue 2871).

use super::Shipped;
use crate::core::{Design, Runtime, ThreadState};
use crate::parts::containment::Containment;
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

    /// Whether the thread is at its end. Never destroyed, as it owns nothing.
    static AT_END: Cell<bool> = const { Cell::new(false) };

    /// The value whose drop is running, and how many drops of values run inside each other.
    static DROPPING: Cell<(Birth, u32)> = const { Cell::new((Birth::UNBOUND, 0)) };
}

/// When a value was bound.
#[derive(Clone, Copy)]
pub(super) struct Birth {
    /// The round of the thread's end; 0 before it.
    round: u32,
    /// 0, or one more than that of the value whose drop bound it.
    generation: u32,
    /// Whether more than [`NESTED_DROPS`] drops of values ran inside each other then.
    deep: bool,
}

/// A drop that binds a value which replaces another of its kind, whose drop binds a value, and so on, overflows the stack.
/// It is ended at this depth.
const NESTED_DROPS: u32 = 32;

impl Birth {
    /// Of an object that no context binds.
    pub(super) const UNBOUND: Birth = Birth { round: 0, generation: 0, deep: false };

    /// Of a value that is bound now.
    pub(super) fn now() -> Birth {
        let (dropping, depth) = DROPPING.get();
        Birth {
            round: if AT_END.get() { dropping.round + 1 } else { 0 },
            generation: if depth > 0 { dropping.generation + 1 } else { 0 },
            deep: depth > NESTED_DROPS,
        }
    }

    /// Whether the value is never dropped: bound after the last round of the thread's end, or by the last of so many drops
    /// inside each other of values that each bound the next.
    pub(super) fn is_too_late(self) -> bool {
        self.round > Policy::ROUNDS_AT_END || self.deep && self.generation > NESTED_DROPS
    }
}

/// What is done about user code.
type Policy = <Shipped as Design>::Containment;

/// A thread's state; its drop is the thread's end.
struct Own(ThreadState<Shipped>);

impl Drop for Own {
    fn drop(&mut self) {
        AT_END.set(true);
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
    AT_END.set(true);
    drop(last);
    with(ThreadState::end);
}

/// Runs the drop of a value, which does not panic. It counts as of the round and the generation of the drop around it, if
/// these are later: what no context binds, a fallback or a default, does not start the count anew.
pub(super) fn in_drop(of: Birth, drop: impl FnOnce()) {
    let outer = DROPPING.get();
    let (around, depth) = outer;
    let (round, generation) = (of.round.max(around.round), of.generation.max(around.generation));
    DROPPING.set((Birth { round, generation, ..of }, depth + 1));
    drop();
    DROPPING.set(outer);
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
    /// Ends the state of the outermost operation, also when that panics. User code in dying values finds the place empty.
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
