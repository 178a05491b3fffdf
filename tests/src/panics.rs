//! Panics inside executions are findings: they come back as values and stay off the terminal.

use crate::properties::{Property, Violation};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body` and returns what it panicked with, without a word on the terminal.
///
/// Also without what unwinds a finished thread of loom's, which is a panic to the hook.
///
/// shuttle puts a hook of its own in front of whatever there is when its first execution begins; so one is begun first,
/// and ours is put in front of that. Ours passes on every panic that is not inside a `quietly`.
///
/// # Errors
/// What `body` panicked with.
pub fn quietly<R>(body: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let original = std::panic::take_hook();
        shuttle::check_random(|| {}, 1);
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                original(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    QUIET.set(before);
    result
}

/// An execution that did not terminate refutes PROG-2; what it panicked with, or was stopped by.
pub(crate) fn no_end(message: &str) -> Violation {
    let sentence = format!("an execution did not terminate (deadlock, livelock or panic): {message}");
    Violation { property: Property::Prog2, operations: Vec::new(), sentence }
}
