//! Does some order of a history's operations explain it?
//!
//! # The search
//!
//! A *configuration* is how far each thread has come and the state of the model then. From a configuration the next
//! operation of a thread may be taken if no operation that is still to come responded before it was invoked, and if the
//! model answers as recorded. A history is explained if a path leads to the configuration where all threads are
//! through. This is the depth-first search of Wing & Gong (*Testing and verifying concurrent objects*, JPDC 1993) with
//! the memory of visited configurations of Lowe (*Testing for linearizability*, CCPE 2017): one that has failed is not
//! entered again. A pending operation may be taken with any answer, or be passed over.
//!
//! In the memory, positions are compared exactly and states by two 64-bit digests. That two different states have the
//! same ones could only make a sound history look unsound; with n remembered configurations this has a probability of
//! about n²/2^129. Only configurations at which the path may branch are remembered. The state is cloned there, and to
//! try an operation that is recorded to have failed. Thanks to the reduction these are few.
//!
//! # The reduction
//!
//! Most operations of a history race with nothing, or with few, and trying them in every order is what would make it
//! slow. Two operations of different threads [*race*](races) if in some state it matters which of them comes first. At
//! a configuration, a thread *stands in the way* of the next operation `a` of another thread if it still has an
//! operation to come that responded before `a` was invoked, or that could take effect before `a` (it was invoked before
//! `a` responded) and races with it. A set of threads is *closed* if everyone who stands in the way of the next
//! operation of one of them belongs to it.
//!
//! *Of a closed set of threads one has the next turn, and no other thread need be tried.* Let `w` be an order that
//! explains the rest of the history from here, and `a` the first operation in it of a thread of the set (a pending one
//! that is passed over counts as one that does nothing). It is the next one of its thread. Before `a` there are in `w`
//! only operations of threads that do not stand in its way. So `a` can change places with the last of them, then with
//! the one before, and so on to the beginning: all answers and the final state remain the same. Real time allows `a` to
//! be the first. So `a`, followed by the rest of `w`, explains the rest of the history as well. (The next operations of
//! a closed set are a persistent set: Godefroid, *Partial-Order Methods for the Verification of Concurrent Systems*,
//! LNCS 1032.) The search takes a smallest closed set. If it is one thread, its next operation is *settled*: it is
//! taken at once, and if the model does not answer to it as recorded, this branch fails.
//!
//! Three more rules say what need not be tried; `w` is again an order that explains the rest.
//! * *A next operation that changes nothing and fits can be taken at once*, if real time allows it to be first: a read,
//!   or one whose recorded answer is a failure, to which the model answers as recorded here. Moved to the front of `w`
//!   it leaves the state, and so all other answers, as they are.
//! * *A pending operation that only reads is left out*: without it `w` explains the history as well.
//! * *So is a pending one that is the last of its thread and races with nothing that can come after it*: in `w` it can
//!   change places with all that follow, and at the end no answer depends on it.
//!
//! # What races
//!
//! A context has at most one thread inside (ENTRY-1). A `get` concerns the current context of its thread, which nobody
//! else can write; it races with no operation on contexts, only with what starts its thread or gives it the variable. A
//! `set` races with those who look its variable up in a context by name, or read, copy or compare all of it, but not
//! with another `set`. The end of a thread changes whom its contexts have inside (enters and exits of others), where
//! its handles are (what thread 0 does, and who gives it one) and its own current context (who starts it); the ends of
//! two threads do not race, unless one is thread 0, which gives up everybody's handles.
//!
//! [`races`] asks for the operations alone. It says yes too often, but can be checked by running pairs of operations in
//! both orders in any state: the model's own tests do. The search also uses the recorded answers. It may, because the
//! argument only exchanges neighbours in an order in which all answers are as recorded, before the exchange and after
//! it. So an operation that is recorded to have failed affects nothing; and which named context a thread is inside
//! follows from its own enters, exits and end as recorded (another thread can only add the unnamed one that it starts
//! it in). So a `set` affects those only who name this context, or nobody if it is an unnamed one, and the end of a
//! thread affects the enters and exits of those contexts only that it is still inside of. After a pending enter, exit
//! or end that is not known, and every context counts.

use crate::history::{History, Operation};
use crate::op::{CtxId, Handle, Op, Ret, ThreadId};
use crate::state::State;
use crate::step::step_observed;
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
        /// A longest order found that explains a part of it.
        longest: Vec<usize>,
        /// Why it ends there: of these operations one had to be the next, and to none the model would have answered as
        /// recorded, but so. The next operations of the other threads are missing if they do not race with this one. It
        /// is empty in one case only: `init` did not answer as the model does ([`History::start`] tells where).
        stuck: Vec<(usize, Ret)>,
    },
    /// It is no history: this operation, of `init` or the others, responded before it was invoked.
    Malformed(Operation),
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
/// at worst exponential in the number of operations that race at the same time.
pub fn linearize(history: &History, budget: u64) -> Linearization {
    let mut all = history.init.iter().chain(&history.operations);
    if let Some(operation) = all.find(|operation| operation.responded < operation.invoked) {
        return Linearization::Malformed(operation.clone());
    }
    let (mut longest, mut stuck, mut steps) = (Vec::new(), Vec::new(), 0);
    let Ok(state) = history.start() else { return Linearization::Refuted { longest, stuck } };
    let (operations, lanes) = (&history.operations, history.lanes().into_values().collect::<Vec<_>>());
    let inside = inside(history, &lanes, &state);
    let races = |a: usize, b: usize| {
        operations[a].thread != operations[b].thread && {
            let affects = |a, b| affects_recorded(history, &inside, a, b);
            affects(a, b) || affects(b, a)
        }
    };
    let lanes = needed(operations, lanes, races);
    let allowed = bounds(history, &lanes, |_, _| false);
    let clear = bounds(history, &lanes, races);
    let mut open = vec![Configuration { at: vec![0; lanes.len()], state, order: Vec::new() }];
    let mut visited = HashSet::new();
    while let Some(mut here) = open.pop() {
        let reached = |bounds: &Vec<usize>| here.at.iter().zip(bounds).all(|(at, bound)| at >= bound);
        let mut next: Vec<_> = (0..lanes.len()).filter_map(|l| Some((l, *lanes[l].get(here.at[l])?))).collect();
        if next.is_empty() {
            return Linearization::Found(here.order);
        }
        let only = next.iter().copied().find(|(_, a)| reached(&clear[*a]));
        let idle = |&&(_, a): &&(usize, usize)| !operations[a].changes() && reached(&allowed[a]);
        let mut fitting = None;
        for &(lane, a) in next.iter().filter(idle).filter(|_| only.is_none()) {
            if steps == budget {
                return Linearization::OutOfBudget { steps };
            }
            steps += 1;
            let Operation { thread, op, ret, .. } = &operations[a];
            let answer = if op.only_reads() {
                step_observed(&mut here.state, *thread, op, Some(ret))
            } else {
                step_observed(&mut here.state.clone(), *thread, op, Some(ret))
            };
            if answer == *ret {
                fitting = Some((lane, a));
                break;
            }
        }
        if let Some((lane, a)) = fitting {
            here.at[lane] += 1;
            here.order.push(a);
            open.push(here);
            continue;
        }
        let remembered = only.is_none_or(|(_, a)| operations[a].is_pending());
        if remembered && !visited.insert((here.at.clone(), digest(&here.state))) {
            continue;
        }
        if let Some(only) = only {
            next = vec![only];
        } else {
            next = smallest_closed(&next, &here.at, &clear);
            next.retain(|(_, a)| reached(&allowed[*a]));
            next.sort_by_key(|(_, a)| operations[*a].responded); // `open` is a stack: the first is explored first
        }
        let outcomes = |&(lane, a): &(usize, usize)| {
            operations[a].outcomes(&here.state).into_iter().map(move |outcome| (lane, a, outcome))
        };
        let mut choices: Vec<_> = next.iter().flat_map(outcomes).collect();
        while let Some((lane, a, outcome)) = choices.pop() {
            let mut after = if choices.is_empty() { std::mem::take(&mut here) } else { here.clone() };
            after.at[lane] += 1;
            if let Some(observed) = outcome {
                if steps == budget {
                    return Linearization::OutOfBudget { steps };
                }
                steps += 1;
                let answer = step_observed(&mut after.state, operations[a].thread, &operations[a].op, Some(&observed));
                if answer != observed && !operations[a].is_pending() {
                    if stuck.is_empty() || after.order.len() > longest.len() {
                        (longest, stuck) = (after.order.clone(), Vec::new());
                    }
                    if after.order == longest {
                        stuck.push((a, answer));
                    }
                    continue;
                }
                after.order.push(a);
            }
            open.push(after);
        }
    }
    Linearization::Refuted { longest, stuck }
}

/// How far each lane (the operations of one thread) has come, the state then, and the operations that took effect.
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

/// The operations of each thread, without the pending ones that need not be looked at: those that can change nothing,
/// and the last one of its thread if what it changes can matter to no operation that could come after it.
fn needed(
    operations: &[Operation],
    mut lanes: Vec<Vec<usize>>,
    race: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<usize>> {
    lanes.iter_mut().for_each(|lane| lane.retain(|&a| !operations[a].is_pending() || !operations[a].op.only_reads()));
    loop {
        let needless = |lane: &Vec<usize>| {
            let follows = |a: usize, b: usize| !operations[b].precedes(&operations[a]) && race(a, b);
            let last = lane.last().filter(|&&a| operations[a].is_pending());
            last.is_some_and(|&a| !lanes.iter().flatten().any(|&b| follows(a, b)))
        };
        let Some(lane) = lanes.iter().position(needless) else { return lanes };
        lanes[lane].pop();
    }
}

/// For each operation the named contexts that its thread is inside of then, the current one last; `None` where that is
/// not known.
fn inside(history: &History, lanes: &[Vec<usize>], start: &State) -> Vec<Option<Vec<CtxId>>> {
    let mut known = vec![None; history.operations.len()];
    for lane in lanes {
        let mut stack: Option<Vec<CtxId>> = None;
        for (n, &a) in lane.iter().enumerate() {
            let Operation { thread, op, ret, .. } = &history.operations[a];
            if n == 0 {
                let inside = start.threads.get(thread).map(|t| t.stack.clone()).unwrap_or_default();
                stack = Some(inside.into_iter().filter(|ctx| ctx.is_named()).collect());
            }
            let Some(inside) = &mut stack else { break };
            known[a] = Some(inside.clone());
            match op {
                Op::Enter { .. } | Op::Exit { .. } | Op::End if history.operations[a].is_pending() => stack = None,
                Op::Enter { ctx } if *ret == Ret::Done => inside.push(*ctx),
                Op::Exit { .. } if *ret == Ret::Done => drop(inside.pop()),
                Op::End if *ret == Ret::Done => inside.clear(),
                _ => {}
            }
        }
    }
    known
}

/// Whether what one operation changes can matter to the other, in an order in which all answers are as recorded.
fn affects_recorded(history: &History, inside: &[Option<Vec<CtxId>>], one: usize, other: usize) -> bool {
    let (a, b) = (&history.operations[one], &history.operations[other]);
    let concerns = match (a.op, b.op, &inside[one]) {
        (Op::Set { .. } | Op::Reset { .. }, op, Some(inside)) if !matches!(op, Op::Reset { .. }) => {
            op.needs().any(|handle| inside.last().map(|&ctx| Handle::Ctx(ctx)) == Some(handle))
        }
        // Thread 0 gets the handles, too.
        (Op::End, Op::Enter { ctx } | Op::Exit { ctx }, Some(inside)) => {
            inside.contains(&ctx) || [a.thread, b.thread].contains(&ThreadId(0))
        }
        _ => true,
    };
    a.changes() && concerns && affects((a.thread, &a.op), (b.thread, &b.op))
}

/// For each operation how far each lane must have come so that nothing still to come from it stands in the way: has to
/// be before the operation, or could be and races with it.
fn bounds(history: &History, lanes: &[Vec<usize>], race: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let operations = &history.operations;
    let bound = |a: usize, lane: &Vec<usize>| {
        let end = lane.partition_point(|&b| !operations[a].precedes(&operations[b]));
        let in_the_way = |&b: &usize| history.before(b, a) || race(a, b);
        lane[..end].iter().rposition(in_the_way).map_or(0, |position| position + 1)
    };
    (0..operations.len()).map(|a| lanes.iter().map(|lane| bound(a, lane)).collect()).collect()
}

/// The next operations (each with its lane) of a smallest closed set of threads; `clear` says for each operation how
/// far the others must have come so that nobody stands in its way.
fn smallest_closed(next: &[(usize, usize)], at: &[usize], clear: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let closed = |&first: &(usize, usize)| {
        let mut set = vec![first];
        let mut looked_at = 0;
        while let Some(&(_, a)) = set.get(looked_at) {
            looked_at += 1;
            let joins = |&(lane, b): &(usize, usize)| at[lane] < clear[a][lane] && !set.contains(&(lane, b));
            let joining: Vec<_> = next.iter().copied().filter(joins).collect();
            set.extend(joining);
        }
        set
    };
    next.iter().map(closed).min_by_key(Vec::len).unwrap_or_default()
}

/// Whether it can matter in which order two operations of different threads take effect: for the answer of one of them,
/// or for the state after both. Where that depends on the state, yes. Symmetric.
///
/// Nothing depends on the creation of an object: until its handle is given away other threads cannot name it.
pub fn races(one: (ThreadId, &Op), other: (ThreadId, &Op)) -> bool {
    one.0 != other.0 && (affects(one, other) || affects(other, one))
}

/// Whether what one operation changes can matter to the other.
fn affects((by, one): (ThreadId, &Op), (thread, other): (ThreadId, &Op)) -> bool {
    let main = ThreadId(0);
    match (*one, *other) {
        // Thread 0 gets the handles of those that end, and at its own end everybody's.
        (Op::End, _) if by == main || thread == main => true,
        (Op::End, Op::Give { to, .. } | Op::Spawn { thread: to, .. }) => to == by,
        (Op::End, _) => matches!(other, Op::Enter { .. } | Op::Exit { .. }),
        (Op::Spawn { thread: one, .. }, Op::Spawn { thread: other, .. }) if one == other => true,
        (Op::Spawn { thread: affected, .. }, _) => affected == thread,
        (Op::Give { handle, to }, _) => {
            let asks = other.needs().any(|needed| needed == handle);
            to == thread && (asks || matches!(other, Op::End | Op::Exit { .. }))
        }
        (Op::Enter { ctx: c } | Op::Exit { ctx: c }, Op::Enter { ctx: d } | Op::Exit { ctx: d }) => c == d,
        (Op::Set { .. } | Op::Reset { .. }, Op::Enter { .. } | Op::Drop { .. } | Op::Give { .. }) => false,
        (
            Op::Set { var: v, .. } | Op::Reset { var: v, .. },
            Op::Lookup { var: w, .. } | Op::Contains { var: w, .. },
        ) => v == w,
        (Op::Reset { token: s, .. }, Op::Reset { token: t, .. }) => s == t,
        (Op::Set { .. } | Op::Reset { .. }, _) => other.needs().any(|handle| matches!(handle, Handle::Ctx(_))),
        (Op::Next { iter: i }, Op::Next { iter: j }) => i == j,
        (Op::Watch { .. } | Op::Unwatch { .. }, _) => matches!(other, Op::Watch { .. } | Op::Unwatch { .. }),
        _ => false,
    }
}
