//! The generator: from choices to a valid scenario.
//!
//! It knows which handles a thread probably holds, which contexts it is in and which threads wait for their start, and
//! prefers what can matter: few variables, contexts that several threads want, tokens that several may use, hand-overs.

use super::Source;
use super::actor::{Actor, Scope, Stage};
use super::maker::{Made, Maker};
use super::moves::{Move, weight};
use super::profile::Profile;
use crate::scenario::{Program, Scenario, Step};
use contextvars_model::state::WATCHER_SLOTS;
use contextvars_model::{Handle, Op, Specs, ThreadId};
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
}
