//! A thread whose program is being made: its steps so far, and what it probably holds.

use crate::scenario::Step;
use contextvars_model::{CtxId, Handle, IterId, ThreadId, TokId, VarId};

/// Where in the scenario a thread's steps stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    Init,
    Parallel,
    Post,
}

/// A thread whose program is being made.
pub(super) struct Actor {
    pub(super) id: ThreadId,
    pub(super) stage: Stage,
    pub(super) spawned: bool,
    pub(super) started: bool,
    pub(super) left: u32,
    pub(super) vars: Vec<VarId>,
    pub(super) ctxs: Vec<CtxId>,
    pub(super) toks: Vec<(TokId, VarId)>,
    pub(super) iters: Vec<IterId>,
    /// The contexts that it is probably in.
    pub(super) inside: Vec<CtxId>,
    /// The threads that it has to start.
    pub(super) to_spawn: Vec<ThreadId>,
    pub(super) scopes: Vec<Scope>,
    steps: Vec<Step>,
}

/// A `run` that is not closed yet.
pub(super) struct Scope {
    pub(super) ctx: CtxId,
    pub(super) panics: bool,
    pub(super) steps: Vec<Step>,
    pub(super) inside: usize,
}

impl Actor {
    pub(super) fn new(id: ThreadId) -> Actor {
        Actor {
            id,
            stage: Stage::Init,
            spawned: false,
            started: true,
            left: 0,
            vars: Vec::new(),
            ctxs: Vec::new(),
            toks: Vec::new(),
            iters: Vec::new(),
            inside: Vec::new(),
            to_spawn: Vec::new(),
            scopes: Vec::new(),
            steps: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, step: Step) {
        self.scopes.last_mut().map_or(&mut self.steps, |scope| &mut scope.steps).push(step);
    }

    pub(super) fn close_scope(&mut self) {
        if let Some(Scope { ctx, panics, steps, inside }) = self.scopes.pop() {
            self.inside.truncate(inside);
            self.push(Step::Run { ctx, body: steps, panics });
        }
    }

    pub(super) fn take_steps(&mut self) -> Vec<Step> {
        while !self.scopes.is_empty() {
            self.close_scope();
        }
        std::mem::take(&mut self.steps)
    }

    pub(super) fn gain(&mut self, handle: Handle, of: Option<VarId>) {
        match handle {
            Handle::Var(v) if !self.vars.contains(&v) => self.vars.push(v),
            Handle::Ctx(c) if !self.ctxs.contains(&c) => self.ctxs.push(c),
            Handle::Tok(t) if self.toks.iter().all(|known| known.0 != t) => {
                self.toks.extend(of.or(self.vars.first().copied()).map(|var| (t, var)));
            }
            Handle::Iter(i) if !self.iters.contains(&i) => self.iters.push(i),
            _ => {}
        }
    }

    pub(super) fn lose(&mut self, handle: Handle) {
        self.vars.retain(|&v| Handle::Var(v) != handle);
        self.ctxs.retain(|&c| Handle::Ctx(c) != handle);
        self.toks.retain(|&(t, _)| Handle::Tok(t) != handle);
        self.iters.retain(|&i| Handle::Iter(i) != handle);
    }

    /// Takes over what another thread holds at its end.
    pub(super) fn inherit(&mut self, other: &Actor) {
        other.vars.iter().for_each(|&v| self.gain(Handle::Var(v), None));
        other.ctxs.iter().for_each(|&c| self.gain(Handle::Ctx(c), None));
        other.toks.iter().for_each(|&(t, v)| self.gain(Handle::Tok(t), Some(v)));
        other.iters.iter().for_each(|&i| self.gain(Handle::Iter(i), None));
    }
}
