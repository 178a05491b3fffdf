//! The random walk.

use super::strategy::Strategy;
use crate::generate::Seeded;
use shuttle::scheduler::{Task, TaskId};

/// A task chosen uniformly at each point. Our own, because shuttle's prints a failing seed whenever it is dropped
/// before its end, failure or not.
pub(super) struct Random {
    random: Seeded,
    left: usize,
}

impl Random {
    pub(super) fn new(random: Seeded, schedules: usize) -> Random {
        Random { random, left: schedules }
    }
}

impl Strategy for Random {
    fn begin(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    fn next(&mut self, runnable: &[&Task], _: Option<TaskId>, _: bool) -> Option<TaskId> {
        let chosen = (self.random.bits() >> 33) as usize % runnable.len();
        Some(runnable[chosen].id())
    }
}
