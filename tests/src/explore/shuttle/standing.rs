//! Schedules in which one task stands still, for PROG-1.

use super::bounded::Bounded;
use super::strategy::Strategy;
use shuttle::scheduler::{Task, TaskId};

/// One task is stopped at one of its points, after the others have begun or not; the others take all turns with few
/// preemptions. When none of them can go on, or when they have had so many turns that they go in circles, it goes on,
/// so that the execution comes to its end: what was to be seen has been seen by then.
pub(super) struct Standing {
    task: usize,
    lead: usize,
    after: usize,
    steps: usize,
    /// Turns of the others, before it began and while it stands still.
    others: usize,
    rest: Bounded,
}

/// Turns of the others after which a stopped task goes on.
const PATIENCE: usize = 1_000;

impl Standing {
    pub(super) fn new(task: usize, lead: usize, after: usize, rest: Bounded) -> Standing {
        Standing { task, lead, after, steps: 0, others: 0, rest }
    }
}

impl Strategy for Standing {
    fn begin(&mut self) -> bool {
        (self.steps, self.others) = (0, 0);
        self.rest.begin()
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        let is_it = |id: TaskId| usize::from(id) == self.task;
        let mut ids = runnable.iter().map(|task| task.id());
        let it = ids.clone().find(|&id| is_it(id));
        if self.steps == 0
            && let Some(it) = it
        {
            let stay = current.filter(|&current| !is_it(current) && ids.clone().any(|id| id == current));
            let other = stay.or_else(|| ids.find(|&id| !is_it(id))).filter(|_| self.others < self.lead);
            (self.others, self.steps) = if other.is_some() { (self.others + 1, 0) } else { (0, 1) };
            return Some(other.unwrap_or(it));
        }
        let stands = self.steps == self.after && self.others < PATIENCE;
        let able: Vec<&Task> = runnable.iter().copied().filter(|task| !stands || !is_it(task.id())).collect();
        let next = if able.is_empty() {
            self.rest.next(runnable, current, yielding)
        } else {
            self.others += usize::from(stands);
            self.rest.next(&able, current, yielding)
        };
        self.steps += usize::from(next.is_some_and(is_it));
        next
    }

    fn is_exhausted(&self) -> bool {
        self.rest.is_exhausted()
    }
}
