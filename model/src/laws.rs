//! What always holds: invariants of every state between two operations, and laws that compare two states or two runs.
//! The ids are those of `proofs-notes/`; an `Err` says which law is broken and by what.

use crate::op::{CtxId, Handle, Op, Ret, ThreadId, VarId};
use crate::state::State;
use crate::step::step;
use std::collections::BTreeSet;
use std::fmt::Debug;

fn ensure(holds: bool, law: &str, evidence: impl Debug) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{law}: {evidence:?}")) }
}

/// The invariants of a state between two operations. Linear in its size.
///
/// * ENTRY-1: a context is in at most one stack, there once, and knows in whose; so no context is current twice.
/// * Every handle that a thread holds names an object.
/// * TOK-1: a variable becomes absent again only by the one token whose `set` found it absent. So while that is unused,
///   the variable is bound, and there is no second one; so a reset never meets an absent variable.
/// * What an iterator has still to deliver belongs to its version. Watchers are registered once.
/// * MEM-1, where lifetimes are followed: what exists is what is reachable, of every kind, and nothing is in use.
pub fn invariants(state: &State) -> Result<(), String> {
    let stacks = state.threads.iter().flat_map(|(&t, thread)| thread.stack.iter().map(move |&c| (c, t)));
    let mut inside: Vec<(CtxId, ThreadId)> = stacks.collect();
    inside.sort();
    let marked: Vec<_> = state.contexts.iter().filter_map(|(&c, context)| Some((c, context.inside?))).collect();
    ensure(inside == marked, "ENTRY-1, stacks and contexts disagree", (&inside, &marked))?;
    for handle in state.threads.values().flat_map(|thread| &thread.held) {
        let exists = match handle {
            Handle::Var(v) => state.vars.contains_key(v),
            Handle::Ctx(c) => state.contexts.contains_key(c),
            Handle::Tok(t) => state.tokens.contains_key(t),
            Handle::Iter(i) => state.iterators.contains_key(i),
        };
        ensure(exists, "a handle of nothing", handle)?;
    }
    let mut first: BTreeSet<(VarId, CtxId)> = BTreeSet::new();
    for (id, token) in state.tokens.iter().filter(|(_, token)| !token.used && token.old.is_none()) {
        let bound = state.contexts.get(&token.ctx).is_some_and(|c| c.map.contains_key(&token.var));
        ensure(
            bound && first.insert((token.var, token.ctx)),
            "TOK-1, a variable can become absent twice",
            (id, token),
        )?;
    }
    for (id, iterator) in &state.iterators {
        let within = iterator.remaining.iter().all(|(var, value)| iterator.map.get(var) == Some(value));
        ensure(within, "SNAP-1, an iterator left its version", (id, iterator))?;
    }
    let watchers: Vec<_> = state.watchers.iter().flatten().collect();
    let distinct = watchers.iter().collect::<BTreeSet<_>>().len() == watchers.len();
    ensure(distinct, "a watcher is registered twice", watchers)?;
    if state.lifetimes {
        let found = state.reachable();
        ensure(state.live == found.values, "MEM-1, live and reachable values differ", (&state.live, &found.values))?;
        let same = state.vars.keys().eq(&found.vars)
            && state.contexts.keys().eq(&found.contexts)
            && state.tokens.keys().eq(&found.tokens)
            && state.iterators.keys().eq(&found.iterators);
        ensure(same && state.pinned.is_empty(), "MEM-1, existing and reachable objects differ", (state, &found))?;
    }
    Ok(())
}

/// ISO-1 and SNAP-1: a step of a thread, whatever it was, changes no contents but those of the thread's current context.
/// Holds for operations that run no user code.
pub fn confined(before: &State, thread: ThreadId, after: &State) -> Result<(), String> {
    let others = before.contexts.iter().filter(|&(&c, _)| before.current(thread) != Some(c));
    let changed = others.filter(|&(c, context)| after.contexts.get(c).is_some_and(|now| now.map != context.map));
    let changed: Vec<CtxId> = changed.map(|(&c, _)| c).collect();
    ensure(changed.is_empty(), "ISO-1, SNAP-1, a context changed which is not current", (thread, changed))
}

/// By what threads are connected.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    Thread(ThreadId),
    Object(Handle),
    Watchers,
}

fn links(thread: ThreadId, op: &Op) -> Vec<Link> {
    let objects = op.needs().chain(op.creates()).filter(|handle| !matches!(handle, Handle::Var(_)));
    let further = match *op {
        Op::Exit { ctx } => Some(Link::Object(Handle::Ctx(ctx))),
        Op::Give { to: other, .. } | Op::Spawn { thread: other, .. } => Some(Link::Thread(other)),
        Op::End => Some(Link::Thread(ThreadId(0))),
        Op::Watch { .. } | Op::Unwatch { .. } => Some(Link::Watchers),
        _ => None,
    };
    objects.map(Link::Object).chain(further).chain([Link::Thread(thread)]).collect()
}

/// ISO-2, non-interference: from `start`, what the observed thread is answered does not change if the operations of all
/// threads that are not connected with it are removed from the run. Two threads are connected, directly or through
/// others, if they name one context (or are inside of it at the start), token or iterator, if one gives to or starts the
/// other, if both use watchers, and if one ends and the other is thread 0, which then gets its handles. To share a
/// variable does not connect: that is the point of a context variable. User code has to keep to the connections, too.
pub fn non_interference(start: &State, run: &[(ThreadId, Op)], observed: ThreadId) -> Result<(), String> {
    let mut connected = BTreeSet::from([Link::Thread(observed)]);
    loop {
        let size = connected.len();
        let inside = start.threads.iter().map(|(&t, thread)| {
            let contexts = thread.stack.iter().map(|&c| Link::Object(Handle::Ctx(c)));
            contexts.chain([Link::Thread(t)]).collect::<Vec<_>>()
        });
        for links in run.iter().map(|(thread, op)| links(*thread, op)).chain(inside) {
            if links.iter().any(|link| connected.contains(link)) {
                connected.extend(links);
            }
        }
        if connected.len() == size {
            break;
        }
    }
    let answers = |keep: &dyn Fn(ThreadId) -> bool| -> Vec<(Op, Ret)> {
        let mut state = start.clone();
        let kept = run.iter().filter(|(thread, _)| keep(*thread));
        let all: Vec<_> = kept.map(|(thread, op)| (*thread, *op, step(&mut state, *thread, op))).collect();
        all.into_iter().filter(|(thread, ..)| *thread == observed).map(|(_, op, ret)| (op, ret)).collect()
    };
    let (all, alone) = (answers(&|_| true), answers(&|thread| connected.contains(&Link::Thread(thread))));
    let differ: Vec<_> = all.iter().zip(&alone).filter(|(a, b)| a != b).collect();
    ensure(differ.is_empty(), "ISO-2, answers with and without the threads not connected", (observed, differ))
}
