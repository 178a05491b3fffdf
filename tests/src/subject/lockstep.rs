//! A run in one thread, compared with the model after every operation: answers, what user code saw, and which values
//! exist.
//!
//! A step is not interrupted: threads alternate between steps, and a scope is one step. Inside a step everything is
//! compared operation by operation.

use super::execution::{Body, Crew, Shared, assemble, own};
use super::executor::Executor;
use super::reads::{Permitted, Reads};
use super::value::{Tracked, World};
use crate::allocator;
use crate::limit;
use crate::outcome::Outcome;
use crate::platform::TestPlatform;
use crate::scenario::Scenario;
use contextvars::core::{Context, Design};
use contextvars_model::{Observation, Op, Ret, State, ThreadId, Val, VarId, step_observed};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Where the implementation and the model part.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// The thread.
    pub thread: ThreadId,
    /// Its operation.
    pub op: Op,
    /// What differs.
    pub difference: Difference,
}

/// What differs.
#[derive(Clone, Debug)]
pub enum Difference {
    /// The answer: the model's and the implementation's.
    Answer(Ret, Ret),
    /// What user code saw: the model's and the implementation's.
    Seen(Vec<Observation>, Vec<Observation>),
    /// The values that exist: the model's and the implementation's.
    Live(Vec<Val>, Vec<Val>),
    /// What code inside the allocator read of a variable: what the model permits, and what it got.
    Read {
        /// The variable.
        var: VarId,
        /// What it may be bound to.
        permitted: Vec<Option<Val>>,
        /// What was read.
        got: Option<Val>,
    },
    /// Such a read came to no answer: what was wrong.
    ReadFailed(String),
}

/// The end of a run in lockstep.
pub struct Report {
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

/// The model beside a run.
pub(super) struct Lockstep<D: Design> {
    state: RefCell<State>,
    seen: Cell<usize>,
    mismatch: RefCell<Option<Mismatch>>,
    operations: Cell<u64>,
    spawned: RefCell<Vec<(ThreadId, Option<Context<D>>)>>,
}

impl<D: Design> Lockstep<D> {
    /// Whether there is nothing to compare any more.
    pub(super) fn is_over(&self) -> bool {
        limit::has_cut() || self.mismatch.borrow().is_some() || self.state.borrow().unspecified.is_some()
    }

    pub(super) fn spawn(&self, thread: ThreadId, start_in: Option<Context<D>>) {
        self.spawned.borrow_mut().push((thread, start_in));
    }

    /// Takes the same step with the model.
    pub(super) fn compare(
        &self,
        thread: ThreadId,
        op: &Op,
        ret: &Ret,
        seen: &[Observation],
        world: &World,
        reads: Reads,
    ) {
        if self.is_over() {
            return;
        }
        let mut state = self.state.borrow_mut();
        let permitted = Permitted::before(&state, thread, op, reads);
        let answer = step_observed(&mut state, thread, op, Some(ret));
        let observed = std::mem::take(&mut state.seen);
        if state.unspecified.is_some() {
            return;
        }
        self.operations.set(self.operations.get() + 1);
        let live = || world.live();
        let difference = if answer != *ret {
            Some(Difference::Answer(answer, ret.clone()))
        } else if observed != seen[self.seen.get()..] {
            Some(Difference::Seen(observed, seen[self.seen.get()..].to_vec()))
        } else if !world.is_live(&state.live) {
            Some(Difference::Live(state.live.iter().copied().collect(), live()))
        } else {
            permitted.after(&state, thread, op, &seen[self.seen.get()..])
        };
        *self.mismatch.borrow_mut() = difference.map(|difference| Mismatch { thread, op: *op, difference });
        self.seen.set(seen.len());
    }
}

impl<D: Design> Lockstep<D> {
    /// When every handle is gone and every circle broken, what still exists is what the ends of threads gave up.
    fn compare_the_rest(&self, left: &[Val]) {
        if self.is_over() {
            return;
        }
        let state = self.state.borrow();
        let bound = state.abandoned.iter().flat_map(|ctx| &state.contexts[ctx].map);
        let given_up: BTreeSet<Val> =
            bound.flat_map(|(var, &value)| [Some(value), state.vars[var]].into_iter().flatten()).collect();
        if !given_up.iter().eq(left) {
            let difference = Difference::Live(given_up.into_iter().collect(), left.to_vec());
            *self.mismatch.borrow_mut() = Some(Mismatch { thread: ThreadId(0), op: Op::End, difference });
        }
    }
}

/// Threads that the lockstep engine runs itself.
struct NoCrew;

impl Crew for NoCrew {
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
pub(super) fn run<D>(scenario: &Arc<Scenario>, choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId) -> Report
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    must_run(scenario);
    let shared = Shared::<D>::new(scenario, Arc::new(NoCrew));
    let lockstep = Rc::new(Lockstep {
        state: RefCell::new(State::new(Arc::clone(&scenario.specs))),
        seen: Cell::new(0),
        mismatch: RefCell::new(None),
        operations: Cell::new(0),
        spawned: RefCell::new(Vec::new()),
    });
    let executor = |thread, start_in| Executor::with_lockstep(&shared, thread, start_in, Some(Rc::clone(&lockstep)));
    let main = executor(ThreadId(0), None);
    main.acting(|| main.steps(&scenario.init));
    let init = main.take_record();
    lockstep.seen.set(0);
    lockstep.state.borrow_mut().fork(scenario.threads.len() as u16);
    *own(&shared.endowment) = main.handles().clone();

    let mut running: BTreeMap<ThreadId, (Rc<Executor<D>>, usize)> = BTreeMap::new();
    let start = |thread: ThreadId, start_in| {
        let started = executor(thread, start_in);
        *started.handles() = own(&shared.endowment).clone();
        (thread, (started, 0))
    };
    let at_once = scenario.threads.iter().enumerate().filter(|(_, program)| !program.spawned);
    running.extend(at_once.map(|(index, _)| start(ThreadId(index as u16 + 1), None)));
    while !running.is_empty() {
        let able: Vec<ThreadId> = running.keys().copied().collect();
        let chosen = choose(&able);
        let (executor, next) = running.get_mut(&chosen).expect("a thread that can go on is chosen");
        lockstep.seen.set(executor.seen_so_far());
        let steps = &scenario.threads[usize::from(chosen.0) - 1].steps;
        if let Some(step) = steps.get(*next).filter(|_| !limit::is_over() && !lockstep.is_over()) {
            *next += 1;
            executor.acting(|| executor.step(step));
        } else {
            executor.acting(|| executor.end());
            executor.leave();
            running.remove(&chosen);
        }
        let spawned = std::mem::take(&mut *lockstep.spawned.borrow_mut());
        for (thread, start_in) in spawned {
            shared.count_spawned();
            running.extend([start(thread, start_in)]);
        }
    }
    shared.release_endowment();
    for left in std::mem::take(&mut *own(&shared.left)) {
        main.handles().absorb(left.handles);
        main.append(left.record);
    }
    lockstep.seen.set(main.seen_so_far());
    main.acting(|| {
        main.steps(&scenario.post);
        main.end();
    });
    let record = main.take_record();
    drop(main);
    let outcome = assemble(&shared, init, record);
    lockstep.compare_the_rest(&outcome.ledger.leaked);
    let unspecified = lockstep.state.borrow().unspecified;
    let (mismatch, operations, cut) = (lockstep.mismatch.take(), lockstep.operations.get(), limit::has_cut());
    Report { outcome, mismatch: mismatch.filter(|_| !cut), unspecified, operations, cut }
}
