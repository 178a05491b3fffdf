//! How far the threads of an execution have come, for a scheduler that names its switches by operations.
//!
//! loom and shuttle run all threads of a model on one operating-system thread, so the counts are local to it.

use contextvars_model::ThreadId;
use std::cell::{Cell, RefCell};

/// Thread 0 and the parallel ones.
const THREADS: usize = crate::scenario::Scenario::MAX_THREADS + 1;

thread_local! {
    static INVOKED: [Cell<u16>; THREADS] = const { [const { Cell::new(0) }; THREADS] };
    static STARTED: RefCell<Vec<ThreadId>> = const { RefCell::new(Vec::new()) };
}

/// An execution begins.
pub fn begin() {
    INVOKED.with(|invoked| invoked.iter().for_each(|count| count.set(0)));
    STARTED.with(|started| started.borrow_mut().clear());
}

/// The thread begins an operation.
pub fn invoked(thread: ThreadId) {
    INVOKED.with(|invoked| {
        let count = &invoked[usize::from(thread.0)];
        count.set(count.get().saturating_add(1));
    });
}

/// The thread was started, after all that were told before.
pub fn started(thread: ThreadId) {
    STARTED.with(|started| started.borrow_mut().push(thread));
}

/// How many operations the thread has begun.
pub fn operations(thread: ThreadId) -> u16 {
    INVOKED.with(|invoked| invoked[usize::from(thread.0)].get())
}

/// The thread that runs in this task: thread 0 in the first, the others in the order in which they were started.
pub fn thread_of(task: usize) -> ThreadId {
    let started = |index: usize| STARTED.with(|started| started.borrow().get(index).copied());
    task.checked_sub(1).and_then(started).unwrap_or(ThreadId(0))
}

/// The task that this thread runs in, if it has been started.
pub fn task_of(thread: ThreadId) -> Option<usize> {
    let at = || STARTED.with(|started| started.borrow().iter().position(|other| *other == thread));
    if thread == ThreadId(0) { Some(0) } else { at().map(|index| index + 1) }
}
