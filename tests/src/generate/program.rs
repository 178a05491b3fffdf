//! The generator: from choices to a valid scenario.
//!
//! It knows which handles a thread probably holds, which contexts it is in and which threads wait for their start, and
//! prefers what can matter: few variables, contexts that several threads want, tokens that several may use, hand-overs.

use super::moves::{Move, weight};
use super::profile::Profile;
use super::source::Source;
use crate::scenario::{Program, Scenario, Step};
use contextvars_model::state::WATCHER_SLOTS;
use contextvars_model::{CtxId, Handle, IterId, Op, Specs, ThreadId, TokId, Val, ValueSpec, VarId, WatchId};
use std::sync::Arc;

/// Generates a scenario; always a valid one.
pub fn scenario<S: Source>(source: &mut S, profile: &Profile) -> Scenario {
    let mut maker = Maker { source, profile, made: Made::default(), specs: Specs::default() };
    let mut main = Actor::new(ThreadId(0));
    maker.prelude(&mut main);
    maker.fill(&mut main);
    let init = main.take_steps();
    let mut threads = maker.parallel(&main);
    for thread in &mut threads {
        main.inherit(thread);
    }
    main.stage = Stage::Post;
    main.left = if maker.source.exhausted() { 0 } else { maker.source.between(profile.post) };
    maker.fill(&mut main);
    let threads = threads.into_iter().map(|mut t| Program { spawned: t.spawned, steps: t.take_steps() }).collect();
    let allocator_reads = profile.allow.hooks && maker.source.once_in(4);
    let (name, post, specs) = ("generated".to_owned(), main.take_steps(), Arc::new(maker.specs));
    Scenario { name, init, threads, post, specs, allocator_reads }
}

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
    spawned: bool,
    started: bool,
    left: u32,
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
    panics: bool,
    steps: Vec<Step>,
    inside: usize,
}

impl Actor {
    fn new(id: ThreadId) -> Actor {
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

    fn push(&mut self, step: Step) {
        self.scopes.last_mut().map_or(&mut self.steps, |scope| &mut scope.steps).push(step);
    }

    fn close_scope(&mut self) {
        if let Some(Scope { ctx, panics, steps, inside }) = self.scopes.pop() {
            self.inside.truncate(inside);
            self.push(Step::Run { ctx, body: steps, panics });
        }
    }

    fn take_steps(&mut self) -> Vec<Step> {
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

    fn lose(&mut self, handle: Handle) {
        self.vars.retain(|&v| Handle::Var(v) != handle);
        self.ctxs.retain(|&c| Handle::Ctx(c) != handle);
        self.toks.retain(|&(t, _)| Handle::Tok(t) != handle);
        self.iters.retain(|&i| Handle::Iter(i) != handle);
    }

    /// Takes over what another thread holds at its end.
    fn inherit(&mut self, other: &Actor) {
        other.vars.iter().for_each(|&v| self.gain(Handle::Var(v), None));
        other.ctxs.iter().for_each(|&c| self.gain(Handle::Ctx(c), None));
        other.toks.iter().for_each(|&(t, v)| self.gain(Handle::Tok(t), Some(v)));
        other.iters.iter().for_each(|&i| self.gain(Handle::Iter(i), None));
    }
}

/// How much has been made.
#[derive(Default)]
pub(super) struct Made {
    pub(super) vars: u16,
    pub(super) ctxs: u16,
    toks: u16,
    iters: u16,
    pub(super) watchers: u16,
    values: u32,
    hooks: u32,
    pub(super) threads: u16,
}

pub(super) struct Maker<'a, S> {
    pub(super) source: &'a mut S,
    pub(super) profile: &'a Profile,
    pub(super) made: Made,
    specs: Specs,
}

impl<S: Source> Maker<'_, S> {
    /// The variables and contexts that there are from the start.
    fn prelude(&mut self, main: &mut Actor) {
        for _ in 0..self.source.between(self.profile.variables).max(1) {
            let op = self.new_var(main);
            main.push(Step::Do(op, None));
        }
        if self.profile.allow.contexts {
            for _ in 0..self.source.between(self.profile.contexts) {
                let ctx = self.new_ctx();
                main.ctxs.push(ctx);
                main.push(Step::Do(Op::NewContext { ctx }, None));
            }
        }
        if self.profile.allow.watchers && self.source.once_in(12) {
            // Nearly all slots: the next watchers compete for the last ones.
            for _ in 0..WATCHER_SLOTS - 1 {
                let watcher = self.new_watcher(main);
                main.push(Step::Do(Op::Watch { watcher }, None));
            }
        }
        main.left = self.source.between(self.profile.init);
    }

    /// The threads' programs, made in turn so that what one hands over the other can use.
    fn parallel(&mut self, main: &Actor) -> Vec<Actor> {
        let count = self.source.between(self.profile.threads);
        self.made.threads = count as u16;
        let mut threads: Vec<Actor> = Vec::with_capacity(count as usize);
        for n in 1..=count as u16 {
            let mut actor = Actor::new(ThreadId(n));
            actor.stage = Stage::Parallel;
            actor.inherit(main);
            actor.left = self.source.between(self.profile.steps);
            if n > 1 && self.profile.allow.spawn && self.source.once_in(4) {
                let parent = self.source.below(u32::from(n) - 1) as usize;
                threads[parent].to_spawn.push(actor.id);
                (actor.spawned, actor.started) = (true, false);
            }
            threads.push(actor);
        }
        loop {
            let mut idle = true;
            for n in 0..threads.len() {
                if !threads[n].started {
                    continue;
                }
                // Nothing left to do but starting the threads that wait.
                let left = threads[n].left;
                if left == 0 || self.source.exhausted() {
                    threads[n].left = 0;
                    if !threads[n].to_spawn.is_empty() {
                        while !threads[n].scopes.is_empty() {
                            threads[n].close_scope();
                        }
                        self.make(&mut threads, n, Move::Spawn);
                        idle = false;
                    }
                    continue;
                }
                threads[n].left -= 1;
                if let Some(next) = self.choose(&threads[n]) {
                    self.make(&mut threads, n, next);
                }
                idle = false;
            }
            if idle {
                return threads;
            }
        }
    }

    /// The steps of thread 0.
    fn fill(&mut self, main: &mut Actor) {
        while main.left > 0 && !self.source.exhausted() {
            main.left -= 1;
            if let Some(next) = self.choose(main) {
                self.make(std::slice::from_mut(main), 0, next);
            }
        }
        main.left = 0;
    }

    fn choose(&mut self, actor: &Actor) -> Option<Move> {
        let weights = Move::ALL.map(|m| weight(m, actor, self.profile, &self.made));
        let total: u32 = weights.iter().sum();
        let mut at = self.source.below(total.max(1));
        Move::ALL.into_iter().zip(weights).find_map(|(m, weight)| {
            let found = at < weight;
            at = at.saturating_sub(weight);
            found.then_some(m)
        })
    }

    /// Appends a move to the program of thread `n` of these.
    fn make(&mut self, actors: &mut [Actor], n: usize, next: Move) {
        let actor = &mut actors[n];
        match next {
            Move::Close => return actor.close_scope(),
            Move::Run => {
                let (ctx, panics) = (self.a_ctx(actor), self.source.once_in(4));
                actor.scopes.push(Scope { ctx, panics, steps: Vec::new(), inside: actor.inside.len() });
                return actor.inside.push(ctx);
            }
            _ => {}
        }
        let op = self.operation(actor, next);
        actor.push(Step::Do(op, None));
        match op {
            Op::Enter { ctx } => actor.inside.push(ctx),
            Op::Exit { ctx } if actor.inside.last() == Some(&ctx) => drop(actor.inside.pop()),
            Op::Drop { handle } => actor.lose(handle),
            Op::Give { handle, to } => {
                let of = actor.toks.iter().find(|(t, _)| Handle::Tok(*t) == handle).map(|t| t.1);
                if let Some(receiver) = actors.iter_mut().find(|a| a.id == to) {
                    receiver.gain(handle, of);
                }
            }
            Op::Spawn { thread, .. } => {
                if let Some(started) = actors.iter_mut().find(|a| a.id == thread) {
                    started.started = true;
                }
            }
            Op::Set { var, token: Some(token), .. } => actor.gain(Handle::Tok(token), Some(var)),
            _ => op.creates().into_iter().for_each(|handle| actor.gain(handle, None)),
        }
    }

    pub(super) fn new_var(&mut self, actor: &mut Actor) -> Op {
        let var = VarId(self.made.vars);
        self.made.vars += 1;
        let default = self.source.once_in(3).then(|| self.new_value(None));
        actor.gain(Handle::Var(var), None);
        Op::NewVar { var, default }
    }

    pub(super) fn new_ctx(&mut self) -> CtxId {
        self.made.ctxs += 1;
        CtxId(u32::from(self.made.ctxs) - 1)
    }

    pub(super) fn new_tok(&mut self) -> TokId {
        self.made.toks += 1;
        TokId(self.made.toks - 1)
    }

    pub(super) fn new_iter(&mut self) -> IterId {
        self.made.iters += 1;
        IterId(self.made.iters - 1)
    }

    /// A watcher, with user code sometimes.
    pub(super) fn new_watcher(&mut self, actor: &Actor) -> WatchId {
        let watcher = WatchId(self.made.watchers);
        self.made.watchers += 1;
        if self.profile.allow.hooks && self.source.once_in(2) {
            let code = self.user_code(actor, None);
            self.specs.watchers.insert(watcher, code);
        }
        watcher
    }

    /// A value that was not written before; with a class or user code sometimes, if the actor that writes it is told.
    pub(super) fn new_value(&mut self, actor: Option<&Actor>) -> Val {
        self.made.values += 1;
        let value = Val(self.made.values);
        let allow = &self.profile.allow;
        let class = (allow.classes && self.source.once_in(6)).then(|| self.source.below(2));
        let hooked = allow.hooks && self.made.hooks < self.profile.hooks;
        let mut spec = ValueSpec { class, ..ValueSpec::default() };
        if let (Some(actor), true) = (actor, hooked && self.source.once_in(self.profile.hook_rarity)) {
            self.made.hooks += 1;
            let code = self.user_code(actor, Some(value));
            match self.source.below(4) {
                0 | 3 => spec.on_drop = code,
                1 => spec.on_equal = code,
                _ => spec.on_clone = code,
            }
            if self.source.once_in(4) {
                spec.holds = self.holdings(actor);
            }
        }
        if spec != ValueSpec::default() {
            self.specs.values.insert(value, spec);
        }
        value
    }

    /// What user code writes: a plain value mostly; sometimes one with user code, its own value (`own`) among them.
    pub(super) fn value_of_user_code(&mut self, actor: &Actor, own: Option<Val>) -> Val {
        let known: Vec<Val> = self.specs.values.keys().copied().collect();
        match (self.source.below(6), own) {
            (3, Some(own)) => own,
            (4, _) if !known.is_empty() => self.source.pick(&known),
            (5, _) => self.new_value(Some(actor)),
            _ => self.plain_value(),
        }
    }

    /// One or two objects for a value to hold: contexts and tokens mostly, for these hold values in turn.
    fn holdings(&mut self, actor: &Actor) -> Vec<Handle> {
        let count = self.source.between((1, 2));
        (0..count).map(|_| self.a_handle(actor)).collect()
    }

    /// A value that is nothing but itself.
    pub(super) fn plain_value(&mut self) -> Val {
        self.made.values += 1;
        Val(self.made.values)
    }
}
