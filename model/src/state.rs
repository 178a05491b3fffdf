//! The state: plain ordered maps, compared with `==`.

use crate::op::{
    CtxId, Handle, IterId, Observation, ThreadId, TokId, Trigger, UserCode, Val, ValueSpec, VarId, WatchId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How the values and the watchers of a scenario behave. Fixed for a run.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Specs {
    /// Values that do more than be; all others are plain.
    pub values: BTreeMap<Val, ValueSpec>,
    /// What a watcher does when it is told of a switch.
    pub watchers: BTreeMap<WatchId, UserCode>,
}

/// A map from variables to values: the contents of one version of a context.
pub type Bindings = BTreeMap<VarId, Val>;

/// A context object.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Context {
    /// Its bindings now.
    pub map: Bindings,
    /// The thread that is inside it.
    pub inside: Option<ThreadId>,
}

/// A token: what one `set` replaced.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Token {
    /// The variable that was set.
    pub var: VarId,
    /// The context *object* it was set in.
    pub ctx: CtxId,
    /// The binding replaced. Absence is outside the value domain: any value can be an old value.
    pub old: Option<Val>,
    /// Whether a reset has used it.
    pub used: bool,
}

/// An iterator over one version of a context. It keeps that version alive, also when it is exhausted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Iterator {
    /// The version it was started on.
    pub map: Bindings,
    /// What it has not delivered yet.
    pub remaining: Bindings,
}

/// What belongs to one thread.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Thread {
    /// The contexts it is inside, innermost (current) last.
    pub stack: Vec<CtxId>,
    /// The handles it holds.
    pub held: BTreeSet<Handle>,
    /// How many implicit contexts it has had.
    pub implicit: u32,
    /// User code that is running; it does not run again inside itself.
    pub running: Vec<Trigger>,
}

/// Number of watcher slots (`CONTEXT_MAX_WATCHERS`).
pub const WATCHER_SLOTS: usize = 8;

/// User code runs at most so deep inside other user code of its thread; deeper it does nothing.
pub const NESTED_USER_CODE: usize = 8;

/// At the end of a thread its contexts are left; what dying values set then is bound in a new one, which is left in
/// turn. So many rounds are made, as POSIX does with the thread-specific data that destructors set again
/// (`PTHREAD_DESTRUCTOR_ITERATIONS`); what is bound after the last one is never dropped.
pub const ROUNDS_AT_END: usize = 4;

/// Everything there is. After the start (`fork`) `step` is the only function that changes it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct State {
    /// Defaults of the variables.
    pub vars: BTreeMap<VarId, Option<Val>>,
    /// Context objects, implicit ones included.
    pub contexts: BTreeMap<CtxId, Context>,
    /// Tokens.
    pub tokens: BTreeMap<TokId, Token>,
    /// Iterators.
    pub iterators: BTreeMap<IterId, Iterator>,
    /// Threads, from their first operation on.
    pub threads: BTreeMap<ThreadId, Thread>,
    /// Watcher slots.
    pub watchers: [Option<WatchId>; WATCHER_SLOTS],
    /// Values that exist: written and not dropped yet. Kept only while [`State::lifetimes`] is set.
    pub live: BTreeSet<Val>,
    /// What each living value holds, if anything.
    pub holdings: BTreeMap<Val, Vec<Handle>>,
    /// Values that an operation in progress holds (several times if several do).
    pub pinned: Vec<Val>,
    /// What operations in progress name, and what the dying values hold whose code is running.
    pub in_use: Vec<Handle>,
    /// For each release in progress, innermost last: the values that the objects being released refer to. When each of
    /// these references goes is not specified.
    pub releasing: Vec<BTreeSet<Val>>,
    /// Contexts that a thread was still inside when its last round was over (see [`ROUNDS_AT_END`]).
    pub abandoned: BTreeSet<CtxId>,
    /// What user code saw, oldest first. The caller may drain it.
    pub seen: Vec<Observation>,
    /// Why what follows is not determined by the specification, once that is so.
    pub unspecified: Option<&'static str>,
    /// Whether to follow the lifetimes of values and to run user code. Histories of real threads are judged without:
    /// there, what user code performs is recorded as operations of its own.
    pub lifetimes: bool,
    /// How values and watchers behave.
    pub specs: Arc<Specs>,
}

impl CtxId {
    const NAMED: u32 = 0x8000;
    /// The two highest bits tell three kinds of names apart that no scenario gives.
    const IMPLICIT: u32 = 1 << 30;
    const INHERITED: u32 = 2 << 30;
    const PINNED: u32 = 3 << 30;
    const LOW: u32 = (1 << 30) - 1;

    /// The context that a thread without one gets by its set, reset or copy: the `n`-th of this thread, from 0. It gets
    /// another one when values that die at its end set something. The number counts those of the one thread: names must
    /// not depend on the order in which different threads act.
    ///
    /// # Panics
    ///
    /// If `n` is 16,384 or more.
    pub fn implicit(thread: ThreadId, n: u32) -> CtxId {
        assert!(n < 1 << 14, "{thread} has too many implicit contexts");
        CtxId(Self::IMPLICIT | n << 16 | u32::from(thread.0))
    }

    /// The copy that a thread is started in.
    pub fn inherited(thread: ThreadId) -> CtxId {
        CtxId(Self::INHERITED | u32::from(thread.0))
    }

    /// The `n`-th copy that [`History::with_pinned_operands`](crate::History::with_pinned_operands) makes, from 0.
    ///
    /// # Panics
    ///
    /// If `n` is 2^30 or more.
    pub fn pinned(n: usize) -> CtxId {
        assert!(n <= Self::LOW as usize, "too many equalities");
        CtxId(Self::PINNED | n as u32)
    }

    /// Whether the scenario gave it this name.
    pub fn is_named(self) -> bool {
        self.0 < Self::NAMED
    }

    /// The thread whose implicit context it is, and which one of that thread.
    pub fn implicit_of(self) -> Option<(ThreadId, u32)> {
        (self.0 & !Self::LOW == Self::IMPLICIT).then_some((ThreadId(self.0 as u16), (self.0 & Self::LOW) >> 16))
    }
}

impl State {
    /// The state before the first operation, with user code and lifetimes.
    pub fn new(specs: Arc<Specs>) -> State {
        State { lifetimes: true, specs, ..State::default() }
    }

    /// The same for judging the history of a concurrent run: see [`State::lifetimes`].
    pub fn for_history(specs: Arc<Specs>) -> State {
        State { specs, ..State::default() }
    }

    /// Gives the handles that thread 0 holds after `init` to the parallel threads `1..=count`.
    pub fn fork(&mut self, count: u16) {
        let held = self.threads.entry(ThreadId(0)).or_default().held.clone();
        for n in 1..=count {
            self.threads.entry(ThreadId(n)).or_default().held.extend(&held);
        }
    }

    /// The current context of a thread.
    pub fn current(&self, thread: ThreadId) -> Option<CtxId> {
        self.threads.get(&thread).and_then(|t| t.stack.last().copied())
    }

    /// Whether a thread holds a handle.
    pub fn holds(&self, thread: ThreadId, handle: Handle) -> bool {
        self.threads.get(&thread).is_some_and(|t| t.held.contains(&handle))
    }

    pub(crate) fn thread_mut(&mut self, thread: ThreadId) -> &mut Thread {
        self.threads.entry(thread).or_default()
    }

    pub(crate) fn spec(&self, value: Val) -> Option<&ValueSpec> {
        self.specs.values.get(&value)
    }
}
