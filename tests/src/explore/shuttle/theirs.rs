//! Schedulers of shuttle's own: PCT and URW.

use super::strategy::Strategy;
use shuttle::scheduler::{Scheduler, Task, TaskId};

/// A scheduler of shuttle's own. Where there is nothing to choose they end the run by a panic: a program that never has
/// two tasks that can go on has one schedule, and no other is asked for.
pub(super) struct Theirs<S> {
    scheduler: S,
    begun: bool,
    chosen: bool,
}

impl<S> Theirs<S> {
    pub(super) fn new(scheduler: S) -> Theirs<S> {
        Theirs { scheduler, begun: false, chosen: false }
    }
}

impl<S: Scheduler + Send> Strategy for Theirs<S> {
    fn begin(&mut self) -> bool {
        let more = !self.is_exhausted() && self.scheduler.new_execution().is_some();
        self.begun = true;
        more
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        self.chosen |= runnable.len() > 1;
        self.scheduler.next_task(runnable, current, yielding)
    }

    fn is_exhausted(&self) -> bool {
        self.begun && !self.chosen
    }
}
