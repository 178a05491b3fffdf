//! The laws hold on long random runs, and say so when they are broken.

mod common;

use common::{Names, Random};
use contextvars_model::laws::{confined, connected, invariants, non_interference};
use contextvars_model::state::{Specs, State};
use contextvars_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const THREADS: u16 = 3;

fn started(names: &mut Names, mut state: State) -> State {
    names.init().iter().for_each(|op| assert_eq!(step(&mut state, ThreadId(0), op), Ret::Done));
    state.fork(THREADS);
    state
}

/// User code of every kind, for values of every tenth number or so and for the first watchers.
fn user_code(random: &mut Random) -> Specs {
    let mut names = Names::new(3, 3, THREADS);
    let mut code = |random: &mut Random| -> UserCode {
        let n = random.below(3);
        // User code may run more than once and must not give a name again.
        let new = |op: &Op| op.brings().next().is_some() || op.creates().is_some() || matches!(op, Op::Watch { .. });
        let ops = (0..n).map(|_| names.racing(random, None)).filter(|op| !new(op)).collect();
        UserCode { ops, panics: random.one_in(4) }
    };
    let handle = |random: &mut Random| match random.below(3) {
        0 => Handle::Ctx(CtxId(random.below(5) as u32)),
        1 => Handle::Tok(TokId(random.below(20) as u16)),
        _ => Handle::Var(VarId(random.below(4) as u16)),
    };
    let spec = |random: &mut Random, code: &mut dyn FnMut(&mut Random) -> UserCode| ValueSpec {
        class: Some(random.below(3) as u32),
        holds: (0..random.below(3)).map(|_| handle(random)).collect(),
        on_drop: code(random),
        on_equal: code(random),
        on_clone: code(random),
    };
    let values: BTreeMap<Val, ValueSpec> = (0..40).map(|n| (Val(n * 7), spec(random, &mut code))).collect();
    Specs { values, watchers: (0..8).map(|n| (WatchId(n), code(random))).collect() }
}

#[test]
fn invariants_hold_after_every_step_with_lifetimes_and_user_code() {
    let (mut observed, mut circles) = (0, 0);
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let specs = if seed % 3 == 0 { Specs::default() } else { user_code(&mut random) };
        let mut names = Names::new(3, 3, THREADS);
        let mut state = started(&mut names, State::new(Arc::new(specs)));
        let mut alive: Vec<ThreadId> = (0..=THREADS).map(ThreadId).collect();
        for n in 0..400 {
            let thread = random.pick(&alive);
            let op = match thread != ThreadId(0) && random.one_in(200) {
                true => Op::End,
                false => names.op(&mut random, thread, state.current(thread)),
            };
            alive.retain(|&other| op != Op::End || other != thread);
            names.note(thread, &op);
            let ret = step(&mut state, thread, &op);
            observed += state.seen.drain(..).len();
            invariants(&state).unwrap_or_else(|e| panic!("seed {seed}, step {n}, {thread}: {op:?} -> {ret:?}: {e}"));
        }
        alive.iter().rev().for_each(|&thread| assert_eq!(step(&mut state, thread, &Op::End), Ret::Done));
        invariants(&state).unwrap();
        // What is dropped at the very end may enter a context, which then nobody leaves; values that hold each other in
        // a circle never die.
        let nothing = state.live.is_empty() && state.contexts.is_empty() && state.tokens.is_empty();
        let why = state.current(ThreadId(0)).is_some() || !state.holdings.is_empty() || !state.abandoned.is_empty();
        assert!(nothing || why, "MEM-1, seed {seed}: {state:?}");
        circles += usize::from(!nothing && !state.holdings.is_empty());
    }
    assert!(observed > 20_000, "user code ran {observed} times only");
    assert!(circles > 0 && circles < 100, "{circles} runs of 200 left a circle");
}

#[test]
fn iso_1_snap_1_a_step_changes_its_current_context_alone() {
    let mut changes = 0;
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let mut names = Names::new(3, 3, THREADS);
        let mut state = started(&mut names, State::for_history(Arc::default()));
        for _ in 0..300 {
            let thread = ThreadId(random.below(usize::from(THREADS) + 1) as u16);
            let op = names.op(&mut random, thread, state.current(thread));
            names.note(thread, &op);
            let before = state.clone();
            step(&mut state, thread, &op);
            confined(&before, thread, &state).unwrap_or_else(|e| panic!("seed {seed}, {op:?}: {e}"));
            invariants(&state).unwrap();
            changes += usize::from(before.contexts != state.contexts);
        }
    }
    assert!(changes > 1_000, "contexts changed {changes} times only");
}

/// Two pairs of threads, each with a context, a token and an iterator of its own; variables are shared by all.
fn two_pairs(random: &mut Random) -> (State, Vec<(ThreadId, Op)>) {
    let mut names = Names::new(3, 2, 4);
    let mut state = State::new(Arc::default());
    names.init().iter().for_each(|op| assert_eq!(step(&mut state, ThreadId(0), op), Ret::Done));
    state.fork(4);
    let mut sides = [Names::new(3, 1, 4), Names::new(3, 1, 4)];
    let shift = |op: Op, by: u16| match op {
        Op::Enter { ctx } => Op::Enter { ctx: CtxId(ctx.0 + u32::from(by)) },
        Op::Exit { ctx } => Op::Exit { ctx: CtxId(ctx.0 + u32::from(by)) },
        Op::Lookup { ctx, var } => Op::Lookup { ctx: CtxId(ctx.0 + u32::from(by)), var },
        Op::Contains { ctx, var } => Op::Contains { ctx: CtxId(ctx.0 + u32::from(by)), var },
        Op::Len { ctx } => Op::Len { ctx: CtxId(ctx.0 + u32::from(by)) },
        Op::Items { ctx } => Op::Items { ctx: CtxId(ctx.0 + u32::from(by)) },
        Op::Reset { var, token } => Op::Reset { var, token: TokId(token.0 + by) },
        Op::Next { iter } => Op::Next { iter: IterId(iter.0 + by) },
        Op::Set { var, value, .. } => Op::Set { var, value: Val(value.0 + 1000 * u32::from(by)), token: None },
        Op::Get { .. } => op,
        _ => Op::Get { var: VarId(0), fallback: None },
    };
    let run = (0..60).map(|_| {
        let thread = ThreadId(1 + random.below(4) as u16);
        let side = thread.0 % 2;
        (thread, shift(sides[usize::from(side)].racing(random, None), side))
    });
    (state, run.collect())
}

#[test]
fn iso_2_threads_not_connected_do_not_interfere() {
    let mut random = Random::new(3);
    for round in 0..300 {
        let (start, run) = two_pairs(&mut random);
        for thread in 1..=4 {
            non_interference(&start, &run, ThreadId(thread)).unwrap_or_else(|e| panic!("round {round}: {e}\n{run:?}"));
        }
    }
}

#[test]
fn iso_2_holds_of_runs_of_any_operations() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut names = Names::new(3, 4, THREADS);
        let start = started(&mut names, State::for_history(Arc::default()));
        let mut run = Vec::new();
        let mut state = start.clone();
        for _ in 0..1 + random.below(40) {
            let thread = ThreadId(1 + random.below(usize::from(THREADS)) as u16);
            let op = names.op(&mut random, thread, state.current(thread));
            names.note(thread, &op);
            step(&mut state, thread, &op);
            run.push((thread, op));
        }
        for thread in 1..=THREADS {
            non_interference(&start, &run, ThreadId(thread)).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{run:?}"));
        }
    }
}

/// Who is connected with thread 1 by each kind of operation: thread 2 always, thread 3 never.
#[test]
fn iso_2_threads_are_connected_by_what_they_name_and_by_nothing_else() {
    let (ctx, other, var) = (CtxId(0), CtxId(1), VarId(0));
    let (token, iter) = (TokId(0), IterId(0));
    let set = |value| Op::Set { var, value: Val(value), token: None };
    let pairs = [
        (Op::Give { handle: Handle::Var(var), to: ThreadId(2) }, set(1)),
        (set(1), Op::Give { handle: Handle::Var(var), to: ThreadId(1) }),
        (Op::Spawn { thread: ThreadId(2), inherit: false }, set(1)),
        (Op::Lookup { ctx, var }, Op::Len { ctx }),
        (Op::Exit { ctx }, Op::Len { ctx }),
        (Op::Reset { var, token }, Op::Reset { var, token }),
        (Op::Next { iter }, Op::Next { iter }),
        (Op::Watch { watcher: WatchId(0) }, Op::Watch { watcher: WatchId(1) }),
        (Op::Watch { watcher: WatchId(0) }, Op::Unwatch { watcher: WatchId(0) }),
        (Op::Unwatch { watcher: WatchId(0) }, Op::Watch { watcher: WatchId(0) }),
    ];
    let threads =
        |start: &State, run: &[(ThreadId, Op)]| connected(start, run, ThreadId(1)).into_iter().collect::<Vec<_>>();
    let apart = [set(1), Op::Len { ctx: other }, Op::Exit { ctx: other }, Op::End];
    let nobody = State::for_history(Arc::default());
    for (mine, theirs) in pairs {
        for third in apart {
            let run = [(ThreadId(1), mine), (ThreadId(2), theirs), (ThreadId(3), third)];
            assert_eq!(threads(&nobody, &run), [ThreadId(1), ThreadId(2)], "{run:?}");
        }
    }
    for (mine, theirs) in apart.iter().flat_map(|a| apart.iter().map(move |b| (*a, *b))) {
        let both = [mine, theirs];
        // Who exits what nobody has entered is answered the same, whoever else does so.
        let names = both.iter().all(|op| matches!(op, Op::Len { .. } | Op::Exit { .. }));
        let same = names && both.iter().any(|op| matches!(op, Op::Len { .. }));
        let run = [(ThreadId(1), mine), (ThreadId(2), theirs)];
        assert_eq!(threads(&nobody, &run).len(), 1 + usize::from(same), "{run:?}");
    }
    // Through others; by the end of a thread, whose handles go to thread 0; and by where a thread is at the start.
    let chain = [(ThreadId(3), Op::Len { ctx: other }), (ThreadId(2), Op::Equal { left: ctx, right: other })];
    let through = [&chain[..], &[(ThreadId(1), Op::Len { ctx })]].concat();
    assert_eq!(threads(&nobody, &through).len(), 3);
    let end = [(ThreadId(1), Op::End), (ThreadId(0), set(1)), (ThreadId(2), set(1))];
    assert_eq!(threads(&nobody, &end), [ThreadId(0), ThreadId(1)]);
    let mut inside = sound();
    assert_eq!(step(&mut inside, ThreadId(2), &Op::Enter { ctx: CtxId(1) }), Ret::Done);
    assert_eq!(threads(&inside, &[(ThreadId(2), Op::Len { ctx: CtxId(0) })]), [ThreadId(1), ThreadId(2)]);
    assert_eq!(threads(&inside, &[(ThreadId(2), Op::Len { ctx: CtxId(1) })]), [ThreadId(1)]);
}

/// A state that keeps all laws, with something of every kind in it.
fn sound() -> State {
    let mut names = Names::new(2, 2, 1);
    let mut state = started(&mut names, State::new(Arc::default()));
    for op in [
        Op::Enter { ctx: CtxId(0) },
        Op::Set { var: VarId(1), value: Val(50), token: Some(TokId(50)) },
        Op::Watch { watcher: WatchId(0) },
    ] {
        step(&mut state, ThreadId(1), &op);
    }
    invariants(&state).unwrap();
    state
}

#[track_caller]
fn broken(law: &str, damage: impl FnOnce(&mut State)) {
    let mut state = sound();
    damage(&mut state);
    let complaint = invariants(&state).expect_err("the damage is not noticed");
    assert!(complaint.starts_with(law), "{complaint}");
}

#[test]
fn invariants_notice_damage() {
    broken("ENTRY-1", |s| s.threads.get_mut(&ThreadId(2)).unwrap().stack.push(CtxId(0)));
    broken("ENTRY-1", |s| s.threads.get_mut(&ThreadId(1)).unwrap().stack.push(CtxId(0)));
    broken("ENTRY-1", |s| s.contexts.get_mut(&CtxId(1)).unwrap().inside = Some(ThreadId(1)));
    broken("ENTRY-1", |s| s.contexts.get_mut(&CtxId(0)).unwrap().inside = None);
    broken("TOK-1", |s| s.contexts.get_mut(&CtxId(0)).unwrap().map.clear());
    broken("TOK-1", |s| s.tokens.extend([(TokId(51), s.tokens[&TokId(50)].clone())]));
    broken("SNAP-1", |s| s.iterators.get_mut(&IterId(0)).unwrap().remaining.extend([(VarId(0), Val(77))]));
    broken("a watcher", |s| s.watchers[5] = Some(WatchId(0)));
    broken("handles of nothing", |s| s.threads.get_mut(&ThreadId(1)).unwrap().held.extend([Handle::Ctx(CtxId(9))]));
    broken("MEM-1", |s| s.live.extend([Val(77)]));
    broken("MEM-1", |s| s.pinned.push(Val(50)));
    broken("MEM-1", |s| s.contexts.extend([(CtxId(9), state::Context::default())]));
}

#[test]
fn confined_notices_damage() {
    let (before, mut after) = (sound(), sound());
    assert_eq!(confined(&before, ThreadId(1), &after), Ok(()));
    after.contexts.get_mut(&CtxId(0)).unwrap().map.insert(VarId(0), Val(77));
    assert_eq!(confined(&before, ThreadId(1), &after), Ok(()));
    assert!(confined(&before, ThreadId(2), &after).unwrap_err().starts_with("ISO-1"));
}
