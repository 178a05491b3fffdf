//! The other forms of [`Platform`]: real threads with a clock, loom, shuttle. One file each; and [`selected`], which is
//! whichever of them is in force, so that the implementation under check is compiled once for all of them.
//!
//! Besides primitives a [`TestPlatform`] gives the harness what it needs to observe a run: a clock, and who is running
//! (user code in a dying value must find the thread it dies in).

pub mod loom;
pub mod native;
pub mod plain;
pub mod progress;
pub mod selected;
pub mod shuttle;
pub mod trace;
mod traced;

use contextvars::platform::Platform;
use contextvars_model::{ThreadId, Trigger, UserCode};
use std::any::Any;
use std::rc::Rc;

/// The thread of a scenario that is running: what user code in values acts through.
pub trait Actor {
    /// Which thread.
    fn thread(&self) -> ThreadId;
    /// Does what a value or watcher does.
    ///
    /// # Panics
    /// If the code says so.
    fn user_code(&self, trigger: Trigger, code: &UserCode);
    /// The thread itself, for who knows its type.
    fn as_any(&self) -> &dyn Any;
}

/// A platform that a scenario can be run on.
pub trait TestPlatform: Platform {
    /// Makes `actor` the running one of this thread; returns the one before.
    fn act(actor: Option<Rc<dyn Actor>>) -> Option<Rc<dyn Actor>>;
    /// The running one of this thread.
    fn actor() -> Option<Rc<dyn Actor>>;
    /// The time: never runs backwards, and is the same for all threads.
    fn now() -> u64;
    /// Starts the clock of an execution.
    fn start_clock();
    /// Whether a thread that has just responded can tell that nobody is inside an operation: where threads take turns
    /// in the order of time, or where this one is alone, as thread 0 is outside the parallel part.
    fn sees_quiet(thread: ThreadId) -> bool;
    /// Between the response of an operation and the invocation of the thread's next one: lets another thread run, where
    /// the platform chooses who runs. Without it a thread's next operation would be invoked in the very step in which
    /// the one before responds, no operation of another thread would ever lie between them, and real time would order
    /// nothing that program order does not.
    fn between_operations();
}
