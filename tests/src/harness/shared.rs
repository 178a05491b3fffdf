//! What the threads of one run share, and what becomes of it.
//!
//! All of it (mailboxes and the locks of watchers apart) is the harness's own and invisible to the engines; mailboxes
//! are made of the platform's locks, because handing an object over is part of the program.

use super::handles::{Handles, Object};
use super::thread_runner::ThreadRunner;
use super::value::{Tracked, ValueHeap};
use crate::mutex::lock;
use crate::outcome::{LedgerReport, Outcome, Unexpected};
use crate::platform::plain::Plain;
use crate::platform::trace::MAILBOX;
use crate::platform::{Actor, TestPlatform};
use crate::scenario::Scenario;
use contextvars::core::{Design, Runtime};
use contextvars::parts::containment::Containment;
use contextvars::platform::{Lock, Platform};
use contextvars_model::history::{History, Operation};
use contextvars_model::{CtxId, Handle, Observation, Op, Ret, Specs, ThreadId, Trigger, WatchId};
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Objects on their way to a thread.
pub(super) type Mailbox<D> = <<D as Design>::Platform as Platform>::Lock<Vec<(Handle, Object<D>)>>;

/// What the threads of one run share.
pub(super) struct Shared<D: Design<Value = Tracked>> {
    pub(super) scenario: Arc<Scenario>,
    pub(super) runtime: Arc<Runtime<D>>,
    pub(super) world: Arc<ValueHeap>,
    pub(super) crew: Arc<dyn ThreadRunner>,
    /// One for each thread, if the scenario hands anything over.
    pub(super) mail: Vec<Mailbox<D>>,
    /// What each ended thread leaves.
    pub(super) left: Mutex<Vec<Left<D>>>,
    /// What the parallel threads begin with.
    pub(super) endowment: Mutex<Handles<D>>,
    /// Which slot each watcher has. Scenarios name watchers, the library slots: who asks for one that another thread is
    /// adding or removing waits for that, so that the answer is the library's.
    pub(super) watchers: BTreeMap<WatchId, <D::Platform as Platform>::Lock<Option<u8>>>,
    /// What user code keeps that only the thread inside a context touches, for each named context.
    kept_inside: Plain<CtxId>,
    /// Who entered a context without finding that in order.
    unordered: Mutex<Vec<(ThreadId, CtxId)>>,
    /// Threads that wait for being spawned.
    unstarted: AtomicUsize,
    /// Operations under way, those that user code performs among them.
    under_way: AtomicUsize,
}

/// What a thread leaves at its end.
pub(super) struct Left<D: Design> {
    pub(super) handles: Handles<D>,
    pub(super) record: Record,
}

/// What a thread recorded.
#[derive(Default)]
pub(super) struct Record {
    pub(super) operations: Vec<Operation>,
    pub(super) seen: Vec<Observation>,
    pub(super) unexpected: Vec<(usize, Ret)>,
}

impl<D> Shared<D>
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    pub(super) fn new(scenario: &Arc<Scenario>, crew: Arc<dyn ThreadRunner>) -> Arc<Self> {
        <D::Platform as TestPlatform>::start_clock();
        let mailboxes = if hands_over(scenario) { scenario.threads.len() + 1 } else { 0 };
        Arc::new(Shared {
            scenario: Arc::clone(scenario),
            runtime: Runtime::new(),
            world: ValueHeap::new(
                Arc::clone(&scenario.specs),
                user_code::<D::Platform>,
                acting::<D::Platform>,
                |body| D::Containment::contain(body),
            ),
            crew,
            mail: (0..mailboxes).map(|_| Lock::new(MAILBOX, Vec::new())).collect(),
            left: Mutex::default(),
            endowment: Mutex::default(),
            watchers: watchers(scenario).map(|watcher| (watcher, Lock::new(MAILBOX, None))).collect(),
            kept_inside: Plain::new(),
            unordered: Mutex::default(),
            unstarted: AtomicUsize::new(scenario.threads.iter().filter(|program| program.spawned).count()),
            under_way: AtomicUsize::new(0),
        })
    }

    /// A thread is inside a context: it touches what belongs to whoever is.
    pub(super) fn touch_inside(&self, thread: ThreadId, ctx: CtxId) {
        if !self.kept_inside.write(ctx) {
            lock(&self.unordered).push((thread, ctx));
        }
    }

    pub(super) fn count_spawned(&self) {
        // Relaxed: read after all threads were waited for.
        self.unstarted.fetch_sub(1, Ordering::Relaxed);
    }

    /// An operation begins.
    pub(super) fn invoked(&self) {
        // Relaxed: asked only where threads take turns, or where one is left.
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// An operation of this thread has responded at this time; if no other is under way, what exists is written down.
    pub(super) fn responded(&self, thread: ThreadId, at: u64) {
        // Relaxed: as above.
        let was_last = self.under_way.fetch_sub(1, Ordering::Relaxed) == 1;
        if was_last && D::Platform::sees_quiet(thread) {
            self.world.is_quiet(at);
        }
    }

    /// After the parallel part: what threads begin with is given up, unless one was never started, for which it is kept
    /// to the end.
    pub(super) fn release_endowment(&self) {
        // Relaxed: as above.
        if self.unstarted.load(Ordering::Relaxed) == 0 {
            let endowment = std::mem::take(&mut *lock(&self.endowment));
            drop(endowment);
        }
    }
}

/// Puts the outcome together when every handle is gone.
pub(super) fn assemble<D: Design<Value = Tracked>>(shared: &Shared<D>, init: Record, record: Record) -> Outcome {
    shared.world.break_circles();
    let mark = |in_init: bool| move |(operation, expected): (usize, Ret)| Unexpected { in_init, operation, expected };
    Outcome {
        history: History {
            threads: shared.scenario.threads.len() as u16,
            specs: Arc::clone(&shared.scenario.specs),
            init: init.operations,
            operations: record.operations,
        },
        seen: init.seen.into_iter().chain(record.seen).collect(),
        unexpected: init
            .unexpected
            .into_iter()
            .map(mark(true))
            .chain(record.unexpected.into_iter().map(mark(false)))
            .collect(),
        ledger: LedgerReport { unordered: lock(&shared.unordered).clone(), ..shared.world.report() },
    }
}

/// The watchers that the scenario, or user code in it, names.
fn watchers(scenario: &Scenario) -> impl Iterator<Item = WatchId> {
    let mut named = BTreeSet::new();
    scenario.each(&mut |op| {
        if let Op::Watch { watcher } | Op::Unwatch { watcher } = op {
            named.insert(*watcher);
        }
    });
    named.into_iter()
}

fn hands_over(scenario: &Scenario) -> bool {
    scenario.any(&|op| matches!(op, Op::Give { .. }))
}

/// Does what a value's user code does, on whichever thread of the scenario is running. Where none is (the run is being
/// taken down) nothing can be performed, and nothing is asserted there.
fn user_code<P: TestPlatform>(trigger: Trigger, specs: &Specs) {
    let code = match trigger {
        Trigger::Drop(value) => specs.values.get(&value).map(|spec| &spec.on_drop),
        Trigger::Equal(value) => specs.values.get(&value).map(|spec| &spec.on_equal),
        Trigger::Clone(value) => specs.values.get(&value).map(|spec| &spec.on_clone),
        Trigger::Switched(..) => None,
    };
    if let (Some(code), Some(actor)) = (code.filter(|code| !code.is_empty()), P::actor()) {
        actor.user_code(trigger, code);
    }
}

fn acting<P: TestPlatform>() -> ThreadId {
    P::actor().map_or(ThreadId(0), |actor| actor.thread())
}

/// Makes `actor` the acting one while `body` runs, and no longer if that panics.
pub(super) fn while_acting<P: TestPlatform>(actor: Rc<dyn Actor>, body: impl FnOnce()) {
    let _before = Before::<P>(P::act(Some(actor)), PhantomData);
    body();
}

/// Who was acting before, and acts again when this is dropped.
struct Before<P: TestPlatform>(Option<Rc<dyn Actor>>, PhantomData<P>);

impl<P: TestPlatform> Drop for Before<P> {
    fn drop(&mut self) {
        P::act(self.0.take());
    }
}
