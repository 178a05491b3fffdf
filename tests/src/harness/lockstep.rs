//! A run in one thread, compared with the model after every operation: answers, what user code saw, and which values
//! exist.
//!
//! A step is not interrupted: threads alternate between steps, and a scope is one step. Inside a step everything is
//! compared operation by operation.

pub use super::difference::{Difference, Mismatch};

use super::comparison::Lockstep;
use super::executor::Executor;
use super::shared::{Shared, assemble};
use super::thread_runner::{Body, ThreadRunner};
use super::value::Tracked;
use crate::allocator;
use crate::limit;
use crate::mutex::lock;
use crate::outcome::Outcome;
use crate::platform::TestPlatform;
use crate::scenario::Scenario;
use contextvars::core::Design;
use contextvars_model::ThreadId;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The end of a run in lockstep.
pub struct LockstepRun {
    /// The run.
    pub outcome: Outcome,
    /// The first difference; the run stops there.
    pub mismatch: Option<Mismatch>,
    /// Why the specification leaves open what came next; the run stops there.
    pub unspecified: Option<&'static str>,
    /// Operations compared.
    pub operations: u64,
    /// Whether the rest was left out because the time was over: the run decides nothing.
    pub cut: bool,
}

/// Threads that the lockstep engine runs itself.
struct NoThreads;

impl ThreadRunner for NoThreads {
    fn start_all(&self, _: Vec<(ThreadId, Body)>) {}
    fn start(&self, _: ThreadId, _: Body) {}
    fn wait(&self) {}
}

/// Whether this program can run the scenario: one in which the allocator reads needs [`allocator::Calling`].
pub(crate) fn can_run(scenario: &Scenario) -> bool {
    !scenario.allocator_reads || allocator::is_installed()
}

/// Sees to it that a scenario which this program cannot run is not taken for one that passes.
///
/// # Panics
/// If it cannot be run.
pub(crate) fn must_run(scenario: &Scenario) {
    assert!(can_run(scenario), "in `{}` the allocator reads: install `allocator::Calling` to run it", scenario.name);
}

/// Runs the scenario; `choose` picks the thread whose next step is taken.
pub(super) fn run<D>(scenario: &Arc<Scenario>, choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId) -> LockstepRun
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    must_run(scenario);
    let shared = Shared::<D>::new(scenario, Arc::new(NoThreads));
    let lockstep = Rc::new(Lockstep::new(&scenario.specs));
    let executor = |thread, start_in| Executor::with_lockstep(&shared, thread, start_in, Some(Rc::clone(&lockstep)));
    let main = executor(ThreadId(0), None);
    main.acting(|| main.steps(&scenario.init));
    let init = main.take_record();
    lockstep.has_seen(0);
    lockstep.fork(scenario.threads.len() as u16);
    *lock(&shared.endowment) = main.handles().clone();

    let mut running: BTreeMap<ThreadId, (Rc<Executor<D>>, usize)> = BTreeMap::new();
    let start = |thread: ThreadId, start_in| {
        let started = executor(thread, start_in);
        *started.handles() = lock(&shared.endowment).clone();
        (thread, (started, 0))
    };
    let at_once = scenario.threads.iter().enumerate().filter(|(_, program)| !program.spawned);
    running.extend(at_once.map(|(index, _)| start(ThreadId(index as u16 + 1), None)));
    while !running.is_empty() {
        let able: Vec<ThreadId> = running.keys().copied().collect();
        let chosen = choose(&able);
        let (executor, next) = running.get_mut(&chosen).expect("a thread that can go on is chosen");
        lockstep.has_seen(executor.seen_so_far());
        let steps = &scenario.threads[usize::from(chosen.0) - 1].steps;
        if let Some(step) = steps.get(*next).filter(|_| !limit::is_over() && !lockstep.is_over()) {
            *next += 1;
            executor.acting(|| executor.step(step));
        } else {
            executor.acting(|| executor.end());
            executor.leave();
            running.remove(&chosen);
        }
        for (thread, start_in) in lockstep.take_spawned() {
            shared.count_spawned();
            running.extend([start(thread, start_in)]);
        }
    }
    shared.release_endowment();
    for left in std::mem::take(&mut *lock(&shared.left)) {
        main.handles().absorb(left.handles);
        main.append(left.record);
    }
    lockstep.has_seen(main.seen_so_far());
    main.acting(|| {
        main.steps(&scenario.post);
        main.end();
    });
    let record = main.take_record();
    drop(main);
    let outcome = assemble(&shared, init, record);
    lockstep.compare_the_rest(&outcome.ledger.leaked);
    let (mismatch, unspecified, operations) = lockstep.result();
    let cut = limit::has_cut();
    LockstepRun { outcome, mismatch: mismatch.filter(|_| !cut), unspecified, operations, cut }
}
