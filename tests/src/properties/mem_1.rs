//! MEM-1: every value is dropped exactly once, none is reached after its drop, nothing is left when all handles are
//! gone.
//!
//! Values that hold each other in a circle are not left: the harness breaks the circles at the end. What a thread's end
//! gives up after its last round ([`ROUNDS_AT_END`]) is; when that is so is judged in lockstep with the model. When a
//! value dies is looked at where nobody is inside an operation (`quiet.rs`).

use super::{Judgement, Property, quiet};
use crate::outcome::Outcome;
use contextvars_model::Op;
use contextvars_model::history::{History, Operation};
use contextvars_model::state::ROUNDS_AT_END;

/// Looks at the ledger of values.
pub fn check(outcome: &Outcome) -> Judgement {
    let ledger = &outcome.ledger;
    let sentence = match (ledger.reached_after_drop.first(), ledger.leaked.as_slice()) {
        (Some((value, thread)), _) => format!("{thread} reached value {value} after it had been dropped"),
        (None, []) => return quiet::check(outcome),
        (None, _) if may_give_up(&outcome.history) => {
            return Judgement::Inconclusive(
                "the end of a thread may have given up what was bound after its last round",
            );
        }
        (None, [value]) => format!("value {value} was never dropped although every handle is gone"),
        (None, [value, more @ ..]) => {
            format!("value {value} and {} more were never dropped although every handle is gone", more.len())
        }
    };
    Judgement::refuted(Property::Mem1, [], sentence)
}

/// Whether user code binds so often while its thread ends that something may be bound after the last round.
fn may_give_up(history: &History) -> bool {
    let inside = |end: &Operation, other: &Operation| {
        other.thread == end.thread
            && other.invoked > end.invoked
            && matches!(other.op, Op::Set { .. } | Op::Reset { .. })
    };
    let ends = history.operations.iter().filter(|operation| operation.op == Op::End);
    ends.into_iter().any(|end| history.operations.iter().filter(|o| inside(end, o)).count() >= ROUNDS_AT_END)
}
