//! Which scenarios make sense.

use super::lex::MAX_NAMES;
use super::parse::MAX_DEPTH;
use super::print::{OpText, RetText};
use super::words::can_answer;
use super::{Scenario, Step};
use contextvars_model::{CtxId, Handle, Op, Ret, Specs, ThreadId, WatchId};
use std::fmt;

/// Why a scenario makes no sense.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Invalid {
    /// A name with other characters than letters, digits and `-`.
    Name(String),
    /// More than [`Scenario::MAX_THREADS`] parallel threads.
    TooManyThreads(usize),
    /// A `run` nested deeper than eight.
    TooDeep,
    /// [`Op::End`] as a step.
    ExplicitEnd,
    /// A handle whose number is not free for scenarios.
    HandleNumber(Handle),
    /// A watcher whose number is not free for scenarios.
    WatcherNumber(WatchId),
    /// A handle that several steps create.
    CreatedTwice(Handle),
    /// A watcher that several steps add.
    WatchedTwice(WatchId),
    /// A thread that the scenario does not have.
    NoSuchThread(ThreadId),
    /// A thread that several steps start.
    SpawnedTwice(ThreadId),
    /// A started thread that does not wait for it.
    NotSpawned(ThreadId),
    /// A thread that starts itself.
    SpawnsItself(ThreadId),
    /// A thread started before or after the parallel part.
    SpawnedOutside(ThreadId),
    /// A scope whose body gives up the handle of its context: the scope holds it to its end, as `run` does.
    DropsItsScope(CtxId),
    /// An answer that the operation never gives.
    Answer(Op, Ret),
    /// More than [`Scenario::MAX_HOLDERS`] values that hold something.
    TooManyHolders(usize),
    /// User code that may not perform this operation.
    UserCode(Op, &'static str),
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Invalid::Name(name) => write!(f, "the name `{name}` has other characters than letters, digits and `-`"),
            Invalid::TooManyThreads(n) => write!(f, "{n} threads are too many: at most {}", Scenario::MAX_THREADS),
            Invalid::TooDeep => write!(f, "`run` is nested too deep: at most {MAX_DEPTH}"),
            Invalid::ExplicitEnd => write!(f, "`end` is a step: the end of a thread is implied"),
            Invalid::HandleNumber(handle) => write!(f, "{handle} has too high a number: at most {}", MAX_NAMES - 1),
            Invalid::WatcherNumber(watcher) => write!(f, "{watcher} has too high a number: at most {}", MAX_NAMES - 1),
            Invalid::CreatedTwice(handle) => write!(f, "{handle} is created twice: a name is given to one object"),
            Invalid::WatchedTwice(watcher) => write!(f, "{watcher} is added twice: a name is given to one watcher"),
            Invalid::NoSuchThread(thread) => write!(f, "there is no {thread}"),
            Invalid::SpawnedTwice(thread) => write!(f, "{thread} is spawned twice"),
            Invalid::NotSpawned(thread) => write!(f, "{thread} is spawned but not declared by `thread spawned`"),
            Invalid::SpawnsItself(thread) => write!(f, "{thread} spawns itself"),
            Invalid::SpawnedOutside(thread) => {
                write!(f, "{thread} is spawned by `init` or `post`, outside the parallel part")
            }
            Invalid::DropsItsScope(ctx) => {
                write!(f, "{ctx} is dropped inside `run {ctx}`, which holds it; drop it behind the closing brace")
            }
            Invalid::Answer(op, ret) => write!(f, "`{}` never answers `{}`", OpText(op), RetText(ret)),
            Invalid::TooManyHolders(n) => {
                write!(f, "{n} values hold something: at most {} may", Scenario::MAX_HOLDERS)
            }
            Invalid::UserCode(op, why) => write!(f, "user code may not perform `{}`: {why}", OpText(op)),
        }
    }
}

impl std::error::Error for Invalid {}

impl Scenario {
    /// Whether the scenario makes sense: every engine may rely on it. It still may use handles that its threads do not
    /// hold; such steps answer [`contextvars_model::Error::NoHandle`].
    pub fn validate(&self) -> Result<(), Invalid> {
        if !self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(Invalid::Name(self.name.clone()));
        }
        if self.threads.len() > Scenario::MAX_THREADS {
            return Err(Invalid::TooManyThreads(self.threads.len()));
        }
        let mut check =
            Check { scenario: self, created: Vec::new(), watched: Vec::new(), spawned: 0, scopes: Vec::new() };
        check.steps(&self.init, Some(ThreadId(0)), 0)?;
        for (n, program) in self.threads.iter().enumerate() {
            check.steps(&program.steps, Some(ThreadId(n as u16 + 1)), 0)?;
        }
        check.steps(&self.post, None, 0)?;
        check.created.sort_unstable();
        if let Some(pair) = check.created.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Invalid::CreatedTwice(pair[0]));
        }
        check.watched.sort_unstable();
        if let Some(pair) = check.watched.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Invalid::WatchedTwice(pair[0]));
        }
        check.specs(&self.specs)
    }
}

struct Check<'a> {
    scenario: &'a Scenario,
    created: Vec<Handle>,
    watched: Vec<WatchId>,
    /// A bit for each thread that a step starts.
    spawned: u32,
    /// The contexts of the scopes around the step.
    scopes: Vec<CtxId>,
}

impl Check<'_> {
    /// `by` is the thread; none for `post`.
    fn steps(&mut self, steps: &[Step], by: Option<ThreadId>, depth: usize) -> Result<(), Invalid> {
        for step in steps {
            match step {
                Step::Do(op, answer) => {
                    self.op(op, by)?;
                    self.answer(op, answer.as_ref())?;
                    self.created.extend(op.creates());
                }
                Step::Run { ctx, body, .. } => {
                    if depth >= MAX_DEPTH {
                        return Err(Invalid::TooDeep);
                    }
                    handle_number(Handle::Ctx(*ctx))?;
                    self.scopes.push(*ctx);
                    self.steps(body, by, depth + 1)?;
                    self.scopes.pop();
                }
            }
        }
        Ok(())
    }

    fn answer(&self, op: &Op, answer: Option<&Ret>) -> Result<(), Invalid> {
        match answer {
            Some(ret) if !can_answer(op, ret) => Err(Invalid::Answer(*op, ret.clone())),
            Some(Ret::Items(items)) => items.iter().try_for_each(|(var, _)| handle_number(Handle::Var(*var))),
            Some(Ret::Var(var) | Ret::Item(Some((var, _)))) => handle_number(Handle::Var(*var)),
            _ => Ok(()),
        }
    }

    fn op(&mut self, op: &Op, by: Option<ThreadId>) -> Result<(), Invalid> {
        op.needs().chain(op.creates()).try_for_each(handle_number)?;
        match *op {
            Op::End => Err(Invalid::ExplicitEnd),
            Op::Give { to, .. } => self.exists(to),
            Op::Exit { ctx } => handle_number(Handle::Ctx(ctx)),
            Op::Drop { handle: Handle::Ctx(ctx) } if self.scopes.contains(&ctx) => Err(Invalid::DropsItsScope(ctx)),
            Op::Watch { watcher } => {
                self.watched.push(watcher);
                watcher_number(watcher)
            }
            Op::Unwatch { watcher } => watcher_number(watcher),
            Op::Spawn { thread, .. } => {
                self.exists(thread)?;
                let declared = thread.0 > 0 && self.scenario.threads[thread.0 as usize - 1].spawned;
                let bit = 1 << thread.0;
                let again = self.spawned & bit != 0;
                self.spawned |= bit;
                match by {
                    Some(by) if by == thread => Err(Invalid::SpawnsItself(thread)),
                    _ if !declared => Err(Invalid::NotSpawned(thread)),
                    None | Some(ThreadId(0)) => Err(Invalid::SpawnedOutside(thread)),
                    _ if again => Err(Invalid::SpawnedTwice(thread)),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn exists(&self, thread: ThreadId) -> Result<(), Invalid> {
        if thread.0 as usize <= self.scenario.threads.len() { Ok(()) } else { Err(Invalid::NoSuchThread(thread)) }
    }

    fn specs(&self, specs: &Specs) -> Result<(), Invalid> {
        let holders = specs.values.values().filter(|spec| !spec.holds.is_empty()).count();
        if holders > Scenario::MAX_HOLDERS {
            return Err(Invalid::TooManyHolders(holders));
        }
        for spec in specs.values.values() {
            spec.holds.iter().copied().try_for_each(handle_number)?;
            for op in spec.code().into_iter().flat_map(|code| &code.ops) {
                self.user_code(op)?;
                if matches!(op, Op::Enter { .. } | Op::Exit { .. } | Op::Spawn { .. } | Op::Watch { .. }) {
                    return Err(Invalid::UserCode(*op, "it enters, leaves, spawns and watches nothing"));
                }
            }
        }
        for (watcher, code) in &specs.watchers {
            watcher_number(*watcher)?;
            for op in &code.ops {
                self.user_code(op)?;
                let allowed = matches!(
                    op,
                    Op::Get { .. }
                        | Op::Set { .. }
                        | Op::Lookup { .. }
                        | Op::Len { .. }
                        | Op::Items { .. }
                        | Op::Contains { .. }
                );
                if !allowed {
                    return Err(Invalid::UserCode(*op, "a watcher gets, sets, and reads contexts"));
                }
            }
        }
        Ok(())
    }

    /// What holds for all user code.
    fn user_code(&self, op: &Op) -> Result<(), Invalid> {
        op.needs().try_for_each(handle_number)?;
        match *op {
            Op::End => return Err(Invalid::ExplicitEnd),
            Op::Give { to, .. } => self.exists(to)?,
            Op::Drop { handle: Handle::Ctx(_) } => {
                return Err(Invalid::UserCode(*op, "it drops no contexts, for a scope may hold them"));
            }
            Op::Unwatch { watcher } => watcher_number(watcher)?,
            _ => {}
        }
        if op.creates().is_some() {
            return Err(Invalid::UserCode(*op, "it creates no handles, for it may run several times"));
        }
        Ok(())
    }
}

fn handle_number(handle: Handle) -> Result<(), Invalid> {
    let n: u32 = match handle {
        Handle::Var(id) => id.0.into(),
        Handle::Ctx(id) => id.0,
        Handle::Tok(id) => id.0.into(),
        Handle::Iter(id) => id.0.into(),
    };
    if n < u32::from(MAX_NAMES) { Ok(()) } else { Err(Invalid::HandleNumber(handle)) }
}

fn watcher_number(watcher: WatchId) -> Result<(), Invalid> {
    if watcher.0 < MAX_NAMES { Ok(()) } else { Err(Invalid::WatcherNumber(watcher)) }
}
