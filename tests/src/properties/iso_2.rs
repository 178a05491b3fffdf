//! ISO-2, non-interference: remove every operation of the threads that are not connected with a given thread, and what
//! that thread is answered does not change.
//!
//! The other run need not be made: what is left of the history must be explained by the model on its own, since in it
//! the removed operations never happened. A thread that is connected with nobody leaves a sequential history, which has
//! one explanation or none.

use super::{Judgement, Property, lin_1};
use crate::outcome::Outcome;
use contextvars_model::history::{History, Operation};
use contextvars_model::laws::connected;
use contextvars_model::{Handle, Op, ThreadId};
use std::collections::{BTreeSet, HashSet};
use std::mem::{Discriminant, discriminant};

/// What of an operation connects: its kind, what it names besides variables, and the thread that it gives to or starts.
/// Of the same thread, one of each suffices.
fn link(op: &Op) -> (Discriminant<Op>, Vec<Handle>, Option<ThreadId>) {
    let to = match op {
        Op::Give { to, .. } | Op::Spawn { thread: to, .. } => Some(*to),
        _ => None,
    };
    let left = match op {
        Op::Exit { ctx } => Some(Handle::Ctx(*ctx)),
        _ => None,
    };
    let named = op.needs().filter(|handle| !matches!(handle, Handle::Var(_))).chain(left).collect();
    (discriminant(op), named, to)
}

/// Judges each group of connected threads that is not all there are. What thread 0 does afterwards is left out, and the
/// end of a thread, which leaves its contexts, connects with nobody but thread 0.
pub fn check(outcome: &Outcome) -> Judgement {
    let history = &outcome.history;
    if !history.specs.values.is_empty() || !history.specs.watchers.is_empty() {
        return Judgement::Inconclusive("operations that run user code are excluded");
    }
    let Ok(start) = history.start() else { return Judgement::Inconclusive("init was answered wrongly") };
    let operations: Vec<&Operation> = history.operations.iter().filter(|op| op.thread != ThreadId(0)).collect();
    let mut all = BTreeSet::new();
    // Most operations name variables only, and connect with nobody; one of each thread stands for it.
    let names_more = |op: &Op| {
        matches!(op, Op::Exit { .. } | Op::Give { .. } | Op::Spawn { .. } | Op::Watch { .. } | Op::Unwatch { .. })
            || op.needs().any(|handle| !matches!(handle, Handle::Var(_)))
    };
    let mut same = HashSet::new();
    let kept = operations.iter().filter(|operation| {
        all.insert(operation.thread)
            || names_more(&operation.op) && same.insert((operation.thread, link(&operation.op)))
    });
    let run: Vec<(ThreadId, Op)> = kept.map(|operation| (operation.thread, operation.op)).collect();
    let mut left = all.clone();
    while let Some(&observed) = left.first() {
        let group = connected(&start, &run, observed);
        left.retain(|thread| !group.contains(thread));
        if group.is_superset(&all) {
            break;
        }
        let of_group = operations.iter().filter(|operation| group.contains(&operation.thread));
        let alone = Outcome {
            history: History { operations: of_group.copied().cloned().collect(), ..history.clone() },
            ..Outcome::default()
        };
        match lin_1::check(&alone) {
            Judgement::Holds => {}
            open @ (Judgement::Inconclusive(_) | Judgement::OutOfBudget(_)) => return open,
            Judgement::Refuted(violation) => {
                let names: Vec<_> = group.iter().map(ToString::to_string).collect();
                let sentence = format!(
                    "{} shares no context, token or iterator with another thread, and without the others it would be \
                     answered otherwise: {}",
                    names.join(" with "),
                    violation.sentence
                );
                return Judgement::refuted_by(Property::Iso2, violation.operations, sentence);
            }
        }
    }
    Judgement::Holds
}
