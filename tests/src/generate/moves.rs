//! The moves that the generator can make: how likely each is in a situation, and its operation.

use super::Source;
use super::profile::Profile;
use super::program::{Actor, Made, Maker, Stage};
use contextvars_model::{CtxId, Handle, Op, ThreadId, UserCode, Val, VarId, WatchId};

macro_rules! moves {
    ($($name:ident)*) => {
        /// What a program can do next.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Move { $($name),* }

        impl Move {
            pub(super) const ALL: [Move; [$(Move::$name),*].len()] = [$(Move::$name),*];
        }
    };
}

moves! {
    Get Set Reset Close Enter Exit Run Lookup Contains Len Items Equal NewContext CopyCurrent Copy NewVar Iterate Next
    TokenVar TokenOld Drop Give Spawn Watch Unwatch
}

/// How likely a move is where it is possible; 0 where it is not.
pub(super) fn weight(m: Move, actor: &Actor, profile: &Profile, made: &Made) -> u32 {
    let allow = &profile.allow;
    let var = !actor.vars.is_empty();
    let ctx = allow.contexts && !actor.ctxs.is_empty();
    let more_ctxs = allow.contexts && u32::from(made.ctxs) < profile.most.1;
    let iter = allow.iterators && !actor.iters.is_empty();
    let parallel = actor.stage == Stage::Parallel;
    let (possible, weight) = match m {
        Move::Get => (var, 36),
        Move::Set => (var, 34),
        Move::Reset => (var && !actor.toks.is_empty(), 18),
        Move::Close => (!actor.scopes.is_empty(), 16),
        Move::Enter => (ctx, 14),
        Move::Exit => (ctx, if actor.inside.is_empty() { 2 } else { 10 }),
        Move::Run => (ctx && actor.scopes.len() < profile.depth.min(8) as usize, 12),
        Move::Lookup => (ctx && var, 9),
        Move::Contains => (ctx && var, 5),
        Move::Len => (ctx, 5),
        Move::Items => (ctx, 7),
        Move::Equal => (ctx, 8),
        Move::NewContext => (more_ctxs, 3),
        Move::CopyCurrent => (more_ctxs, 8),
        Move::Copy => (ctx && more_ctxs, 7),
        Move::NewVar => (u32::from(made.vars) < profile.most.0, 3),
        Move::Iterate => (ctx && allow.iterators, 5),
        Move::Next => (iter, 12),
        Move::TokenVar => (!actor.toks.is_empty(), 2),
        Move::TokenOld => (!actor.toks.is_empty(), 4),
        Move::Drop => (allow.drops && var, 6),
        Move::Give => (allow.give && parallel && var && made.threads > 1, 6),
        Move::Spawn => (parallel && !actor.to_spawn.is_empty(), 20),
        Move::Watch => (allow.watchers && made.watchers < 12, 4),
        Move::Unwatch => (allow.watchers && made.watchers > 0, 3),
    };
    if possible { weight } else { 0 }
}

impl<S: Source> Maker<'_, S> {
    /// The operation of a move, which is possible.
    pub(super) fn operation(&mut self, actor: &mut Actor, m: Move) -> Op {
        match m {
            Move::Get => {
                let var = self.a_var(actor);
                Op::Get { var, fallback: self.source.once_in(5).then(|| self.new_value(None)) }
            }
            Move::Set => {
                let (var, value) = (self.a_var(actor), self.new_value(Some(actor)));
                let token = (self.profile.allow.tokens && !self.source.once_in(3)).then(|| self.new_tok());
                Op::Set { var, value, token }
            }
            Move::Reset => {
                let (token, own) = self.a_tok(actor);
                let var = if self.source.once_in(8) { self.a_var(actor) } else { own };
                Op::Reset { var, token }
            }
            Move::TokenVar => Op::TokenVar { token: self.a_tok(actor).0 },
            Move::TokenOld => Op::TokenOld { token: self.a_tok(actor).0 },
            Move::Enter | Move::Run | Move::Close => Op::Enter { ctx: self.a_ctx(actor) },
            Move::Exit => match actor.inside.last() {
                Some(&ctx) if actor.ctxs.contains(&ctx) && !self.source.once_in(6) => Op::Exit { ctx },
                _ => Op::Exit { ctx: self.a_ctx(actor) },
            },
            Move::Lookup => Op::Lookup { ctx: self.a_ctx(actor), var: self.a_var(actor) },
            Move::Contains => Op::Contains { ctx: self.a_ctx(actor), var: self.a_var(actor) },
            Move::Len => Op::Len { ctx: self.a_ctx(actor) },
            Move::Items => Op::Items { ctx: self.a_ctx(actor) },
            Move::Equal => Op::Equal { left: self.a_ctx(actor), right: self.a_ctx(actor) },
            Move::NewContext => Op::NewContext { ctx: self.new_ctx() },
            Move::CopyCurrent => Op::CopyCurrent { ctx: self.new_ctx() },
            Move::Copy => Op::Copy { from: self.a_ctx(actor), to: self.new_ctx() },
            Move::NewVar => self.new_var(actor),
            Move::Iterate => Op::Iterate { ctx: self.a_ctx(actor), iter: self.new_iter() },
            Move::Next => Op::Next { iter: self.source.pick(&actor.iters) },
            Move::Drop => match self.a_handle(actor) {
                // A scope holds its context to its end; see `Invalid::DropsItsScope`.
                Handle::Ctx(ctx) if actor.scopes.iter().any(|scope| scope.ctx == ctx) => Op::Len { ctx },
                handle => Op::Drop { handle },
            },
            Move::Give => {
                // Another parallel thread: the numbers from 1, without the actor's own.
                let n = self.source.below(u32::from(self.made.threads) - 1) as u16 + 1;
                let to = ThreadId(if n >= actor.id.0 { n + 1 } else { n });
                Op::Give { handle: self.a_handle(actor), to }
            }
            Move::Spawn => Op::Spawn { thread: actor.to_spawn.remove(0), inherit: self.source.once_in(2) },
            Move::Watch => Op::Watch { watcher: self.new_watcher(actor) },
            Move::Unwatch => Op::Unwatch { watcher: WatchId(self.source.below(u32::from(self.made.watchers)) as u16) },
        }
    }

    /// What a value (`own`) or a watcher does: one or two operations, mostly reads, for they may be performed several
    /// times; and sometimes a panic.
    pub(super) fn user_code(&mut self, actor: &Actor, own: Option<Val>) -> UserCode {
        let count = if actor.vars.is_empty() { 0 } else { self.source.between((1, 2)) };
        let ops = (0..count).map(|_| self.user_operation(actor, own)).collect();
        UserCode { ops, panics: self.source.once_in(4) }
    }

    fn user_operation(&mut self, actor: &Actor, own: Option<Val>) -> Op {
        let watcher = own.is_none();
        let var = self.a_var(actor);
        let ctx = (!actor.ctxs.is_empty()).then(|| self.a_ctx(actor));
        match (self.source.below(10), ctx) {
            (0..=2, _) => Op::Get { var, fallback: None },
            (3..=4, _) => Op::Set { var, value: self.value_of_user_code(actor, own), token: None },
            (5, Some(ctx)) => Op::Lookup { ctx, var },
            (6, Some(ctx)) => Op::Items { ctx },
            (7, Some(ctx)) => Op::Len { ctx },
            (8, Some(ctx)) if !watcher => Op::Equal { left: ctx, right: self.a_ctx(actor) },
            (9, _) if !watcher && !actor.toks.is_empty() => {
                let (token, var) = self.a_tok(actor);
                Op::Reset { var, token }
            }
            (_, Some(ctx)) => Op::Contains { ctx, var },
            (_, None) => Op::Get { var, fallback: Some(self.plain_value()) },
        }
    }

    fn a_var(&mut self, actor: &Actor) -> VarId {
        self.source.pick(&actor.vars)
    }

    pub(super) fn a_ctx(&mut self, actor: &Actor) -> CtxId {
        self.source.pick(&actor.ctxs)
    }

    fn a_tok(&mut self, actor: &Actor) -> (contextvars_model::TokId, VarId) {
        // Recent ones mostly: their context is likelier to be current.
        let recent = actor.toks.len().saturating_sub(3);
        if self.source.once_in(3) { self.source.pick(&actor.toks) } else { self.source.pick(&actor.toks[recent..]) }
    }

    /// A handle to drop or to hand over; a context mostly, the last variable rarely.
    pub(super) fn a_handle(&mut self, actor: &Actor) -> Handle {
        match self.source.below(4) {
            1 if !actor.toks.is_empty() => Handle::Tok(self.a_tok(actor).0),
            2 if !actor.iters.is_empty() => Handle::Iter(self.source.pick(&actor.iters)),
            3 if actor.vars.len() > 1 => Handle::Var(self.a_var(actor)),
            _ if !actor.ctxs.is_empty() => Handle::Ctx(self.a_ctx(actor)),
            _ => Handle::Var(self.a_var(actor)),
        }
    }
}
