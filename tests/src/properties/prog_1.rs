//! PROG-1: get is wait-free with a stated bound on its own steps; no operation of one thread blocks a get of another,
//! even when that thread is stopped for ever anywhere.
//!
//! A history does not show it: whether a thread waits is known only while it does. So an engine that schedules watches
//! ([`Progress`]): at each scheduling point it asks which gets are under way, and which threads can go on. A get that
//! is under way in a thread that cannot go on waits for somebody; stop that somebody there, and the get never answers.
//!
//! What user code does inside a get (the clone of the value read, drops) is not the get's own: while it runs, the get
//! neither waits nor takes steps. An operation of that code that is a get again is watched like any other.

use super::{Property, Violation};
use crate::outcome::Outcome;
use crate::platform::trace::{self, UnderWay};
use crate::scenario::OpText;
use contextvars_model::{Op, ThreadId};
use std::collections::BTreeSet;

/// Accesses to shared memory that one get may make: the stated bound. A get of a sound design without a shared cache
/// makes none; one that reads a shared entry, finds it useless and fills it makes fewer than twice as many as the entry
/// has fields.
pub const BOUND: usize = 16;

/// What is seen of the progress of gets while one execution runs.
#[derive(Default)]
pub struct Progress {
    found: Option<(ThreadId, Op, String)>,
    longest: usize,
}

impl Progress {
    /// Looks at a scheduling point. `can_go_on` tells of a thread of the scenario whether it is able to take a step.
    /// The trace must be on.
    pub fn look(&mut self, can_go_on: impl Fn(ThreadId) -> bool) {
        trace::under_way(|operations| {
            for (at, under_way) in operations.iter().enumerate() {
                let UnderWay { thread, op: Some(op @ Op::Get { .. }), accesses } = *under_way else { continue };
                self.longest = self.longest.max(accesses);
                if self.found.is_some() {
                    continue;
                }
                if accesses > BOUND {
                    let why = format!("made {accesses} accesses to shared memory, and {BOUND} is the bound");
                    self.found = Some((thread, op, why));
                } else if operations[at + 1..].iter().all(|inside| inside.thread != thread) && !can_go_on(thread) {
                    self.found = Some((thread, op, waits(thread, operations)));
                }
            }
        });
    }

    /// The longest get so far, in accesses to shared memory.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The violation seen in the execution that has just ended, if there was one.
    pub fn take(&mut self, outcome: &Outcome) -> Option<Violation> {
        let (thread, op, why) = self.found.take()?;
        let is_it =
            |operation: &&contextvars_model::history::Operation| operation.thread == thread && operation.op == op;
        let operations = outcome.history.operations.iter().find(is_it).cloned().into_iter().collect();
        let sentence = format!("{thread} inside `{}` {why}", OpText(&op));
        Some(Violation { property: Property::Prog1, operations, sentence })
    }
}

/// What a thread that cannot go on waits for: a lock, or else, since who has just taken one has not said so yet,
/// whoever is inside an operation.
fn waits(thread: ThreadId, operations: &[UnderWay]) -> String {
    let of = |other: ThreadId| operations.iter().rev().filter(move |under_way| under_way.thread == other);
    let inside = |other: ThreadId| of(other).find_map(|under_way| Some((other, under_way.op?)));
    let (what, holder) = match trace::lock_held_by_other(thread) {
        Some((what, holder)) => (format!("waits for the lock `{what}`, which {holder} holds"), inside(holder)),
        None => {
            let others = operations.iter().map(|under_way| under_way.thread).filter(|&other| other != thread);
            let others: Vec<ThreadId> = others.collect::<BTreeSet<_>>().into_iter().collect();
            // With several it is not known which of them it is.
            let [other] = others[..] else { return "waits for another thread, which may be stopped for ever".into() };
            (format!("waits for {other}"), inside(other))
        }
    };
    match holder {
        Some((thread, op)) => {
            format!("{what}, inside `{}`: stop {thread} there for ever, and the get never answers", OpText(&op))
        }
        None => format!("{what}, which may be stopped for ever"),
    }
}
