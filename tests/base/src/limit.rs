//! Ends long work from inside: one execution, or the judging of one outcome, may be longer than the time there is.
//!
//! The limit belongs to an operating-system thread. loom, shuttle and the sequential engine run a whole execution on
//! one; the threads of the engine `threads` share what their crew says. Work that has steps asks
//! [`is_over`] before each and leaves out the rest: such an execution is cut, and decides nothing. Work without steps,
//! as the checkers', says by [`spend`] how much it has done, and is unwound.

use crate::deadline::Deadline;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

thread_local! {
    static DEADLINE: Cell<Option<Deadline>> = const { Cell::new(None) };
    static CUT: Cell<bool> = const { Cell::new(false) };
    static SPENT: Cell<u64> = const { Cell::new(0) };
}

/// Units of work between two looks at the clock.
const UNITS: u64 = 1 << 16;

/// What work without steps is unwound with.
struct OutOfTime;

/// Holds a limit until it is dropped; then the one before is in force again.
#[must_use]
pub struct Limit {
    before: Option<Deadline>,
    cut_before: bool,
}

impl Drop for Limit {
    fn drop(&mut self) {
        DEADLINE.set(self.before);
        CUT.set(self.cut_before);
    }
}

/// Limits what this thread does from now on.
pub fn until(deadline: Deadline) -> Limit {
    Limit { before: DEADLINE.replace(Some(deadline)), cut_before: CUT.replace(false) }
}

/// The limit in force.
pub fn current() -> Option<Deadline> {
    DEADLINE.get()
}

/// Whether the limit is passed. Who asks leaves out what it was about to do.
pub fn is_over() -> bool {
    let over = DEADLINE.get().is_some_and(Deadline::has_passed);
    if over {
        CUT.set(true);
    }
    over
}

/// Whether something was left out under the limit in force.
pub fn has_cut() -> bool {
    CUT.get()
}

/// Counts units of work, each a few nanoseconds, and unwinds out of [`unless_over`] once the limit is passed.
///
/// # Panics
/// So it unwinds, without a message.
pub fn spend(units: usize) {
    let before = SPENT.get();
    let after = before.wrapping_add(units as u64);
    SPENT.set(after);
    if before / UNITS != after / UNITS && DEADLINE.get().is_some_and(Deadline::has_passed) {
        resume_unwind(Box::new(OutOfTime));
    }
}

/// Units of work that this thread has spent.
pub fn spent() -> u64 {
    SPENT.get()
}

/// The work's result, or nothing if the limit was passed while it spent.
///
/// # Panics
/// If the work panics.
pub fn unless_over<R>(work: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<OutOfTime>() => None,
        Err(panic) => resume_unwind(panic),
    }
}
