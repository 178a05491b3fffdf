//! PROG-1: get is wait-free with a stated bound on its own steps; no operation of one thread blocks a get of another, even
//! when that thread is stopped for ever anywhere.
//!
//! A history does not show it: whether a thread waits is known only while it does. So an engine that schedules watches
//! ([`Progress`]): at each scheduling point it asks which gets are under way, and which threads can go on. A get that is
//! under way in a thread that cannot go on waits for somebody; stop that somebody there, and the get never answers.

use super::{Property, Violation};
use crate::outcome::Outcome;
use crate::platform::trace::{self, UnderWay};
use contextvars_model::{Op, ThreadId};

/// Accesses to shared memory that one get may make: the stated bound. A get of a sound design without a shared cache makes
/// none; one that reads a shared entry, finds it useless and fills it makes fewer than twice as many as the entry has
/// fields.
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
            for under_way in operations {
                let UnderWay { thread, op, accesses } = *under_way;
                if !matches!(op, Op::Get { .. }) {
                    continue;
                }
                self.longest = self.longest.max(accesses);
                if self.found.is_some() {
                    continue;
                }
                if accesses > BOUND {
                    let why = format!("made {accesses} accesses to shared memory, and {BOUND} is the bound");
                    self.found = Some((thread, op, why));
                } else if !can_go_on(thread) {
                    self.found = Some((thread, op, waits(thread)));
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
        let sentence = format!("{thread} inside `{}` {why}", super::words::op(&op));
        Some(Violation { property: Property::Prog1, operations, sentence })
    }
}

/// What a thread that cannot go on waits for.
fn waits(thread: ThreadId) -> String {
    match trace::lock_held_by_other(thread) {
        Some((what, holder)) => format!(
            "waits for the lock `{what}`, which {holder} holds: stop {holder} there for ever, and the get never answers"
        ),
        None => "cannot go on before another thread does".into(),
    }
}
