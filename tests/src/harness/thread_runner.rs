//! Who runs the threads of a scenario.

use crate::limit;
use crate::mutex::lock;
use crate::platform::progress;
use crate::platform::selected::SelectedPlatform;
use contextvars::platform::{Join, Platform};
use contextvars_model::ThreadId;
use std::sync::Mutex;

/// The program of one thread, ready to run.
pub type Body = Box<dyn FnOnce() + Send>;

/// Runs threads.
pub trait ThreadRunner: Send + Sync {
    /// Starts the threads of the parallel part together.
    fn start_all(&self, bodies: Vec<(ThreadId, Body)>);
    /// Starts one more, from inside a running one.
    fn start(&self, thread: ThreadId, body: Body);
    /// Waits until all that were started have ended.
    fn wait(&self);
    /// The calling thread is about to do the step of this number of its program, as `of` threads are that the parallel
    /// part begins with. Who chooses the order of the threads anyway does nothing about it.
    fn meet(&self, _step: usize, _of: usize) {}
    /// Whether the time is over, so that threads leave out the rest of their steps.
    fn is_cut(&self) -> bool {
        limit::is_over()
    }
}

/// Threads that the platform in force spawns.
#[derive(Default)]
pub struct PlatformThreads(Mutex<Vec<<SelectedPlatform as Platform>::Join>>);

impl ThreadRunner for PlatformThreads {
    fn start_all(&self, bodies: Vec<(ThreadId, Body)>) {
        for (thread, body) in bodies {
            self.start(thread, body);
        }
    }

    fn start(&self, thread: ThreadId, body: Body) {
        let join = SelectedPlatform::spawn(body);
        // No scheduling point lies between the birth of its task and here.
        progress::started(thread);
        lock(&self.0).push(join);
    }

    fn wait(&self) {
        loop {
            let Some(join) = lock(&self.0).pop() else { break };
            join.join();
        }
    }
}
