//! Ways of choosing schedules: shuttle asks which task goes on, a [`Strategy`] answers. Each is one file.

use shuttle::scheduler::{Task, TaskId};

/// Chooses schedules of one scenario.
pub(super) trait Strategy: Send {
    /// Begins another schedule; false when there is none left.
    fn begin(&mut self) -> bool;
    /// The task that goes on.
    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId>;
    /// Whether no further schedule of this kind exists; asked when `begin` has said that there is none left.
    fn is_exhausted(&self) -> bool {
        false
    }
}
