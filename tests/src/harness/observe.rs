//! Tells one observer of every execution, so that what ran is known even if the process does not survive it.

use crate::scenario::Scenario;
use std::sync::{Arc, OnceLock};

/// What an observer is told.
pub enum Moment<'a> {
    /// An execution of this scenario begins.
    Begins(&'a Arc<Scenario>),
    /// It has returned or panicked.
    Ended,
}

/// Called on the thread that runs the execution.
pub type Observer = Box<dyn Fn(Moment<'_>) + Send + Sync>;

static OBSERVER: OnceLock<Observer> = OnceLock::new();

/// Tells this observer from now on. A process has one, the first that was given.
pub fn observe(observer: Observer) {
    let _ = OBSERVER.set(observer);
}

/// Runs an execution of a scenario, with the observer told.
pub(super) fn observed<R>(scenario: &Arc<Scenario>, execution: impl FnOnce() -> R) -> R {
    /// Tells of the end also when the execution panics.
    struct End<'a>(&'a Observer);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            (self.0)(Moment::Ended);
        }
    }
    let _end = OBSERVER.get().map(|observer| {
        observer(Moment::Begins(scenario));
        End(observer)
    });
    execution()
}
