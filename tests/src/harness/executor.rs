//! One thread's program: names become objects, steps become calls, answers become a record.

mod reading;

use super::comparison::Lockstep;
use super::handles::{Handles, Object};
use super::reads::Reads;
use super::shared::{Left, Record, Shared, while_acting};
use super::thread_runner::Body;
use super::user_panic::{Payload, UserPanic, foreign_panic_of, raise};
use super::value::Tracked;
use crate::allocator;
use crate::mutex::lock;
use crate::platform::trace::{self, Event};
use crate::platform::{Actor, TestPlatform, progress};
use crate::scenario::Step;
use contextvars::core::{Context, Design, ExitError, ResetError, RunError, ThreadState, Variable};
use contextvars::platform::Lock;
use contextvars_model::history::Operation;
use contextvars_model::state::NESTED_USER_CODE;
use contextvars_model::{CtxId, Error, Handle, Observation, Op, Ret, ThreadId, Trigger, UserCode, Val, VarId};
use std::any::Any;
use std::cell::{Cell, RefCell, RefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

/// One thread of a run.
pub(super) struct Executor<D: Design<Value = Tracked>> {
    shared: Arc<Shared<D>>,
    thread: ThreadId,
    state: ThreadState<D>,
    handles: RefCell<Handles<D>>,
    record: RefCell<Record>,
    running: RefCell<Vec<Trigger>>,
    /// How often user code has run in the operation under way.
    runs: Cell<usize>,
    /// What code inside the allocator has read in the operation under way.
    reads: RefCell<Reads>,
    /// What an engine panicked with inside a watcher, which the library is about to contain.
    passing: RefCell<Option<Payload>>,
    lockstep: Option<Rc<Lockstep<D>>>,
    /// The named contexts that this thread is inside: it holds them by that, also without a handle.
    inside: RefCell<Vec<(CtxId, Context<D>)>>,
}

/// What a body panics with.
struct BodyPanic;

/// How often user code may run in one operation. It needs a value for each run, and scenarios have fewer: more runs are
/// those of values that are made again and again.
const RUNS: usize = 1_000;

impl<D> Executor<D>
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    pub(super) fn new(shared: &Arc<Shared<D>>, thread: ThreadId, start_in: Option<Context<D>>) -> Rc<Self> {
        Self::with_lockstep(shared, thread, start_in, None)
    }

    pub(super) fn with_lockstep(
        shared: &Arc<Shared<D>>,
        thread: ThreadId,
        start_in: Option<Context<D>>,
        lockstep: Option<Rc<Lockstep<D>>>,
    ) -> Rc<Self> {
        let state = match start_in {
            Some(context) => ThreadState::start_in_copy(&shared.runtime, &context),
            None => ThreadState::start(&shared.runtime),
        };
        Rc::new(Executor {
            shared: Arc::clone(shared),
            thread,
            state,
            handles: RefCell::default(),
            record: RefCell::default(),
            running: RefCell::default(),
            runs: Cell::new(0),
            reads: RefCell::default(),
            passing: RefCell::default(),
            lockstep,
            inside: RefCell::default(),
        })
    }

    /// Runs `body` with this as the acting thread.
    pub(super) fn acting(self: &Rc<Self>, body: impl FnOnce()) {
        while_acting::<D::Platform>(Rc::clone(self) as Rc<dyn Actor>, body);
    }

    pub(super) fn handles(&self) -> RefMut<'_, Handles<D>> {
        self.handles.borrow_mut()
    }

    pub(super) fn take_record(&self) -> Record {
        self.record.take()
    }

    /// How many observations it has recorded.
    pub(super) fn seen_so_far(&self) -> usize {
        self.record.borrow().seen.len()
    }

    /// Adds what another thread recorded.
    pub(super) fn append(&self, other: Record) {
        let mut record = self.record.borrow_mut();
        let offset = record.operations.len();
        record.operations.extend(other.operations);
        record.seen.extend(other.seen);
        record.unexpected.extend(other.unexpected.into_iter().map(|(at, ret)| (offset + at, ret)));
    }

    /// Hands what it holds and recorded to thread 0; after [`Executor::end`].
    pub(super) fn leave(&self) {
        let left = Left { handles: self.handles.take(), record: self.record.take() };
        lock(&self.shared.left).push(left);
    }

    /// The steps of a parallel thread's program, each begun together with the other threads' steps of that number.
    fn program_steps(&self, steps: &[Step]) {
        for (number, step) in steps.iter().enumerate() {
            let programs = self.shared.scenario.threads.iter();
            let of = programs.filter(|program| !program.spawned && program.steps.len() > number).count();
            self.shared.crew.meet(number, of);
            self.steps(std::slice::from_ref(step));
        }
    }

    pub(super) fn steps(&self, steps: &[Step]) {
        for step in steps {
            if self.shared.crew.is_cut() || self.lockstep.as_ref().is_some_and(|lockstep| lockstep.is_over()) {
                return;
            }
            self.step(step);
        }
    }

    pub(super) fn step(&self, step: &Step) {
        match step {
            Step::Do(op, expected) => {
                let ret = self.operation(*op);
                if let Some(expected) = expected.as_ref().filter(|expected| **expected != ret) {
                    let mut record = self.record.borrow_mut();
                    let at = record.operations.len() - 1;
                    record.unexpected.push((at, expected.clone()));
                }
            }
            Step::Run { ctx, body, panics } => self.scope(*ctx, body, *panics),
        }
    }

    /// `Context.run`, recorded as the enter and the exit that it consists of.
    fn scope(&self, ctx: CtxId, body: &[Step], panics: bool) {
        let (enter, exit) = (Op::Enter { ctx }, Op::Exit { ctx });
        let invoked = self.invoke(enter);
        if !self.holds(Handle::Ctx(ctx)) {
            self.respond(enter, Ret::Err(Error::NoHandle), invoked);
            return;
        }
        let context = self.handles().ctx(ctx);
        let (exit_invoked, was_inside) = (Cell::new(None), Cell::new(false));
        let inside = || {
            self.inside.borrow_mut().push((ctx, context.clone()));
            self.respond(enter, Ret::Done, invoked);
            self.shared.touch_inside(self.thread, ctx);
            self.steps(body);
            exit_invoked.set(Some(self.invoke(exit)));
            was_inside.set(self.state.is_inside(&context));
            if panics {
                resume_unwind(Box::new(BodyPanic));
            }
        };
        let run = || self.state.run(&context, || allocator::quiet(inside));
        let outcome = catch_unwind(AssertUnwindSafe(|| self.in_library(run)));
        self.pass_on();
        let left = match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(RunError::Enter(_))) => {
                self.respond(enter, Ret::Err(Error::AlreadyEntered), invoked);
                return;
            }
            Ok(Err(RunError::Exit(error))) => Err(error),
            // User code that should have gone no further ended the entry, or the exit.
            Err(panic) if panic.is::<UserPanic>() && exit_invoked.get().is_none() => {
                self.respond(enter, Ret::Err(Error::Panicked), invoked);
                return;
            }
            Err(panic) if panic.is::<UserPanic>() => {
                self.respond(exit, Ret::Err(Error::Panicked), exit_invoked.get().unwrap_or(invoked));
                return;
            }
            // An unbalanced body that panics: the failed exit is hidden by the panic, and is asked for again here.
            Err(panic) if panic.is::<BodyPanic>() => {
                let left = was_inside.get() && !self.state.is_inside(&context);
                if left { Ok(()) } else { self.state.exit(&context) }
            }
            Err(panic) => resume_unwind(panic),
        };
        let ret = self.left(ctx, left);
        drop(context);
        self.respond(exit, ret, exit_invoked.get().unwrap_or(invoked));
    }

    /// Performs one operation and records it.
    fn operation(&self, op: Op) -> Ret {
        if self.running.borrow().is_empty() {
            self.runs.set(0);
        }
        let invoked = self.invoke(op);
        let ret = if op.needs().all(|handle| self.holds(handle)) {
            let perform = || {
                // Kept to the end, as who calls a method keeps its objects: user code inside may drop the handles.
                let kept = !matches!(op, Op::Drop { .. } | Op::Give { .. });
                let named = op.needs().filter(|_| kept);
                let in_use: Vec<Object<D>> =
                    named.filter_map(|handle| self.handles.borrow().get(handle).cloned()).collect();
                let ret = self.in_library(|| self.perform(op));
                drop(in_use);
                ret
            };
            match catch_unwind(AssertUnwindSafe(perform)) {
                Ok(ret) => {
                    self.pass_on();
                    ret.unwrap_or_else(Ret::Err)
                }
                Err(panic) if panic.is::<UserPanic>() => Ret::Err(Error::Panicked),
                Err(panic) => resume_unwind(panic),
            }
        } else {
            Ret::Err(Error::NoHandle)
        };
        self.respond(op, ret.clone(), invoked);
        ret
    }

    /// Begins an operation. The clock is read after the scheduling point, as it is read right after the last access for
    /// the response: what another thread does at that point lies between the operations and in none of them.
    fn invoke(&self, op: Op) -> u64 {
        // While thread 0 runs no other thread does.
        if self.thread != ThreadId(0) {
            D::Platform::between_operations();
        }
        trace::record(self.thread, Event::Invoke(op));
        progress::invoked(self.thread);
        self.shared.invoked();
        D::Platform::now()
    }

    fn respond(&self, op: Op, ret: Ret, invoked: u64) {
        if trace::is_on() {
            trace::record(self.thread, Event::Respond(ret.clone()));
        }
        let responded = D::Platform::now();
        if self.lockstep.is_none() {
            self.shared.responded(self.thread, responded);
        }
        let nested = !self.running.borrow().is_empty();
        if let Some(lockstep) = self.lockstep.as_ref().filter(|_| !nested) {
            let reads = self.reads.take();
            lockstep.compare(self.thread, &op, &ret, &self.record.borrow().seen, &self.shared.world, reads);
        }
        self.record.borrow_mut().operations.push(Operation { thread: self.thread, op, ret, invoked, responded });
    }

    /// Whether this thread holds the handle, by now: one that was given to it is taken from the mailbox.
    fn holds(&self, handle: Handle) -> bool {
        if self.handles.borrow().holds(handle) {
            return true;
        }
        self.take_mail(self.thread);
        self.handles.borrow().holds(handle)
    }

    /// The name under which this thread holds a context, by now.
    fn name_of(&self, context: &Context<D>) -> Option<CtxId> {
        let known = || self.handles.borrow().name_of(context);
        known().or_else(|| {
            self.take_mail(self.thread);
            known()
        })
    }

    fn take_mail(&self, of: ThreadId) {
        if let Some(mailbox) = self.shared.mail.get(usize::from(of.0)) {
            let mail = mailbox.with(std::mem::take);
            for (handle, object) in mail {
                self.handles().insert(handle, object);
            }
        }
    }

    /// Goes on with a panic of the engine's that came up inside a watcher.
    fn pass_on(&self) {
        // Taken in a step of its own: no borrow is held while the panic unwinds.
        let passing = self.passing.take();
        if let Some(panic) = passing {
            resume_unwind(panic);
        }
    }

    /// The value of this name. A new one takes references to those objects of its description that this thread holds.
    fn value(&self, id: Val) -> Tracked {
        let specs = &self.shared.scenario.specs;
        self.shared.world.value(id, || {
            let held = specs.values.get(&id).into_iter().flat_map(|spec| &spec.holds);
            let object = |&handle: &Handle| self.holds(handle).then(|| self.handles.borrow().get(handle).cloned());
            held.filter_map(object).flatten().map(|object| Box::new(object) as Box<dyn Any + Send + Sync>).collect()
        })
    }

    fn hold(&self, handle: Handle, object: Object<D>) {
        self.handles().insert(handle, object);
    }

    fn perform(&self, op: Op) -> Result<Ret, Error> {
        let var = |id| self.handles.borrow().var(id);
        let ctx = |id| self.handles.borrow().ctx(id);
        let tok = |id| self.handles.borrow().tok(id);
        let value = |id| self.value(id);
        match op {
            Op::NewVar { var, default } => {
                let variable = Variable::new(&self.shared.runtime, var.to_string(), default.map(value));
                self.hold(Handle::Var(var), Object::Var(variable));
            }
            Op::Get { var: id, fallback } => {
                let fallback = fallback.map(value);
                let read = |found: Option<&Tracked>| found.map(Tracked::clone_for_reader);
                let got = self.state.get(&var(id), fallback.as_ref(), read);
                return got.map(|got| Ret::Value(got.id())).ok_or(Error::Unbound);
            }
            Op::Set { var: id, value: new, token } => {
                let made = self.state.set(&var(id), value(new));
                if let Some(token) = token {
                    self.hold(Handle::Tok(token), Object::Tok(Arc::new(made)));
                }
            }
            Op::Reset { var: id, token } => {
                self.state.reset(&var(id), &tok(token)).map_err(|error| match error {
                    ResetError::TokenUsed => Error::TokenUsed,
                    ResetError::OtherVariable => Error::OtherVariable,
                    ResetError::OtherContext => Error::OtherContext,
                })?;
            }
            Op::TokenVar { token } => return Ok(Ret::Var(name(tok(token).variable()))),
            Op::TokenOld { token } => return Ok(Ret::Old(tok(token).old_value().map(Tracked::id))),
            Op::NewContext { ctx } => self.hold(Handle::Ctx(ctx), Object::Ctx(Context::new())),
            Op::CopyCurrent { ctx } => {
                let copy = self.state.copy_current();
                self.hold(Handle::Ctx(ctx), Object::Ctx(copy));
            }
            Op::Copy { from, to } => {
                let copy = ctx(from).copy();
                self.hold(Handle::Ctx(to), Object::Ctx(copy));
            }
            Op::Enter { ctx: id } => {
                let context = ctx(id);
                self.state.enter(&context).map_err(|_| Error::AlreadyEntered)?;
                self.inside.borrow_mut().push((id, context));
                self.shared.touch_inside(self.thread, id);
            }
            Op::Exit { ctx: id } => {
                let inside = self.inside.borrow().iter().find(|(other, _)| *other == id).map(|(_, c)| c.clone());
                let held = || self.holds(Handle::Ctx(id)).then(|| ctx(id));
                let context = inside.or_else(held).ok_or(Error::NoHandle)?;
                return Ok(self.left(id, self.state.exit(&context)));
            }
            Op::Lookup { ctx: id, var: v } => {
                let found = ctx(id).lookup(&var(v)).ok_or(Error::NotInContext)?;
                return Ok(Ret::Value(found.clone_for_reader().id()));
            }
            Op::Contains { ctx: id, var: v } => return Ok(Ret::Bool(ctx(id).contains(&var(v)))),
            Op::Len { ctx: id } => return Ok(Ret::Count(ctx(id).len())),
            Op::Items { ctx: id } => {
                let bindings = ctx(id).bindings();
                let mut items: Vec<_> = bindings.iter().map(|(k, v)| (name(k), v.id())).collect();
                items.sort_unstable();
                return Ok(Ret::Items(items));
            }
            Op::Equal { left, right } => return Ok(Ret::Bool(ctx(left).equals(&ctx(right)))),
            Op::Iterate { ctx: id, iter } => {
                let started = Arc::new(ctx(id).iter());
                self.hold(Handle::Iter(iter), Object::Iter(started));
            }
            Op::Next { iter } => {
                let iter = self.handles.borrow().iter(iter);
                return Ok(Ret::Item(iter.next().map(|(k, v)| (name(&k), v.id()))));
            }
            Op::Drop { handle } => {
                self.take_mail(self.thread);
                let object = self.handles().remove(handle);
                drop(object);
            }
            Op::Give { handle, to } => {
                let object = self.handles().get(handle).expect("it is held").clone();
                self.shared.mail[usize::from(to.0)].with(|mail| mail.push((handle, object)));
            }
            Op::Spawn { thread, inherit } => {
                let start_in = inherit.then(|| self.state.copy_current());
                match &self.lockstep {
                    Some(lockstep) => lockstep.spawn(thread, start_in),
                    None => {
                        self.shared.count_spawned();
                        self.shared.crew.start(thread, program(&self.shared, thread, start_in));
                    }
                }
            }
            Op::Watch { watcher } => {
                let told = move |_: &ThreadState<D>, current: Option<&Context<D>>| {
                    let Some(actor) = D::Platform::actor() else { return };
                    if let Some(executor) = actor.as_any().downcast_ref::<Self>() {
                        executor
                            .told(Trigger::Switched(watcher, current.and_then(|context| executor.name_of(context))));
                    }
                };
                let added = self.shared.watchers[&watcher].with(|slot| {
                    *slot = self.shared.runtime.watch(Arc::new(told)).ok();
                    *slot
                });
                return added.map(Ret::Slot).ok_or(Error::NoFreeWatcher);
            }
            Op::Unwatch { watcher } => {
                let remove = |slot: &mut Option<u8>| Some(self.shared.runtime.unwatch(slot.take()?));
                let removed = self.shared.watchers[&watcher].with(remove);
                removed.and_then(Result::ok).ok_or(Error::NoSuchWatcher)?;
            }
            Op::End => self.close(),
        }
        Ok(Ret::Done)
    }

    /// What leaving a context answers.
    fn left(&self, ctx: CtxId, left: Result<(), ExitError>) -> Ret {
        match left {
            Ok(()) => {
                self.inside.borrow_mut().retain(|(other, _)| *other != ctx);
                Ret::Done
            }
            Err(ExitError::NotEntered) => Ret::Err(Error::NotEntered),
            Err(ExitError::NotCurrent) => Ret::Err(Error::NotCurrent),
        }
    }

    /// Ends the thread. Its mail is its own until then; what is given to it later stays there.
    pub(super) fn end(&self) {
        self.operation(Op::End);
    }

    fn close(&self) {
        self.inside.borrow_mut().clear();
        self.state.end();
        self.take_mail(self.thread);
        if self.thread == ThreadId(0) {
            for other in 1..self.shared.mail.len() {
                self.take_mail(ThreadId(other as u16));
            }
            let endowment = std::mem::take(&mut *lock(&self.shared.endowment));
            self.handles().absorb(endowment);
            loop {
                // User code of what dies may give handles away, also to threads that have ended.
                self.take_mail(self.thread);
                // The borrow ends before the object, and whatever dies with it, is dropped.
                let object = self.handles().pop_first();
                if object.is_none() {
                    (1..self.shared.mail.len()).for_each(|other| self.take_mail(ThreadId(other as u16)));
                    if self.handles.borrow().is_empty() {
                        break;
                    }
                }
            }
        }
    }

    fn told(&self, trigger: Trigger) {
        allocator::quiet(|| self.told_aloud(trigger));
    }

    fn told_aloud(&self, trigger: Trigger) {
        self.record.borrow_mut().seen.push(Observation { thread: self.thread, trigger, op: None });
        if let Trigger::Switched(watcher, _) = trigger {
            let specs = Arc::clone(&self.shared.scenario.specs);
            if let Some(code) = specs.watchers.get(&watcher) {
                let foreign = foreign_panic_of(|| self.user_code(trigger, code));
                self.passing.replace(foreign);
            }
        }
    }
}

impl<D> Actor for Executor<D>
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    fn thread(&self) -> ThreadId {
        self.thread
    }

    fn user_code(&self, trigger: Trigger, code: &UserCode) {
        self.perform_user_code(trigger, &code.ops);
        if code.panics {
            raise();
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<D> Executor<D>
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    /// Performs the operations of user code, unless it is running already, or runs without end.
    fn perform_user_code(&self, trigger: Trigger, ops: &[Op]) {
        let same = |other: &Trigger| match (*other, trigger) {
            (Trigger::Switched(a, _), Trigger::Switched(b, _)) => a == b,
            (a, b) => a == b,
        };
        let deep = self.running.borrow().len() >= NESTED_USER_CODE;
        if ops.is_empty() || deep || self.running.borrow().iter().any(same) {
            return;
        }
        self.runs.set(self.runs.get() + 1);
        if self.runs.get() > RUNS {
            self.shared.world.runs_away(self.thread);
            return;
        }
        self.running.borrow_mut().push(trigger);
        for op in ops {
            let ret = self.operation(*op);
            let observation = Observation { thread: self.thread, trigger, op: Some((*op, ret)) };
            self.record.borrow_mut().seen.push(observation);
        }
        self.running.borrow_mut().pop();
    }
}

/// The program of a parallel thread, ready to run.
pub(super) fn program<D>(shared: &Arc<Shared<D>>, thread: ThreadId, start_in: Option<Context<D>>) -> Body
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    let shared = Arc::clone(shared);
    Box::new(move || {
        let executor = Executor::new(&shared, thread, start_in);
        *executor.handles() = lock(&shared.endowment).clone();
        executor.acting(|| {
            executor.program_steps(&shared.scenario.threads[usize::from(thread.0) - 1].steps);
            executor.end();
        });
        executor.leave();
    })
}

/// The name of a variable of a scenario: its own name says it.
fn name<D: Design>(variable: &Variable<D>) -> VarId {
    VarId(variable.name()[1..].parse().expect("variables of scenarios are named v and a number"))
}
