//! The transition function. Every rule stands once, here.

use crate::lifetime::sweep;
use crate::op::{CtxId, Error, Handle, Op, Ret, ThreadId, Val};
use crate::state::{Bindings, Context, Iterator, ROUNDS_AT_END, State, Token};
use crate::user_code::{clone_out, equal, notify, pin};

/// Performs one operation of one thread and tells its answer.
///
/// The thread is an argument because "current context" is a thread's own: a specification without it cannot state
/// isolation. A failed operation changes nothing. With [`State::lifetimes`] the values that die are dropped after the
/// operation has taken effect, and user code (drop, equality, clone, watchers) runs inside this call, when the whole
/// effect is already visible; what it saw goes to [`State::seen`].
pub fn step(state: &mut State, thread: ThreadId, op: &Op) -> Ret {
    step_observed(state, thread, op, None)
}

/// The same; where the specification leaves the answer open (which binding an iterator delivers next, which of several
/// pairs decides an equality) it takes the choice that was observed, if that is an allowed one.
pub fn step_observed(state: &mut State, thread: ThreadId, op: &Op, observed: Option<&Ret>) -> Ret {
    if !op.needs().all(|handle| state.holds(thread, handle)) {
        return Ret::Err(Error::NoHandle);
    }
    let mark = state.pinned.len();
    if state.lifetimes {
        op.brings().for_each(|value| bring(state, thread, value));
    }
    let used = state.in_use.len();
    if state.lifetimes && !matches!(op, Op::Drop { .. } | Op::Give { .. }) {
        state.in_use.extend(op.needs());
    }
    let ret = perform(state, thread, op, observed).unwrap_or_else(Ret::Err);
    let nested = state.threads.get(&thread).is_some_and(|of| !of.running.is_empty());
    let released = nested || op.may_release(state.pinned.len() - mark);
    state.pinned.truncate(mark);
    if released {
        sweep(step, state, thread);
    }
    // User code may have dropped the handles that the operation names; it keeps their objects to its end.
    let given_up = state.in_use[used..].iter().any(|&handle| !state.holds(thread, handle));
    state.in_use.truncate(used);
    if given_up {
        sweep(step, state, thread);
    }
    ret
}

fn perform(state: &mut State, thread: ThreadId, op: &Op, observed: Option<&Ret>) -> Result<Ret, Error> {
    match *op {
        Op::NewVar { var, default } => {
            state.vars.insert(var, default);
            state.thread_mut(thread).held.insert(Handle::Var(var));
        }
        Op::Get { var, fallback } => {
            let bound = state.current(thread).and_then(|c| state.contexts[&c].map.get(&var).copied());
            let value = bound.or(fallback).or(state.vars[&var]).ok_or(Error::Unbound)?;
            return clone_out(step, state, thread, value);
        }
        Op::Set { var, value, token } => {
            let ctx = current_or_implicit(state, thread);
            let old = map_mut(state, ctx).insert(var, value);
            if let Some(token) = token {
                state.tokens.insert(token, Token { var, ctx, old, used: false });
                state.thread_mut(thread).held.insert(Handle::Tok(token));
            }
        }
        Op::Reset { var, token } => {
            let Token { var: own, ctx, old, used } = state.tokens[&token];
            if used {
                return Err(Error::TokenUsed);
            }
            if own != var {
                return Err(Error::OtherVariable);
            }
            if current_or_implicit(state, thread) != ctx {
                return Err(Error::OtherContext);
            }
            state.tokens.get_mut(&token).expect("looked up above").used = true;
            match old {
                Some(value) => map_mut(state, ctx).insert(var, value),
                None => map_mut(state, ctx).remove(&var),
            };
        }
        Op::TokenVar { token } => return Ok(Ret::Var(state.tokens[&token].var)),
        Op::TokenOld { token } => return Ok(Ret::Old(state.tokens[&token].old)),
        Op::NewContext { ctx } => create(state, thread, ctx, Bindings::new()),
        Op::CopyCurrent { ctx } => {
            let from = current_or_implicit(state, thread);
            let map = state.contexts[&from].map.clone();
            create(state, thread, ctx, map);
        }
        Op::Copy { from, to } => {
            let map = state.contexts[&from].map.clone();
            create(state, thread, to, map);
        }
        Op::Enter { ctx } => {
            let context = state.contexts.get_mut(&ctx).expect("its handle is held");
            if context.inside.is_some() {
                return Err(Error::AlreadyEntered);
            }
            context.inside = Some(thread);
            state.thread_mut(thread).stack.push(ctx);
            notify(step, state, thread);
        }
        Op::Exit { ctx } => {
            // A thread that is inside holds the context by that, also without a handle.
            if !state.holds(thread, Handle::Ctx(ctx)) && !state.thread_mut(thread).stack.contains(&ctx) {
                return Err(Error::NoHandle);
            }
            if state.contexts[&ctx].inside.is_none() {
                return Err(Error::NotEntered);
            }
            if state.current(thread) != Some(ctx) {
                return Err(Error::NotCurrent);
            }
            let map = state.contexts[&ctx].map.clone();
            pin(state, &map);
            leave(state, thread);
            notify(step, state, thread);
        }
        Op::Lookup { ctx, var } => {
            let value = *state.contexts[&ctx].map.get(&var).ok_or(Error::NotInContext)?;
            return clone_out(step, state, thread, value);
        }
        Op::Contains { ctx, var } => return Ok(Ret::Bool(state.contexts[&ctx].map.contains_key(&var))),
        Op::Len { ctx } => return Ok(Ret::Count(state.contexts[&ctx].map.len())),
        Op::Items { ctx } => {
            return Ok(Ret::Items(state.contexts[&ctx].map.iter().map(|(&k, &v)| (k, v)).collect()));
        }
        Op::Equal { left, right } => return Ok(equal(step, state, thread, (left, right), observed)),
        Op::Iterate { ctx, iter } => {
            let map = state.contexts[&ctx].map.clone();
            state.iterators.insert(iter, Iterator { remaining: map.clone(), map });
            state.thread_mut(thread).held.insert(Handle::Iter(iter));
        }
        Op::Next { iter } => {
            let remaining = &mut state.iterators.get_mut(&iter).expect("its handle is held").remaining;
            let observed = match observed {
                Some(&Ret::Item(Some((var, value)))) if remaining.get(&var) == Some(&value) => Some(var),
                _ => remaining.keys().next().copied(),
            };
            return Ok(Ret::Item(observed.and_then(|var| remaining.remove_entry(&var))));
        }
        Op::Drop { handle } => {
            state.thread_mut(thread).held.remove(&handle);
        }
        Op::Give { handle, to } => {
            state.thread_mut(to).held.insert(handle);
        }
        Op::Spawn { thread: started, inherit } => {
            if inherit {
                let from = current_or_implicit(state, thread);
                let ctx = CtxId::inherited(started);
                let map = state.contexts[&from].map.clone();
                state.contexts.insert(ctx, Context { map, inside: Some(started) });
                state.thread_mut(started).stack.push(ctx);
            }
        }
        Op::Watch { watcher } => {
            let slot = state.watchers.iter().position(Option::is_none).ok_or(Error::NoFreeWatcher)?;
            state.watchers[slot] = Some(watcher);
            return Ok(Ret::Slot(slot as u8));
        }
        Op::Unwatch { watcher } => {
            let slot = state.watchers.iter().position(|&w| w == Some(watcher)).ok_or(Error::NoSuchWatcher)?;
            state.watchers[slot] = None;
        }
        Op::End => end(state, thread),
    }
    Ok(Ret::Done)
}

/// Makes a value, unless it exists; it takes its references to what the thread holds.
fn bring(state: &mut State, thread: ThreadId, value: Val) {
    if state.live.insert(value)
        && let Some(spec) = state.spec(value).filter(|spec| !spec.holds.is_empty())
    {
        let held = spec.holds.iter().copied().filter(|&handle| state.holds(thread, handle)).collect();
        state.holdings.insert(value, held);
    }
    state.pinned.push(value);
}

/// The current context; a thread without one gets its implicit context, which counts as entered (section 4.1).
fn current_or_implicit(state: &mut State, thread: ThreadId) -> CtxId {
    state.current(thread).unwrap_or_else(|| {
        let own = state.thread_mut(thread);
        let ctx = CtxId::implicit(thread, own.implicit);
        own.implicit += 1;
        state.contexts.insert(ctx, Context { map: Bindings::new(), inside: Some(thread) });
        state.thread_mut(thread).stack.push(ctx);
        ctx
    })
}

fn map_mut(state: &mut State, ctx: CtxId) -> &mut Bindings {
    &mut state.contexts.get_mut(&ctx).expect("a current context exists").map
}

fn create(state: &mut State, thread: ThreadId, ctx: CtxId, map: Bindings) {
    state.contexts.insert(ctx, Context { map, inside: None });
    state.thread_mut(thread).held.insert(Handle::Ctx(ctx));
}

/// Leaves the current context.
fn leave(state: &mut State, thread: ThreadId) {
    if let Some(ctx) = state.thread_mut(thread).stack.pop() {
        state.contexts.get_mut(&ctx).expect("it was current").inside = None;
    }
}

/// Leaves every context, in rounds; a parallel thread then hands its handles to thread 0, which gives up all of them in
/// order.
fn end(state: &mut State, thread: ThreadId) {
    for _ in 0..ROUNDS_AT_END {
        while state.current(thread).is_some() {
            leave(state, thread);
        }
        sweep(step, state, thread);
    }
    while let Some(ctx) = state.current(thread) {
        leave(state, thread);
        state.abandoned.insert(ctx);
    }
    if thread == ThreadId(0) {
        // What is given to a thread after its end, also by user code of what dies now, is given up with the rest.
        loop {
            let all: Vec<Handle> = state.threads.values_mut().flat_map(|t| std::mem::take(&mut t.held)).collect();
            state.thread_mut(thread).held = all.into_iter().collect();
            if state.thread_mut(thread).held.is_empty() {
                break;
            }
            while state.thread_mut(thread).held.pop_first().is_some() {
                sweep(step, state, thread);
            }
        }
    } else {
        let held = std::mem::take(&mut state.thread_mut(thread).held);
        state.thread_mut(ThreadId(0)).held.extend(held);
    }
}

impl Op {
    /// The handles that the operation needs its thread to hold. (To leave a context it is enough to be inside.)
    pub fn needs(&self) -> impl std::iter::Iterator<Item = Handle> {
        let (var, ctx, tok, iter) = (Handle::Var, Handle::Ctx, Handle::Tok, Handle::Iter);
        let needed = match *self {
            Op::Get { var: v, .. } | Op::Set { var: v, .. } => [Some(var(v)), None],
            Op::Reset { var: v, token } => [Some(var(v)), Some(tok(token))],
            Op::TokenVar { token } | Op::TokenOld { token } => [Some(tok(token)), None],
            Op::Lookup { ctx: c, var: v } | Op::Contains { ctx: c, var: v } => [Some(ctx(c)), Some(var(v))],
            Op::Copy { from: c, .. }
            | Op::Enter { ctx: c }
            | Op::Len { ctx: c }
            | Op::Items { ctx: c }
            | Op::Iterate { ctx: c, .. } => [Some(ctx(c)), None],
            Op::Equal { left, right } => [Some(ctx(left)), Some(ctx(right))],
            Op::Next { iter: i } => [Some(iter(i)), None],
            Op::Drop { handle } | Op::Give { handle, .. } => [Some(handle), None],
            Op::NewVar { .. }
            | Op::NewContext { .. }
            | Op::CopyCurrent { .. }
            | Op::Exit { .. }
            | Op::Spawn { .. }
            | Op::Watch { .. }
            | Op::Unwatch { .. }
            | Op::End => [None, None],
        };
        needed.into_iter().flatten()
    }

    /// Whether it changes nothing, whatever it answers, user code apart.
    pub fn only_reads(&self) -> bool {
        use Op::{Contains, Equal, Get, Items, Len, Lookup, TokenOld, TokenVar};
        matches!(
            self,
            Get { .. }
                | TokenVar { .. }
                | TokenOld { .. }
                | Lookup { .. }
                | Contains { .. }
                | Len { .. }
                | Items { .. }
                | Equal { .. }
        )
    }

    /// The handle that the operation creates.
    pub fn creates(&self) -> Option<Handle> {
        match *self {
            Op::NewVar { var, .. } => Some(Handle::Var(var)),
            Op::Set { token, .. } => token.map(Handle::Tok),
            Op::NewContext { ctx } | Op::CopyCurrent { ctx } | Op::Copy { to: ctx, .. } => Some(Handle::Ctx(ctx)),
            Op::Iterate { iter, .. } => Some(Handle::Iter(iter)),
            _ => None,
        }
    }

    /// Whether something may have no reference any more when the operation is over, which has pinned so many values. An
    /// operation that only reads or adds references leaves nothing to be looked for, if it pinned no more than it
    /// bound.
    fn may_release(&self, pinned: usize) -> bool {
        match self {
            Op::NewVar { .. } | Op::Set { token: Some(_), .. } => pinned > 1,
            Op::Get { .. } | Op::Lookup { .. } | Op::Contains { .. } | Op::Len { .. } | Op::Items { .. } => pinned > 0,
            Op::TokenVar { .. } | Op::TokenOld { .. } | Op::Enter { .. } | Op::CopyCurrent { .. } => pinned > 0,
            _ => true,
        }
    }

    /// The values that the operation brings into being.
    pub fn brings(&self) -> impl std::iter::Iterator<Item = Val> {
        match *self {
            Op::NewVar { default: value, .. } | Op::Get { fallback: value, .. } => value,
            Op::Set { value, .. } => Some(value),
            _ => None,
        }
        .into_iter()
    }
}
