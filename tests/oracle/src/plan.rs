//! A scenario as a list of events in one order of its threads: what an interpreter is asked to perform.
//!
//! The model runs ahead, because it knows what the list depends on: which scopes are entered, whether a thread has a
//! context, and where to stop ([`Cut`]). The comparison then runs it again, with the interpreter's answers.

use crate::dialect::{Dialect, Fault, Touched};
use contextvars_check::generate::{Seeded, Source};
use contextvars_check::scenario::{Scenario, Step};
use contextvars_model::{CtxId, Observation, Op, Ret, State, ThreadId, Trigger, step};
use std::sync::Arc;

/// What happens in an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// An operation; [`Op::End`] too.
    Do(Op),
    /// The beginning of a scope (`Context.run`).
    Open {
        /// The context entered.
        ctx: CtxId,
        /// Whether the body will panic.
        panics: bool,
        /// Whether the model enters it; otherwise the body is skipped.
        enters: bool,
    },
    /// The end of a scope that was entered.
    Leave(CtxId),
    /// The parallel threads get what thread 0 holds.
    Fork,
    /// Asks for all that can be asked without changing anything.
    Probe,
}

impl Act {
    /// The operation that it is to the model.
    pub fn op(&self) -> Option<Op> {
        match *self {
            Act::Do(op) => Some(op),
            Act::Open { ctx, .. } => Some(Op::Enter { ctx }),
            Act::Leave(ctx) => Some(Op::Exit { ctx }),
            Act::Fork | Act::Probe => None,
        }
    }
}

/// An event of one thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// The thread.
    pub thread: ThreadId,
    /// What it does.
    pub act: Act,
    /// Whether it has a current context afterwards, so that looking at that makes none.
    pub has_context: bool,
    /// The answer that the scenario states.
    pub stated: Option<Ret>,
}

/// Why a plan ends before its scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// The specification leaves open what comes next.
    Open(&'static str),
    /// The next step would touch a fault of the interpreter.
    Fault(&'static Fault),
    /// The oracle cannot perform it.
    Unable(&'static str),
}

/// In which order the threads take their turns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// One after the other: thread 1 to its end, then thread 2.
    InTurn,
    /// At random, also inside scopes.
    Mixed(u64),
    /// At random; nobody comes between a scope's beginning and its end, as in the sequential engine.
    Steps(u64),
    /// These threads, a step each, then in turn.
    Given(Vec<ThreadId>),
}

/// How a scenario is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way {
    /// The order.
    pub order: Order,
    /// One event of so many is followed by a probe; 0 for none.
    pub probe_every: usize,
}

/// A scenario to be performed in one order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// How it was planned.
    pub way: Way,
    /// The threads whose steps were taken, in order; a scope is one step if nobody comes between.
    pub turns: Vec<ThreadId>,
    /// What happens.
    pub events: Vec<Event>,
    /// Why it ends early, if it does.
    pub cut: Option<Cut>,
}

impl Plan {
    /// Plans a run of the scenario.
    pub fn new(scenario: &Arc<Scenario>, dialect: &Dialect, way: &Way) -> Plan {
        let mut planner = Planner {
            scenario,
            dialect,
            probe_every: way.probe_every,
            state: State::new(Arc::clone(&scenario.specs)),
            cursors: Vec::new(),
            events: Vec::with_capacity(scenario.operations() + 8),
            turns: Vec::new(),
            cut: None,
        };
        planner.whole(&way.order);
        let Planner { turns, events, cut, .. } = planner;
        Plan { scenario: Arc::clone(scenario), way: way.clone(), turns, events, cut }
    }

    /// The operations in it.
    pub fn operations(&self) -> u64 {
        self.events.iter().filter(|event| event.act.op().is_some()).count() as u64
    }
}

/// The rest of a list of steps; the context to leave after it, and whether by a panic.
type Frame<'a> = (std::slice::Iter<'a, Step>, Option<(CtxId, bool)>);

struct Cursor<'a> {
    frames: Vec<Frame<'a>>,
    started: bool,
    ended: bool,
}

struct Planner<'a> {
    scenario: &'a Scenario,
    dialect: &'a Dialect,
    probe_every: usize,
    state: State,
    cursors: Vec<Cursor<'a>>,
    events: Vec<Event>,
    turns: Vec<ThreadId>,
    cut: Option<Cut>,
}

impl<'a> Planner<'a> {
    fn whole(&mut self, order: &Order) {
        let cursor = |steps: &'a [Step], started| Cursor { frames: vec![(steps.iter(), None)], started, ended: false };
        self.cursors.push(cursor(&self.scenario.init, true));
        while self.operation(ThreadId(0)) {}
        if self.cut.is_some() {
            return;
        }
        let count = self.scenario.threads.len() as u16;
        self.state.fork(count);
        let has_context = self.state.current(ThreadId(0)).is_some();
        self.events.push(Event { thread: ThreadId(0), act: Act::Fork, has_context, stated: None });
        self.cursors.extend(self.scenario.threads.iter().map(|t| cursor(&t.steps, !t.spawned)));
        self.parallel(order);
        for n in 1..=count {
            if !self.cursors[usize::from(n)].ended && self.cut.is_none() {
                self.end(ThreadId(n));
            }
        }
        self.cursors[0] = cursor(&self.scenario.post, true);
        while self.operation(ThreadId(0)) {}
        if self.cut.is_none() {
            self.end(ThreadId(0));
        }
    }

    fn parallel(&mut self, order: &Order) {
        let (mut random, mut given) = match order {
            Order::Mixed(seed) | Order::Steps(seed) => (Some(Seeded::new(*seed)), [].iter()),
            Order::Given(turns) => (None, turns.iter()),
            Order::InTurn => (None, [].iter()),
        };
        let mixed = matches!(order, Order::Mixed(_));
        while self.cut.is_none() {
            let able: Vec<_> =
                (1..self.cursors.len()).filter(|&n| self.can_run(n)).map(|n| ThreadId(n as u16)).collect();
            if able.is_empty() {
                return;
            }
            let next = given.next().copied().filter(|thread| able.contains(thread));
            let thread = random.as_mut().map(|random| random.pick(&able)).or(next).unwrap_or(able[0]);
            self.turns.push(thread);
            // Several operations in a row, mostly: to wake another thread costs more than they do.
            let turn = if mixed { random.as_mut().map_or(1, |random| random.between((1, 5))) } else { 1 };
            for _ in 0..turn {
                self.turn(thread);
                while !mixed && self.cursors[usize::from(thread.0)].frames.len() > 1 && self.cut.is_none() {
                    self.turn(thread);
                }
                if self.cut.is_some() || self.cursors[usize::from(thread.0)].ended {
                    break;
                }
            }
        }
    }

    fn can_run(&self, n: usize) -> bool {
        self.cursors[n].started && !self.cursors[n].ended
    }

    /// The next operation of a parallel thread, or its end.
    fn turn(&mut self, thread: ThreadId) {
        if !self.operation(thread) && self.cut.is_none() {
            self.end(thread);
        }
    }

    fn end(&mut self, thread: ThreadId) {
        self.cursors[usize::from(thread.0)].ended = true;
        self.perform(thread, Act::Do(Op::End), None);
    }

    /// Performs the next operation of a thread; false if there is none left.
    fn operation(&mut self, thread: ThreadId) -> bool {
        let at = usize::from(thread.0);
        while self.cut.is_none() {
            let Some((steps, ctx)) = self.cursors[at].frames.last_mut() else { return false };
            match (steps.next(), *ctx) {
                (Some(Step::Do(op, stated)), _) => {
                    self.perform(thread, Act::Do(*op), stated.clone());
                    return true;
                }
                (Some(Step::Run { ctx, body, panics }), _) => {
                    let open = Act::Open { ctx: *ctx, panics: *panics, enters: false };
                    if let Some(Ret::Done) = self.perform(thread, open, None) {
                        self.cursors[at].frames.push((body.iter(), Some((*ctx, *panics))));
                    }
                    return true;
                }
                (None, Some((_, true))) if self.state.watchers.iter().any(Option::is_some) => {
                    self.cut = Some(Cut::Unable("a watcher in Python loses the panic that is under way (A22)"));
                    return false;
                }
                (None, Some((ctx, _))) => {
                    self.cursors[at].frames.pop();
                    self.perform(thread, Act::Leave(ctx), None);
                    return true;
                }
                (None, None) => drop(self.cursors[at].frames.pop()),
            }
        }
        false
    }

    /// What the model answers; nothing if the plan ends before.
    fn perform(&mut self, thread: ThreadId, mut act: Act, stated: Option<Ret>) -> Option<Ret> {
        let op = act.op()?;
        if matches!(op, Op::Watch { .. } | Op::Unwatch { .. }) && !self.dialect.watches() {
            self.cut = Some(Cut::Unable("watchers are in the C interface from 3.14 on"));
            return None;
        }
        let ends = op == Op::End;
        let own = self.state.threads.get(&thread).cloned().unwrap_or_default();
        let ret = step(&mut self.state, thread, &op);
        let seen = std::mem::take(&mut self.state.seen);
        let begun = self.state.threads.get(&thread).is_some_and(|now| now.implicit > own.implicit);
        let touched = Touched { op, seen: &seen, begun_at_end: ends && begun };
        self.cut = match (self.state.unspecified, self.dialect.fault(&touched)) {
            (Some(why), _) => Some(Cut::Open(why)),
            (None, Some(fault)) => Some(Cut::Fault(fault)),
            (None, None) if ends && !seen.is_empty() && own.stack.len() > 1 => {
                Some(Cut::Open("whether user code that the end of a thread runs finds contexts that it is inside"))
            }
            (None, None) if replaces(&op, &seen) && several_died(&seen) => Some(Cut::Open(
                "when a value dies that the replaced version of a map still holds, while that version is given up",
            )),
            _ => None,
        };
        if self.cut.is_some() {
            return None;
        }
        if let (Op::Spawn { thread, .. }, false) = (op, matches!(ret, Ret::Err(_))) {
            self.cursors[usize::from(thread.0)].started = true;
        }
        if let Act::Open { enters, .. } = &mut act {
            *enters = ret == Ret::Done;
        }
        let has_context = !ends && self.state.current(thread).is_some();
        self.events.push(Event { thread, act, has_context, stated });
        if !ends && self.probe_every > 0 && self.events.len().is_multiple_of(self.probe_every) {
            self.events.push(Event { thread, act: Act::Probe, has_context, stated: None });
        }
        Some(ret)
    }
}

/// Whether a version of a context's map was replaced. CPython gives it up node by node, in the order of addresses, and
/// each node keeps its values to its turn: one that dies and replaces another value kills that at once, or when the
/// node is gone. (The model, and our library, kill it at once.)
fn replaces(op: &Op, seen: &[Observation]) -> bool {
    let is = |op: &Op| matches!(op, Op::Set { .. } | Op::Reset { .. });
    is(op) || seen.iter().any(|seen| seen.op.as_ref().is_some_and(|(op, _)| is(op)))
}

/// Whether several values ran code when they died.
fn several_died(seen: &[Observation]) -> bool {
    let mut dead = seen.iter().map(|seen| seen.trigger).filter(|trigger| matches!(trigger, Trigger::Drop(_)));
    let first = dead.next();
    dead.any(|other| Some(other) != first)
}
