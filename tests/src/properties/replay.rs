//! What follows from a history without any search.
//!
//! The current context of a thread follows from its own successful enters and exits alone. So the visits of a context
//! are known; of two visits of one context only one order is possible (else they overlap, which ENTRY-1 reports), and
//! with it the order of all writes in it. *Version* `k` of a context is its contents after `k` writes.
//!
//! An operation takes effect between its invocation and its response, and before any user code that it runs: `end` is
//! the response or the invocation of the first operation of the same thread inside it. Nor can it take effect before
//! the operation that made an object it uses was invoked: `start` is the later of the two. A pending operation may take
//! effect at any time: it ends at [`NEVER`], so whatever it would change is possible and nothing of it is certain.

use super::steps::{Change, Ctx, Iter, NEVER, Source, Step, Token, Visit, Write};
use crate::limit;
use crate::outcome::Outcome;
use contextvars_model::history::Operation;
use contextvars_model::{CtxId, Error, Handle, Op, Ret, Specs, ThreadId, TokId, Val, VarId};
use std::collections::BTreeMap;

/// A history, followed thread by thread.
pub(super) struct Replay<'a> {
    /// All operations, `init` first, then by invocation.
    pub(super) steps: Vec<Step<'a>>,
    /// All context objects, in the order of their making.
    pub(super) contexts: Vec<Ctx>,
    /// All tokens.
    pub(super) tokens: Vec<Token>,
    /// All iterators.
    pub(super) iters: Vec<Iter>,
    /// All variables that the program mentions, with their defaults.
    pub(super) vars: Vec<(VarId, Option<Val>)>,
    /// Number of operations of `init`, which are the first steps.
    pub(super) init: usize,
    /// Why the contexts that threads are in, or their contents, do not follow.
    pub(super) lost: Option<&'static str>,
    specs: &'a Specs,
    threads: Vec<Thread>,
    names: Vec<(CtxId, usize)>,
}

struct Thread {
    id: ThreadId,
    /// Contexts, and which of their visits (by order of the enters' invocations) this is.
    stack: Vec<(usize, usize)>,
    last: Option<usize>,
    ended: bool,
    /// How many implicit contexts it has had.
    implicit: u32,
}

/// An exit that should have failed.
pub(super) const BAD_EXIT: &str = "a context was left that was not the current one";
/// A reset that should have failed.
pub(super) const BAD_RESET: &str = "a token was accepted where it must not be";
/// User code that ran while its thread ended, and bound something or entered a context: when the context is left again
/// is not recorded.
pub(super) const AFTER_END: &str = "user code bound something, or entered a context, while its thread ended";

impl<'a> Replay<'a> {
    /// Follows the history.
    pub(super) fn new(outcome: &'a Outcome) -> Replay<'a> {
        let history = &outcome.history;
        let (init, count) = (history.init.len(), history.init.len() + history.operations.len());
        let mut replay = Replay {
            steps: Vec::with_capacity(count),
            contexts: Vec::with_capacity(8),
            tokens: Vec::new(),
            iters: Vec::new(),
            vars: Vec::with_capacity(4),
            init,
            lost: None,
            specs: &history.specs,
            threads: Vec::with_capacity(4),
            names: Vec::with_capacity(8),
        };
        let mut first: Vec<&Operation> = history.init.iter().collect();
        first.sort_by_key(|operation| operation.invoked);
        for (index, operation) in first.iter().enumerate() {
            let begun = first.partition_point(|other| other.invoked < operation.responded).max(index + 1);
            replay.follow(operation, 2 * index as u64, 2 * begun as u64 - 1);
        }
        let shift = 2 * init as u64;
        for (operation, start) in by_effect(&history.operations) {
            replay.follow(operation, start + shift, operation.responded.saturating_add(shift));
        }
        for index in 0..replay.contexts.len() {
            replay.order_visits(index);
        }
        replay
    }

    /// Why the contexts that threads are in do not follow.
    pub(super) fn lost_track(&self) -> Option<&'static str> {
        self.lost.filter(|&why| why != BAD_RESET)
    }

    /// Whether a clone of the value for its reader panics.
    pub(super) fn clone_panics(&self, value: Val) -> bool {
        self.specs.values.get(&value).is_some_and(|spec| spec.on_clone.panics)
    }

    /// The values that do more than be.
    pub(super) fn values(&self) -> impl Iterator<Item = Val> {
        self.specs.values.keys().copied()
    }

    /// Whether a comparison can panic.
    pub(super) fn comparison_may_panic(&self) -> bool {
        self.specs.values.values().any(|spec| spec.on_equal.panics)
    }

    /// The variable's index, if the program mentions it.
    pub(super) fn find_var(&self, var: VarId) -> Option<usize> {
        limit::spend(self.vars.len());
        self.vars.iter().position(|&(id, _)| id == var)
    }

    /// The token of that name.
    pub(super) fn token(&self, token: TokId) -> Option<&Token> {
        limit::spend(self.tokens.len());
        self.tokens.iter().find(|t| t.id == token)
    }

    /// The versions of a context that may have been current during a step: the first and the last.
    pub(super) fn current_during(&self, ctx: usize, step: usize) -> (usize, usize) {
        let (writes, Step { start, end, .. }) = (&self.contexts[ctx].writes, &self.steps[step]);
        let first = writes.partition_point(|w| self.steps[w.step].end < *start);
        let last = writes.partition_point(|w| self.steps[w.step].start <= *end);
        (first, last.max(first))
    }

    /// The versions that a step can have found: one if its thread is inside.
    pub(super) fn found_by(&self, ctx: usize, step: usize) -> (usize, usize) {
        let Step { inside, version, .. } = self.steps[step];
        if inside { (version, version) } else { self.current_during(ctx, step) }
    }

    /// When the first visit of a context may have begun.
    pub(super) fn first_entered(&self, ctx: usize) -> u64 {
        self.contexts[ctx].visits.iter().map(|v| self.steps[v.enter].start).min().unwrap_or(NEVER)
    }

    /// From when to when a visit has lasted at most.
    pub(super) fn at_most(&self, visit: &Visit) -> (u64, u64) {
        limit::spend(1);
        (self.steps[visit.enter].start, visit.exit.map_or(NEVER, |exit| self.steps[exit].end))
    }

    /// From when to when a visit has lasted at least.
    pub(super) fn at_least(&self, visit: &Visit) -> (u64, u64) {
        limit::spend(1);
        (self.steps[visit.enter].end, visit.exit.map_or(NEVER, |exit| self.steps[exit].start))
    }

    /// Whether a value was bound to the variable in a context before `until`: there, or in what it was copied from.
    pub(super) fn ever_bound(&self, mut ctx: usize, var: VarId, value: Val, mut until: u64) -> bool {
        let Some(var) = self.find_var(var) else { return false };
        loop {
            let context = &self.contexts[ctx];
            limit::spend(1);
            if context.bound.get(&(var, value)).is_some_and(|&first| first <= until) {
                return true;
            }
            let Some(source) = context.source else { return false };
            until = until.min(self.steps[context.made].end);
            ctx = source.ctx;
        }
    }

    fn var(&mut self, var: VarId) -> usize {
        self.find_var(var).unwrap_or_else(|| {
            self.vars.push((var, None));
            self.vars.len() - 1
        })
    }

    fn thread(&mut self, id: ThreadId) -> usize {
        self.threads.iter().position(|t| t.id == id).unwrap_or_else(|| {
            self.threads.push(Thread { id, stack: Vec::with_capacity(2), last: None, ended: false, implicit: 0 });
            self.threads.len() - 1
        })
    }

    fn create(&mut self, id: CtxId, source: Option<Source>, made: usize) -> usize {
        let index = self.contexts.len();
        let (visits, writes, reads, bound) = (Vec::new(), Vec::new(), Vec::new(), BTreeMap::new());
        self.contexts.push(Ctx { id, made, source, visits, writes, bound, reads, overlap: false });
        self.names.push((id, index));
        index
    }

    fn enter(&mut self, thread: usize, ctx: usize, enter: usize) {
        if self.threads[thread].ended {
            self.lost = self.lost.or(Some(AFTER_END));
        }
        let visits = &mut self.contexts[ctx].visits;
        visits.push(Visit { thread: self.threads[thread].id, enter, exit: None });
        self.threads[thread].stack.push((ctx, visits.len() - 1));
    }

    fn leave(&mut self, thread: usize, exit: usize) {
        if let Some((ctx, visit)) = self.threads[thread].stack.pop() {
            self.contexts[ctx].visits[visit].exit = Some(exit);
        }
    }

    fn current_or_implicit(&mut self, thread: usize, step: usize) -> usize {
        if let Some(&(ctx, _)) = self.threads[thread].stack.last() {
            return ctx;
        }
        let own = &mut self.threads[thread];
        let id = CtxId::implicit(own.id, own.implicit);
        own.implicit += 1;
        let ctx = self.create(id, None, step);
        self.enter(thread, ctx, step);
        ctx
    }

    fn write(&mut self, ctx: usize, step: usize, var: VarId, change: Change) -> usize {
        let var = self.var(var);
        let start = self.steps[step].start;
        if let Change::Bind(value) = change {
            let first = self.contexts[ctx].bound.entry((var, value)).or_insert(start);
            *first = start.min(*first);
        }
        let writes = &mut self.contexts[ctx].writes;
        writes.push(Write { step, var, change });
        writes.len() - 1
    }

    fn follow(&mut self, of: &'a Operation, start: u64, end: u64) {
        limit::spend(1);
        let index = self.steps.len();
        let thread = self.thread(of.thread);
        if let Some(last) = self.threads[thread].last.replace(index) {
            self.steps[last].end = self.steps[last].end.min(start);
        }
        let current = self.threads[thread].stack.last().map(|&(ctx, _)| ctx);
        let (subject, inside, version) = (None, false, 0);
        self.steps.push(Step { of, start, end, responded: end, current, subject, inside, version });
        let pending = end == NEVER;
        if !pending && of.ret == Ret::Err(Error::NoHandle) {
            return;
        }
        self.look(thread, index);
        if pending || !matches!(of.ret, Ret::Err(_)) || of.ret == Ret::Err(Error::OtherContext) {
            self.act(thread, index, pending || of.ret == Ret::Done);
        }
    }

    /// What the step reads.
    fn look(&mut self, thread: usize, index: usize) {
        let Step { of, current, .. } = self.steps[index];
        let (subject, reads) = match of.op {
            Op::Get { var, .. } => {
                self.var(var);
                (current, true)
            }
            Op::Set { .. } | Op::Reset { .. } | Op::CopyCurrent { .. } | Op::Spawn { .. } => (current, false),
            Op::Lookup { ctx, var } | Op::Contains { ctx, var } => {
                self.var(var);
                (self.named(ctx), true)
            }
            Op::Len { ctx } | Op::Items { ctx } | Op::Iterate { ctx, .. } | Op::Copy { from: ctx, .. } => {
                (self.named(ctx), true)
            }
            Op::Enter { ctx } | Op::Exit { ctx } => (self.named(ctx), false),
            _ => (None, false),
        };
        let Some(ctx) = subject else { return };
        let step = &mut self.steps[index];
        step.subject = subject;
        step.inside = self.threads[thread].stack.iter().any(|&(c, _)| c == ctx);
        step.version = self.contexts[ctx].writes.len();
        if reads {
            self.contexts[ctx].reads.push(index);
        }
    }

    fn named(&self, ctx: CtxId) -> Option<usize> {
        limit::spend(self.names.len());
        self.names.iter().rev().find(|&&(id, _)| id == ctx).map(|&(_, index)| index)
    }

    /// What the step does. `done`: it succeeded, or may.
    fn act(&mut self, thread: usize, index: usize, done: bool) {
        let Step { of, subject, inside, version, current, .. } = self.steps[index];
        match of.op {
            Op::NewVar { var, default } if done => {
                let var = self.var(var);
                self.vars[var].1 = default;
            }
            Op::Set { var, value, token } if done => {
                let ctx = self.current_or_implicit(thread, index);
                let write = self.write(ctx, index, var, Change::Bind(value));
                self.tokens.extend(token.map(|id| Token { id, var, ctx, write }));
                self.steps[index].subject = Some(ctx);
                self.steps[index].inside = true;
            }
            Op::Reset { var, token } => self.reset(thread, index, var, token, done),
            Op::NewContext { ctx } if done => drop(self.create(ctx, None, index)),
            Op::CopyCurrent { ctx } if done => {
                let from = self.current_or_implicit(thread, index);
                self.create(ctx, Some(Source { ctx: from, version: Some(version) }), index);
            }
            Op::Copy { to, .. } if done => {
                let source = subject.map(|ctx| Source { ctx, version: inside.then_some(version) });
                if source.is_some() {
                    self.create(to, source, index);
                }
            }
            Op::Spawn { thread: started, inherit: true } if done => {
                let from = self.current_or_implicit(thread, index);
                let source = Some(Source { ctx: from, version: Some(version) });
                let ctx = self.create(CtxId::inherited(started), source, index);
                let started = self.thread(started);
                self.enter(started, ctx, index);
            }
            Op::Enter { .. } if done => subject.into_iter().for_each(|ctx| self.enter(thread, ctx, index)),
            Op::Exit { .. } if done => match subject.is_some() && subject == current {
                true => self.leave(thread, index),
                false if self.steps[index].pending() => {}
                false => self.lost = self.lost.or(Some(BAD_EXIT)),
            },
            Op::End if done => {
                self.threads[thread].ended = true;
                (0..self.threads[thread].stack.len()).for_each(|_| self.leave(thread, index));
            }
            Op::Iterate { iter, .. } if done && subject.is_some() => {
                self.iters.push(Iter { id: iter, made: index, nexts: Vec::new() });
            }
            Op::Next { iter } => {
                let iter = self.iters.iter_mut().find(|i| i.id == iter);
                iter.into_iter().for_each(|i| i.nexts.push(index));
            }
            _ => {}
        }
    }

    fn reset(&mut self, thread: usize, index: usize, var: VarId, token: TokId, done: bool) {
        let ctx = self.current_or_implicit(thread, index);
        self.steps[index].subject = Some(ctx);
        let Some(token) = self.tokens.iter_mut().find(|t| t.id == token) else { return };
        let restores = (token.var == var && token.ctx == ctx).then_some(Change::Restore(token.write));
        match restores {
            Some(change) if done => drop(self.write(ctx, index, var, change)),
            None if done && !self.steps[index].pending() => self.lost = self.lost.or(Some(BAD_RESET)),
            _ => {}
        }
    }

    fn order_visits(&mut self, ctx: usize) {
        let mut visits = std::mem::take(&mut self.contexts[ctx].visits);
        visits.sort_by_key(|visit| self.at_least(visit).0);
        let overlap = visits.windows(2).any(|pair| self.at_least(&pair[0]).1 > self.at_least(&pair[1]).0);
        self.contexts[ctx].visits = visits;
        self.contexts[ctx].overlap = overlap;
    }
}

/// The operations in the order of the first moment at which each can have taken effect, with that moment: its
/// invocation, or, if it used an object, the first moment at which that can have been made.
fn by_effect(operations: &[Operation]) -> Vec<(&Operation, u64)> {
    let mut order: Vec<&Operation> = operations.iter().collect();
    order.sort_by_key(|operation| operation.invoked);
    let used = |operation: &Operation| operation.ret != Ret::Err(Error::NoHandle);
    // The handle, and when and in how many steps from an invocation it can have been made.
    let made = |operation: &&Operation| operation.op.creates().map(|handle| (handle, (operation.invoked, 0_u32)));
    let mut makers: Vec<(Handle, (u64, u32))> = order.iter().filter(|o| used(o)).filter_map(made).collect();
    makers.sort_unstable();
    let mut effects: Vec<(u64, u32)> = order.iter().map(|operation| (operation.invoked, 0)).collect();
    loop {
        let mut changed = false;
        limit::spend(order.len());
        for (operation, effect) in order.iter().zip(&mut effects).filter(|(operation, _)| used(operation)) {
            for handle in operation.op.needs() {
                let Ok(at) = makers.binary_search_by_key(&handle, |&(handle, _)| handle) else { continue };
                let (moment, steps) = makers[at].1;
                let after = (moment, steps + 1);
                if *effect < after && operation.responded >= moment {
                    *effect = after;
                    changed = true;
                    let own =
                        operation.op.creates().and_then(|own| makers.binary_search_by_key(&own, |&(h, _)| h).ok());
                    own.into_iter().for_each(|own| makers[own].1 = after);
                }
            }
        }
        if !changed {
            break;
        }
    }
    // What an operation runs inside itself comes after it, also when it was put off.
    let mut latest: Vec<(ThreadId, (u64, u32))> = Vec::new();
    for (operation, effect) in order.iter().zip(&mut effects) {
        match latest.iter_mut().find(|(thread, _)| *thread == operation.thread) {
            Some((_, before)) => {
                *effect = (*effect).max((before.0, before.1 + u32::from(before.1 > 0)));
                *before = *effect;
            }
            None => latest.push((operation.thread, *effect)),
        }
    }
    let mut by_effect: Vec<_> = order.into_iter().zip(effects).collect();
    by_effect.sort_by_key(|&(_, effect)| effect);
    by_effect.into_iter().map(|(operation, (moment, _))| (operation, moment)).collect()
}
