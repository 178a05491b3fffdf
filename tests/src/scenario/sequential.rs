//! Running a scenario through the model, one step at a time, in any order of the threads.

use super::{Scenario, Step};
use contextvars_model::{CtxId, Op, Ret, State, ThreadId, step};

/// One operation that was performed and what the model answers. A scope shows as its enter and its exit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Who performed it.
    pub thread: ThreadId,
    /// What.
    pub op: Op,
    /// The model's answer.
    pub ret: Ret,
    /// The answer that the scenario states.
    pub expected: Option<Ret>,
}

/// A run of the whole scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prediction {
    /// What happened, in order, each thread's [`Op::End`] included.
    pub events: Vec<Event>,
    /// What is left; `seen` tells what user code saw.
    pub state: State,
}

impl Prediction {
    /// The first operation whose answer is not the one that the scenario states.
    pub fn mismatch(&self) -> Option<&Event> {
        self.events.iter().find(|event| event.expected.as_ref().is_some_and(|expected| *expected != event.ret))
    }
}

/// Runs a scenario through the model: `init`; the threads one after the other, in this order and then by number, a
/// spawned one as soon as it is started and its turn has come; `post`.
pub fn predict(scenario: &Scenario, order: &[ThreadId]) -> Prediction {
    let mut machine = Machine::new(scenario);
    let all = (1..=scenario.threads.len() as u16).map(ThreadId);
    let order: Vec<ThreadId> = order.iter().copied().chain(all.filter(|t| !order.contains(t))).collect();
    while let Some(&thread) = order.iter().find(|&&thread| machine.can_run(thread)) {
        while machine.can_run(thread) {
            machine.advance(thread);
        }
    }
    machine.finish()
}

/// A scenario that is being run through the model: which thread comes next is the caller's choice. Cloning it keeps a
/// point to return to.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    scenario: &'a Scenario,
    cursors: Vec<Cursor<'a>>,
    events: Vec<Event>,
    state: State,
}

#[derive(Clone, Debug)]
struct Cursor<'a> {
    frames: Vec<Frame<'a>>,
    /// Whether the thread has been started.
    started: bool,
    ended: bool,
}

/// The rest of a list of steps, and the context to leave after it.
type Frame<'a> = (std::slice::Iter<'a, Step>, Option<CtxId>);

impl<'a> Cursor<'a> {
    fn new(steps: &'a [Step], started: bool) -> Self {
        Cursor { frames: vec![(steps.iter(), None)], started, ended: false }
    }
}

impl<'a> Machine<'a> {
    /// Runs `init` and hands its handles to the parallel threads.
    pub fn new(scenario: &'a Scenario) -> Self {
        let threads = scenario.threads.iter().map(|t| Cursor::new(&t.steps, !t.spawned));
        let cursors = std::iter::once(Cursor::new(&scenario.init, true)).chain(threads).collect();
        let state = State::new(scenario.specs.clone());
        let mut machine = Machine { scenario, cursors, events: Vec::new(), state };
        while machine.operation(ThreadId(0)) {}
        machine.state.fork(scenario.threads.len() as u16);
        machine
    }

    /// Whether a parallel thread has been started and has not ended.
    pub fn can_run(&self, thread: ThreadId) -> bool {
        thread.0 > 0 && self.cursors.get(thread.0 as usize).is_some_and(|c| c.started && !c.ended)
    }

    /// The parallel threads that can run.
    pub fn runnable(&self) -> impl Iterator<Item = ThreadId> {
        (1..self.cursors.len() as u16).map(ThreadId).filter(|&thread| self.can_run(thread))
    }

    /// Performs the next operation of a thread that can run; after the last that is its end.
    pub fn advance(&mut self, thread: ThreadId) {
        if self.can_run(thread) && !self.operation(thread) {
            self.end(thread);
        }
    }

    /// Runs the threads that can still run, one after the other, then ends those that nobody started (they hold what
    /// `init` made), then runs `post`.
    pub fn finish(mut self) -> Prediction {
        while let Some(thread) = { self.runnable().next() } {
            self.advance(thread);
        }
        for n in 1..self.cursors.len() {
            if !self.cursors[n].ended {
                self.end(ThreadId(n as u16));
            }
        }
        self.cursors[0] = Cursor::new(&self.scenario.post, true);
        while self.operation(ThreadId(0)) {}
        self.end(ThreadId(0));
        Prediction { events: self.events, state: self.state }
    }

    /// What has happened so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The model's state now.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn end(&mut self, thread: ThreadId) {
        self.cursors[thread.0 as usize].ended = true;
        self.perform(thread, Op::End, None);
    }

    /// Performs the next operation of a thread; false if there is none left.
    fn operation(&mut self, thread: ThreadId) -> bool {
        loop {
            let frames = &mut self.cursors[thread.0 as usize].frames;
            let Some((steps, ctx)) = frames.last_mut() else { return false };
            match (steps.next(), *ctx) {
                (Some(Step::Do(op, expected)), _) => {
                    self.perform(thread, *op, expected.as_ref());
                    return true;
                }
                (Some(Step::Run { ctx, body, .. }), _) => {
                    if self.perform(thread, Op::Enter { ctx: *ctx }, None) {
                        self.cursors[thread.0 as usize].frames.push((body.iter(), Some(*ctx)));
                    }
                    return true;
                }
                (None, Some(ctx)) => {
                    frames.pop();
                    self.perform(thread, Op::Exit { ctx }, None);
                    return true;
                }
                (None, None) => {
                    frames.pop();
                }
            }
        }
    }

    /// Whether it succeeded.
    fn perform(&mut self, thread: ThreadId, op: Op, expected: Option<&Ret>) -> bool {
        let ret = step(&mut self.state, thread, &op);
        let done = !matches!(ret, Ret::Err(_));
        if let (Op::Spawn { thread, .. }, true) = (&op, done) {
            self.cursors[thread.0 as usize].started = true;
        }
        self.events.push(Event { thread, op, ret, expected: expected.cloned() });
        done
    }
}
