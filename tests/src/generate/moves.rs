//! The moves that the generator can make: how likely each is in a situation, and its operation.

use super::Source;
use super::actor::{Actor, Stage};
use super::maker::{Made, Maker};
use super::profile::Profile;
use contextvars_model::{Handle, Op, ThreadId, WatchId};

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
}
