//! A schedule as its switches.
//!
//! Left alone, a thread goes on until it cannot; then the first one that can goes on. A schedule is told by where it
//! departs from that: thread t, in its k-th operation, after its s-th scheduling point there, switches to thread u.
//! Such a position means the same when something else in the scenario or in the implementation changes.

use super::replay::Replay;
use super::strategy::Strategy;
use crate::mutex::lock;
use crate::platform::progress;
use contextvars_model::ThreadId;
use shuttle::scheduler::{Task, TaskId};
use std::fmt;
use std::sync::{Arc, Mutex};

/// A departure from running each thread until it cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Switch {
    /// The thread that is left.
    pub thread: ThreadId,
    /// Its operation, counted from 1 in the order in which it begins them; 0 before the first.
    pub operation: u16,
    /// The scheduling points of that operation before this one.
    pub step: u16,
    /// The thread that goes on.
    pub to: ThreadId,
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Switch { thread, operation, step, to } = self;
        write!(f, "{thread}, operation {operation}, step {step}: to {to}")
    }
}

/// Where the running thread is.
#[derive(Default)]
struct Position {
    /// For each thread, by number: the operation it was last seen in, and its scheduling points there so far.
    seen: Vec<(u16, u16)>,
}

impl Position {
    /// At a scheduling point of a task: the thread, its operation, and the points of that operation before this one.
    fn point(&mut self, current: Option<TaskId>) -> (ThreadId, u16, u16) {
        let thread = progress::thread_of(current.map_or(0, usize::from));
        let operation = progress::operations(thread);
        let index = usize::from(thread.0);
        if self.seen.len() <= index {
            self.seen.resize(index + 1, (0, 0));
        }
        let seen = &mut self.seen[index];
        if seen.0 != operation {
            *seen = (operation, 0);
        }
        seen.1 = seen.1.saturating_add(1);
        (thread, operation, seen.1 - 1)
    }
}

/// The task that goes on where nothing is said: the running one if it can; if it cannot, the first; if it gives way,
/// the next, so that nobody waits for ever for one that never runs.
fn by_default(runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
    let ids = || runnable.iter().map(|task| task.id());
    let current = current.filter(|&current| ids().any(|id| id == current));
    match current {
        Some(current) if yielding => {
            let after = ids().find(|&id| usize::from(id) > usize::from(current));
            after.or_else(|| ids().find(|&id| id != current)).or(Some(current))
        }
        Some(current) => Some(current),
        None => ids().next(),
    }
}

/// One schedule, given by its switches. One that does not come up, or whose thread cannot go on, is passed over.
pub(super) struct Switching {
    switches: Vec<Switch>,
    position: Position,
    begun: bool,
}

impl Switching {
    pub(super) fn new(switches: Vec<Switch>) -> Switching {
        Switching { switches, position: Position::default(), begun: false }
    }
}

impl Strategy for Switching {
    fn begin(&mut self) -> bool {
        progress::begin();
        !std::mem::replace(&mut self.begun, true)
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        let here = self.position.point(current);
        let switch = self.switches.iter().find(|s| (s.thread, s.operation, s.step) == here);
        let task = switch.and_then(|switch| progress::task_of(switch.to));
        let wanted = task.and_then(|task| runnable.iter().map(|t| t.id()).find(|&id| usize::from(id) == task));
        wanted.or_else(|| by_default(runnable, current, yielding))
    }
}

/// A scheduling point that came up: where, and who went on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// As a switch to the thread that went on.
    pub at: Switch,
    /// Whether another one would have gone on by default.
    pub departs: bool,
}

/// The schedule given, whose points are written down.
pub(super) struct Recording {
    replay: Replay,
    position: Position,
    into: Arc<Mutex<Vec<Point>>>,
}

impl Recording {
    pub(super) fn new(schedule: Vec<u8>, into: Arc<Mutex<Vec<Point>>>) -> Recording {
        Recording { replay: Replay::new(schedule), position: Position::default(), into }
    }
}

impl Strategy for Recording {
    fn begin(&mut self) -> bool {
        progress::begin();
        self.replay.begin()
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        let (thread, operation, step) = self.position.point(current);
        let next = self.replay.next(runnable, current, yielding);
        if let Some(next) = next {
            let at = Switch { thread, operation, step, to: progress::thread_of(usize::from(next)) };
            let departs = Some(next) != by_default(runnable, current, yielding);
            lock(&self.into).push(Point { at, departs });
        }
        next
    }
}
