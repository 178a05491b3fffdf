//! What always holds: invariants of every state between two operations, and laws that compare two states or two runs.
//! The ids are those of `proofs-notes/`; an `Err` says which law is broken and by what.

use crate::op::{CtxId, Handle, Op, Ret, ThreadId};
use crate::state::State;
use crate::step::step;
use std::collections::BTreeSet;
use std::fmt::Debug;

fn ensure(holds: bool, law: &str, evidence: impl Debug) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{law}: {evidence:?}")) }
}

/// The contexts that threads are inside of.
fn visits(state: &State) -> impl Iterator<Item = (CtxId, ThreadId)> {
    state.threads.iter().flat_map(|(&t, thread)| thread.stack.iter().map(move |&c| (c, t)))
}

/// The invariants of a state between two operations. Linear in its size, but for a logarithm.
///
/// * ENTRY-1: a context is in at most one stack, there once, and knows in whose; so it is current in at most one
///   thread.
/// * TOK-1: a variable becomes absent again only by the one token whose `set` found it absent. So while that is unused,
///   the variable is bound, and there is no second such token; so no reset meets an absent variable.
/// * SNAP-1: what an iterator has still to deliver belongs to its version.
/// * A watcher is registered once.
/// * Every handle that a thread holds names an object. MEM-1, where lifetimes are followed: conversely, what exists can
///   be reached, objects and values, and no operation holds a value.
pub fn invariants(state: &State) -> Result<(), String> {
    let inside: BTreeSet<_> = visits(state).collect();
    let marked = state.contexts.iter().filter_map(|(&c, context)| Some((c, context.inside?))).collect();
    let once = inside == marked && inside.len() == visits(state).count();
    ensure(once, "ENTRY-1, the stacks and the contexts disagree", (&inside, &marked))?;
    let mut absent = BTreeSet::new();
    for (id, token) in state.tokens.iter().filter(|(_, token)| !token.used && token.old.is_none()) {
        let bound = state.contexts.get(&token.ctx).is_some_and(|c| c.map.contains_key(&token.var));
        ensure(bound && absent.insert((token.var, token.ctx)), "TOK-1, absence can come twice", (id, token))?;
    }
    for (id, iterator) in &state.iterators {
        let within = iterator.remaining.iter().all(|(var, value)| iterator.map.get(var) == Some(value));
        ensure(within, "SNAP-1, an iterator left its version", (id, iterator))?;
    }
    let mut registered = BTreeSet::new();
    let distinct = state.watchers.iter().flatten().all(|watcher| registered.insert(watcher));
    ensure(distinct, "a watcher is registered twice", state.watchers)?;
    let exist: BTreeSet<Handle> = (state.vars.keys().copied().map(Handle::Var))
        .chain(state.contexts.keys().copied().map(Handle::Ctx))
        .chain(state.tokens.keys().copied().map(Handle::Tok))
        .chain(state.iterators.keys().copied().map(Handle::Iter))
        .collect();
    let dangling: Vec<_> = state.threads.values().flat_map(|t| &t.held).filter(|h| !exist.contains(h)).collect();
    ensure(dangling.is_empty(), "handles of nothing", dangling)?;
    let found = state.reachable();
    let number = found.vars.len() + found.contexts.len() + found.tokens.len() + found.iterators.len();
    let minimal = number == exist.len() && found.values == state.live && state.pinned.is_empty();
    ensure(minimal || !state.lifetimes, "MEM-1, what exists is not what is reachable", (exist, &state.live, &found))
}

/// ISO-1 and SNAP-1: a step of a thread, whatever it was, changes no contents but those of the thread's current
/// context. For operations that run no user code.
pub fn confined(before: &State, thread: ThreadId, after: &State) -> Result<(), String> {
    let same = |c: &CtxId| after.contexts.get(c).is_none_or(|now| now.map == before.contexts[c].map);
    let changed: Vec<_> = before.contexts.keys().filter(|c| before.current(thread) != Some(**c) && !same(c)).collect();
    ensure(changed.is_empty(), "ISO-1, SNAP-1, contexts changed which are not current", (thread, changed))
}

/// Whether an operation connects its thread with that of another one.
fn connects(one: &Op, (thread, other): &(ThreadId, Op)) -> bool {
    match one {
        Op::Give { to: connected, .. } | Op::Spawn { thread: connected, .. } if connected == thread => true,
        Op::End => *thread == ThreadId(0),
        Op::Exit { ctx } => other.needs().any(|named| named == Handle::Ctx(*ctx)),
        Op::Watch { .. } | Op::Unwatch { .. } => matches!(other, Op::Watch { .. } | Op::Unwatch { .. }),
        _ => one.needs().any(|named| !matches!(named, Handle::Var(_)) && other.needs().any(|same| same == named)),
    }
}

/// The threads that are connected with the observed one in a run from `start`, itself included: see
/// [`non_interference`]. Quadratic in the length of the run, times the number of threads.
pub fn connected(start: &State, run: &[(ThreadId, Op)], observed: ThreadId) -> BTreeSet<ThreadId> {
    let inside = visits(start).map(|(ctx, thread)| (thread, Op::Enter { ctx }));
    let named: Vec<(ThreadId, Op)> = inside.chain(run.iter().copied()).collect();
    let (mut connected, mut size) = (BTreeSet::from([observed]), 0);
    while size < connected.len() {
        size = connected.len();
        for (a, b) in named.iter().flat_map(|a| named.iter().map(move |b| (a, b))) {
            if (connected.contains(&a.0) || connected.contains(&b.0)) && connects(&a.1, b) {
                connected.extend([a.0, b.0]);
            }
        }
    }
    connected
}

/// ISO-2, non-interference: from `start`, what the observed thread is answered does not change if the operations of all
/// threads that are not connected with it are removed from the run. Two threads are connected, directly or through
/// others, if they name one context (or are inside of it at the start), token or iterator, if one gives to or starts
/// the other, if both use watchers, and if one ends and the other is thread 0, which then gets its handles. To share a
/// variable does not connect: that is the point of a context variable. For operations that run no user code.
pub fn non_interference(start: &State, run: &[(ThreadId, Op)], observed: ThreadId) -> Result<(), String> {
    let connected = connected(start, run, observed);
    let answers = |of_all: bool| -> Vec<Ret> {
        let mut state = start.clone();
        let kept = run.iter().filter(|(thread, _)| of_all || connected.contains(thread));
        kept.filter_map(|(t, op)| Some(step(&mut state, *t, op)).filter(|_| *t == observed)).collect()
    };
    let (all, alone) = (answers(true), answers(false));
    let law = "ISO-2, threads that are not connected with the observed one change its answers";
    ensure(all == alone, law, (observed, &connected, &all, &alone))
}
