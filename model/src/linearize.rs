//! Does some order of a history's operations explain it?
//!
//! # The search
//!
//! A *configuration* is how far each thread has come and the state of the model then. From a configuration the next
//! operation of a thread may be taken if no operation that is still to come responded before it was invoked, and if the
//! model answers as recorded. A history is explained if a path leads to the configuration where all threads are through.
//! This is the depth-first search of Wing & Gong (*Testing and verifying concurrent objects*, JPDC 1993) with the memory
//! of visited configurations of Lowe (*Testing for linearizability*, CCPE 2017): one that has failed is not entered again.
//! A pending operation may be taken with any answer, or be passed over.
//!
//! In the memory positions are compared exactly and states by two 64-bit digests. That two different states have the
//! same ones can only make a sound history look unsound; with n remembered configurations this has a probability of
//! about n²/2^129. Only configurations from which the path branches are remembered, and only there the state is cloned:
//! thanks to the reduction these are few.
//!
//! # The reduction
//!
//! Most operations of a history race with nothing, and trying them in every order is what would make it slow. Say that
//! `b` can *disturb* `a`, two operations of different threads, if it may take effect before `a` (`a` did not respond
//! before `b` was invoked) and one writes what the other reads or writes. At a configuration `s`, call a set `P` of threads
//! *closed* if, for the next operation `a` of each of its threads, it contains every thread that has still to come (1) an
//! operation that can disturb `a`, or (2) one that responded before `a` was invoked.
//!
//! *It is enough to try the next operations of one closed set.* Let `w` be an order that explains the rest of the history
//! from `s`. Every operation occurs in it (a pending one that is passed over, as one that touches nothing). Let `a` be the
//! first in `w` that belongs to a thread in `P`; it is the next one of its thread. What stands before it in `w` belongs to
//! threads outside `P`, hence by (1) cannot disturb it: `a` answers the same and has the same effect when it goes before
//! them, and so do they when they go after it. By (2) real time allows `a` to be the first. So `a`, followed by the rest of
//! `w`, explains the rest of the history as well; and if no next operation of `P` can be taken, there is no such `w` and
//! the branch fails at once. (`P` is a persistent set: Godefroid, *Partial-Order Methods for the Verification of
//! Concurrent Systems*, LNCS 1032; or a stubborn one: Valmari, LNCS 483.) The frequent case is a closed set of one thread:
//! an operation on what its thread has to itself is taken without branching. Of the sets that arise by closing single
//! threads the search takes a smallest. In a set that is not empty there is always an operation that real time allows: the
//! one invoked first.
//!
//! What an operation reads and writes is told by [`footprint`]. It uses that in `w` every operation answers as recorded:
//! * An operation that failed has written nothing. What it *read* still decides whether it fails.
//! * The contexts that a thread is inside of follow from its recorded answers alone, as it enters and leaves by its own
//!   operations. (The context that it starts in, implicit or inherited, can be mentioned by nobody else and need not be
//!   followed. Starting a thread disturbs everything that this thread does.)
//! * An object that an operation creates is unknown to other threads until its handle is given away, by an operation
//!   which does disturb those that need the handle. So creation itself disturbs nothing.
//! * After a pending operation, what its thread is inside of may be unknown: the operations after it (there are some if
//!   the pending one was stopped inside user code) are taken to disturb all others, and to be disturbed by them.
//!
//! One more fact makes this sharp: *a thread inside a context shuts the others out*. As long as `a` is to come, its thread
//! stays inside the contexts that it is inside of; whatever requires another thread to be inside one of these, or to
//! enter it, cannot come before `a` and does not disturb it. So a `get` races with nothing, ever; a `set` only with those
//! who read that context by its name; an exit only with failing attempts to enter or exit.

use crate::history::{History, Operation};
use crate::op::{CtxId, Handle, Op, Ret, ThreadId};
use crate::state::State;
use crate::step::step_observed;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What [`linearize`] found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Linearization {
    /// An order that explains the history: indices into [`History::operations`]. Pending operations that are not in it
    /// have not taken effect.
    Found(Vec<usize>),
    /// No order explains it.
    Refuted {
        /// A longest order found that explains a part of it, after which no operation can be next.
        longest: Vec<usize>,
        /// Why: the operations that race for being next, and what the model would have answered to each. Empty in one
        /// case only: `init` itself did not answer as the model does ([`History::start`] tells where).
        stuck: Vec<(usize, Ret)>,
    },
    /// The budget did not suffice.
    OutOfBudget {
        /// Steps of the model performed.
        steps: u64,
    },
}

/// Searches for an order of the operations that respects program order and real time (Herlihy & Wing 1990) and in which
/// the model answers as recorded, performing at most `budget` steps of the model.
///
/// Linear where nothing races, apart from finding that out (which compares each operation with those that overlap it);
/// exponential in the number of operations that race with each other at worst.
///
/// # Panics
/// If more than 64 threads perform operations.
pub fn linearize(history: &History, budget: u64) -> Linearization {
    let (mut longest, mut stuck, mut steps) = (Vec::new(), Vec::new(), 0);
    let Ok(state) = history.start() else { return Linearization::Refuted { longest, stuck } };
    let (operations, lanes) = (&history.operations, history.lanes().into_values().collect::<Vec<_>>());
    let footprints = footprints(history, &state, &lanes);
    let allowed = bounds(history, &lanes, |_, _| false);
    let settled = bounds(history, &lanes, |b, a| disturbs(&footprints[b], &footprints[a]));
    let mut open = vec![Configuration { at: vec![0; lanes.len()], state, order: Vec::new() }];
    let mut visited = HashSet::new();
    while let Some(mut here) = open.pop() {
        let next: Vec<_> = (0..lanes.len()).filter_map(|l| Some((l, *lanes[l].get(here.at[l])?))).collect();
        let reached = |bounds: &Vec<usize>| here.at.iter().zip(bounds).all(|(at, bound)| at >= bound);
        let mut tried: Vec<_> = next.iter().filter(|(_, a)| reached(&settled[*a])).take(1).collect();
        if next.is_empty() {
            return Linearization::Found(here.order);
        } else if tried.is_empty() {
            tried.extend(next.iter().filter(|(_, a)| reached(&allowed[*a])));
            tried.sort_by_key(|(_, a)| Reverse(operations[*a].responded)); // the most urgent one is popped first
            if !visited.insert((here.at.clone(), digest(&here.state))) {
                continue;
            }
        }
        let outcomes =
            |&&(lane, a): &&(usize, usize)| operations[a].outcomes(&here.state).into_iter().map(move |o| (lane, a, o));
        let mut choices: Vec<_> = tried.iter().flat_map(outcomes).collect();
        while let Some((lane, a, outcome)) = choices.pop() {
            let mut next = if choices.is_empty() { std::mem::take(&mut here) } else { here.clone() };
            next.at[lane] += 1;
            if let Some(observed) = outcome {
                if steps == budget {
                    return Linearization::OutOfBudget { steps };
                }
                steps += 1;
                let answer = step_observed(&mut next.state, operations[a].thread, &operations[a].op, Some(&observed));
                if answer != observed && !operations[a].is_pending() {
                    if stuck.is_empty() || next.order.len() > longest.len() {
                        (longest, stuck) = (next.order.clone(), Vec::new());
                    }
                    if next.order == longest {
                        stuck.push((a, answer));
                    }
                    continue;
                }
                next.order.push(a);
            }
            open.push(next);
        }
    }
    Linearization::Refuted { longest, stuck }
}

/// How far each lane has come, the state then, and the operations taken.
#[derive(Clone, Default)]
struct Configuration {
    at: Vec<usize>,
    state: State,
    order: Vec<usize>,
}

fn digest(State { contexts, tokens, iterators, threads, watchers, .. }: &State) -> [u64; 2] {
    [0, 1].map(|salt| {
        let mut hasher = DefaultHasher::new();
        (salt, contexts, tokens, iterators, threads, watchers).hash(&mut hasher);
        hasher.finish()
    })
}

/// For each operation `a` how far each lane must have come so that nothing still to come from it precedes `a`, or could
/// take effect before `a` and disturbs it.
fn bounds(history: &History, lanes: &[Vec<usize>], disturbs: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let operations = &history.operations;
    let bound = |a: usize, lane: &Vec<usize>| {
        let end = lane.partition_point(|&b| !operations[a].precedes(&operations[b]));
        let awaited =
            |&b: &usize| history.before(b, a) || operations[a].thread != operations[b].thread && disturbs(b, a);
        lane[..end].iter().rposition(awaited).map_or(0, |position| position + 1)
    };
    (0..operations.len()).map(|a| lanes.iter().map(|lane| bound(a, lane)).collect()).collect()
}

/// A part of the state that operations of several threads can touch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// What is mutable in an object: the bindings of a context, the use of a token, the progress of an iterator.
    Object(Handle),
    /// Who is inside a context.
    Inside(CtxId),
    /// What others can do to a thread: hand it a handle, start it.
    Thread(ThreadId),
    Watchers,
}

/// An access of an operation to a cell.
struct Access {
    cell: Cell,
    writes: bool,
    /// The cell is of a context that the operation's thread is inside of.
    inside: bool,
    /// The cell is of a context that no other thread can be inside of when the operation takes effect.
    alone: bool,
}

/// Whether an operation with the accesses `b` disturbs one of another thread with the accesses `a`.
fn disturbs(b: &Option<Vec<Access>>, a: &Option<Vec<Access>>) -> bool {
    let (Some(b), Some(a)) = (b, a) else { return true };
    let race = |x: &Access, y: &Access| x.cell == y.cell && (x.writes || y.writes) && !(x.inside && y.alone);
    a.iter().any(|x| b.iter().any(|y| race(x, y)))
}

/// The accesses of each operation; `None`: any.
fn footprints(history: &History, start: &State, lanes: &[Vec<usize>]) -> Vec<Option<Vec<Access>>> {
    let mut footprints: Vec<_> = history.operations.iter().map(|_| None).collect();
    for lane in lanes {
        let thread = start.threads.get(&history.operations[lane[0]].thread);
        let (mut stack, mut known) = (thread.map_or_else(Vec::new, |t| t.stack.clone()), true);
        for &i in lane {
            let operation = &history.operations[i];
            footprints[i] = footprint(operation, &stack).filter(|_| known);
            known &= !operation.is_pending();
            match (operation.op, &operation.ret) {
                (Op::Enter { ctx }, Ret::Done) => stack.push(ctx),
                (Op::Exit { .. }, Ret::Done) => drop(stack.pop()),
                (Op::End, _) => stack.clear(),
                _ => {}
            }
        }
    }
    footprints
}

/// The accesses of an operation whose thread is inside the contexts of `stack`.
fn footprint(operation: &Operation, stack: &[CtxId]) -> Option<Vec<Access>> {
    let Operation { thread, op, ref ret, .. } = *operation;
    let answered = |with: &dyn Fn(&Ret) -> bool| !operation.is_pending() && with(ret);
    let outside = matches!(op, Op::Enter { .. } | Op::Exit { .. } | Op::Drop { .. } | Op::Give { .. });
    let mut cells = vec![(Cell::Thread(thread), false)];
    cells.extend(op.needs().filter(|_| !outside).map(|handle| (Cell::Object(handle), false)));
    let mut write = |cell| cells.push((cell, !answered(&|ret| matches!(ret, Ret::Err(_)))));
    if matches!(op, Op::Set { .. } | Op::Reset { .. }) {
        stack.last().into_iter().for_each(|&ctx| write(Cell::Object(Handle::Ctx(ctx))));
    }
    match op {
        Op::Reset { token, .. } => write(Cell::Object(Handle::Tok(token))),
        Op::Next { iter } => write(Cell::Object(Handle::Iter(iter))),
        Op::Enter { ctx } | Op::Exit { ctx } => write(Cell::Inside(ctx)),
        Op::Give { to: other, .. } | Op::Spawn { thread: other, .. } => write(Cell::Thread(other)),
        Op::Watch { .. } | Op::Unwatch { .. } => write(Cell::Watchers),
        Op::End if thread == ThreadId(0) => return None,
        Op::End => {
            write(Cell::Thread(ThreadId(0)));
            stack.iter().for_each(|&ctx| write(Cell::Inside(ctx)));
        }
        _ => {}
    }
    let enters = matches!(op, Op::Enter { .. }) && answered(&|ret| *ret == Ret::Done);
    let access = |(cell, writes)| {
        let inside = matches!(cell, Cell::Object(Handle::Ctx(c)) | Cell::Inside(c) if stack.contains(&c));
        Access { cell, writes, inside, alone: inside || enters && matches!(cell, Cell::Inside(_)) }
    };
    Some(cells.into_iter().map(access).collect())
}
