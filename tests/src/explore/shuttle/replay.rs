//! One schedule, given as the tasks that go on.

use super::strategy::Strategy;
use shuttle::scheduler::{Task, TaskId};

/// One schedule, given.
pub(super) struct Replay {
    schedule: Vec<u8>,
    at: Option<usize>,
}

impl Replay {
    pub(super) fn new(schedule: Vec<u8>) -> Replay {
        Replay { schedule, at: None }
    }
}

impl Strategy for Replay {
    fn begin(&mut self) -> bool {
        let first = self.at.is_none();
        self.at = Some(0);
        first
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, _: bool) -> Option<TaskId> {
        let at = self.at.unwrap_or(0);
        self.at = Some(at + 1);
        let can = |wanted: usize| runnable.iter().map(|task| task.id()).find(|&id| usize::from(id) == wanted);
        let scheduled = self.schedule.get(at).and_then(|&wanted| can(usize::from(wanted)));
        scheduled.or_else(|| current.and_then(|c| can(usize::from(c)))).or_else(|| runnable.first().map(|t| t.id()))
    }
}
