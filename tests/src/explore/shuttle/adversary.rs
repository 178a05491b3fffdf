//! Schedules in which the others go on for ever while one task is inside a get, for PROG-1.

use super::strategy::Strategy;
use crate::generate::{Seeded, Source};
use crate::platform::{progress, trace};
use contextvars_model::{Op, ThreadId};
use shuttle::scheduler::{Task, TaskId};

/// A fair adversary: after every few steps of a get of the reader another task completes a whole operation, and stops
/// where the schedule says in the operation after that. So everybody goes on, and a get that tries again whenever
/// somebody has changed something never answers. How many steps, how far into the next operation, and how much the
/// others do before the reader begins, is drawn anew for each schedule.
pub(super) struct Adversary {
    reader: ThreadId,
    random: Seeded,
    left: usize,
    /// Steps of the get between two operations of the others.
    every: usize,
    /// Steps that another one takes in its next operation before it stops.
    into: usize,
    /// Whole operations of the others before the reader begins.
    lead: usize,
    /// Steps of the get, as they were counted when the others had their last turn.
    since: usize,
    turn: Option<Turn>,
}

/// One operation of another task, to its end.
struct Turn {
    task: usize,
    /// How many it had begun.
    begun: u16,
    /// Its steps since the next one began.
    steps: usize,
}

/// Operations that are made before the reader begins, at most.
const LEAD: u32 = 48;

impl Adversary {
    pub(super) fn new(reader: ThreadId, seed: u64, schedules: usize) -> Adversary {
        let random = Seeded::new(seed);
        Adversary { reader, random, left: schedules, every: 1, into: 0, lead: 0, since: 0, turn: None }
    }

    /// The steps of the get that the reader is inside of, user code apart.
    fn inside(&self) -> Option<usize> {
        trace::under_way(|operations| {
            let last = operations.iter().rfind(|under_way| under_way.thread == self.reader)?;
            matches!(last.op, Some(Op::Get { .. })).then_some(last.accesses)
        })
    }

    /// The task of the turn under way, if it is to go on.
    fn goes_on(&mut self, ids: &[usize]) -> Option<usize> {
        let into = self.into;
        let turn = self.turn.as_mut()?;
        let begun = progress::operations(progress::thread_of(turn.task)) > turn.begun;
        let goes_on = ids.contains(&turn.task) && (!begun || turn.steps < into);
        turn.steps += usize::from(begun);
        let task = turn.task;
        if goes_on { Some(task) } else { self.turn.take().and(None) }
    }

    fn begins(&mut self, others: &[usize]) -> Option<usize> {
        let task = (!others.is_empty()).then(|| self.random.pick(others))?;
        self.turn = Some(Turn { task, begun: progress::operations(progress::thread_of(task)), steps: 0 });
        Some(task)
    }
}

impl Strategy for Adversary {
    fn begin(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        self.every = if self.random.once_in(3) { 2 } else { 1 };
        self.into = if self.random.once_in(2) { self.random.below(7) as usize } else { 0 };
        self.lead = if self.random.once_in(2) { self.random.below(LEAD) as usize } else { 1 };
        (self.since, self.turn) = (0, None);
        true
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, _: bool) -> Option<TaskId> {
        let ids: Vec<usize> = runnable.iter().map(|task| usize::from(task.id())).collect();
        let reader = progress::task_of(self.reader).filter(|task| ids.contains(task));
        // The task of thread 0 waits for all others, once it has started them.
        let others: Vec<usize> = ids.iter().copied().filter(|&task| task != 0 && Some(task) != reader).collect();
        let inside = self.inside();
        let chosen = match (self.goes_on(&ids), reader) {
            _ if ids.contains(&0) => Some(0),
            (Some(task), _) => Some(task),
            (None, None) => self.begins(&others),
            (None, Some(reader)) if self.lead > 0 => {
                self.lead -= 1;
                self.begins(&others).or(Some(reader))
            }
            (None, Some(reader)) => {
                let due = match inside {
                    Some(steps) if steps < self.since => true,
                    Some(steps) => steps >= self.since + self.every,
                    // Between two gets as well, so that what was read before is out of date.
                    None => self.random.once_in(3),
                };
                self.since = if due { inside.unwrap_or(0) } else { self.since };
                due.then(|| self.begins(&others)).flatten().or(Some(reader))
            }
        };
        // A turn ends with its task; the reader's next step is then due.
        let chosen = chosen.or(current.map(usize::from)).filter(|task| ids.contains(task)).or(ids.first().copied());
        runnable.iter().map(|task| task.id()).find(|&id| Some(usize::from(id)) == chosen)
    }
}
