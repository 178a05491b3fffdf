//! The fast checker against the definition, and what its reduction rests on.

mod common;

use common::{Names, Random, Shape, mutate, sound};
use contextvars_model::brute::brute_force;
use contextvars_model::laws::invariants;
use contextvars_model::linearize::races;
use contextvars_model::state::State;
use contextvars_model::*;
use std::sync::Arc;

const T: ThreadId = ThreadId(1);
const U: ThreadId = ThreadId(2);
const V: VarId = VarId(0);
const C: CtxId = CtxId(0);
const D: CtxId = CtxId(1);

/// Whether an order really explains a history: replayed on the model, without a checker.
fn explains(history: &History, order: &[usize]) -> bool {
    let Ok(mut state) = history.start() else { return false };
    let operations = &history.operations;
    let all = (0..operations.len()).all(|i| operations[i].is_pending() || order.contains(&i));
    let legal = (1..order.len()).all(|k| order[..k].iter().all(|&earlier| !history.before(order[k], earlier)));
    let answers = order.iter().all(|&i| {
        let Operation { thread, op, ret, .. } = &operations[i];
        step_observed(&mut state, *thread, op, Some(ret)) == *ret || operations[i].is_pending()
    });
    all && legal && answers
}

#[test]
fn lin_1_fast_checker_agrees_with_brute_force() {
    let mut random = Random::new(1);
    let (mut found, mut refuted) = (0, 0);
    for round in 0..100_000 {
        let shape = Shape {
            vars: 2,
            shared: 1 + random.below(2) as u16,
            threads: 2 + random.below(3) as u16,
            operations: 2 + random.below(7),
            burst: 1 + random.below(3),
            width: random.pick(&[Some(500), Some(3_000), Some(100_000), None]),
            contended: random.one_in(3),
            wild: random.one_in(2),
        };
        let mut history = sound(&mut random, shape);
        let untouched = random.one_in(3);
        if !untouched {
            mutate(&mut random, &mut history);
        }
        let slow = brute_force(&history);
        match linearize(&history, u64::MAX) {
            Linearization::Found(order) => {
                found += 1;
                assert!(slow.is_some(), "round {round}: found {order:?} for\n{history}");
                // Which binding a pending `next` has delivered is not told by the order.
                let guessed = history.operations.iter().any(|o| o.is_pending() && matches!(o.op, Op::Next { .. }));
                assert!(guessed || explains(&history, &order), "round {round}: {order:?} is none for\n{history}");
            }
            Linearization::Refuted { longest, stuck } => {
                refuted += 1;
                assert!(!untouched, "round {round}: refuted, though it has happened\n{history}");
                assert_eq!(slow, None, "round {round}: refuted, longest {longest:?}, stuck {stuck:?}\n{history}");
                assert!(!stuck.is_empty(), "round {round}\n{history}");
                assert!(stuck.iter().all(|(i, ret)| history.operations[*i].ret != *ret), "round {round}\n{history}");
            }
            Linearization::OutOfBudget { .. } => unreachable!("there is no budget"),
            Linearization::Malformed(operation) => unreachable!("{operation} has happened"),
        }
    }
    println!("{found} found, {refuted} refuted");
    assert!(found > 20_000 && refuted > 20_000, "{found} found, {refuted} refuted");
}

#[test]
fn lin_1_long_sound_histories_are_explained() {
    let mut random = Random::new(2);
    for round in 0..200 {
        let burst = 1 + random.below(8);
        let contended = random.one_in(2);
        let shape = Shape {
            vars: 3,
            shared: 3,
            threads: 4,
            operations: 200,
            burst,
            width: Some(100_000),
            contended,
            wild: false,
        };
        let history = sound(&mut random, shape);
        match linearize(&history, 1_000_000) {
            Linearization::Found(order) => assert!(explains(&history, &order), "round {round}"),
            other => panic!("round {round}: {other:?}\n{history}"),
        }
    }
}

/// What the reduction rests on: operations that do not race commute, in every state that can be reached.
#[test]
fn lin_1_operations_that_do_not_race_commute() {
    let (mut commuting, mut racing) = (0, 0);
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let mut names = Names::new(2, 2, 3);
        let mut state = State::for_history(Arc::default());
        names.init().iter().for_each(|op| assert_eq!(step(&mut state, ThreadId(0), op), Ret::Done));
        state.fork(3);
        let mut ended = Vec::new();
        for _ in 0..60 {
            let mut op = |ended: &mut Vec<ThreadId>| {
                let thread = ThreadId(random.below(4) as u16);
                let op = match random.below(40) {
                    0 if ended.len() < 3 => Op::End,
                    1 => Op::Spawn { thread: ThreadId(1 + random.below(3) as u16), inherit: true },
                    _ if random.one_in(2) => names.op(&mut random, thread, state.current(thread)),
                    _ => names.racing(&mut random, state.current(thread)),
                };
                (thread, op)
            };
            let (one, other) = (op(&mut ended), op(&mut ended));
            if one.0 != other.0 && !ended.contains(&one.0) && !ended.contains(&other.0) {
                let run = |first: (ThreadId, Op), second: (ThreadId, Op)| {
                    let mut state = state.clone();
                    let rets = [first, second].map(|(thread, op)| step(&mut state, thread, &op));
                    (rets, state)
                };
                let ((rets, after), ([b, a], after_swapped)) = (run(one, other), run(other, one));
                let commute = rets == [a, b] && after == after_swapped;
                let race = races((one.0, &one.1), (other.0, &other.1));
                assert_eq!(race, races((other.0, &other.1), (one.0, &one.1)));
                assert!(race || commute, "seed {seed}: {one:?} and {other:?} do not commute in\n{state:?}");
                commuting += usize::from(!race);
                racing += usize::from(!commute);
            }
            let again =
                matches!(one.1, Op::Spawn { thread, .. } if state.contexts.contains_key(&CtxId::inherited(thread)));
            if !ended.contains(&one.0) && !again {
                names.note(one.0, &one.1);
                step(&mut state, one.0, &one.1);
                ended.extend((one.1 == Op::End).then_some(one.0));
                invariants(&state).unwrap();
            }
        }
    }
    println!("{commuting} pairs do not race, {racing} do not commute");
    assert!(commuting > 30_000 && racing > 1_000, "{commuting} pairs do not race, {racing} do not commute");
}

/// A history of two threads that share a variable, two contexts and an iterator over `C`, which binds the variable to 1
/// by the token `t0`.
fn history(operations: &[(ThreadId, Op, Ret, u64, u64)]) -> History {
    let init = [
        Op::NewVar { var: V, default: None },
        Op::NewContext { ctx: C },
        Op::NewContext { ctx: D },
        Op::Enter { ctx: C },
        Op::Set { var: V, value: Val(1), token: Some(TokId(0)) },
        Op::Exit { ctx: C },
        Op::Iterate { ctx: C, iter: IterId(0) },
    ];
    let operation = |&(thread, op, ref ret, invoked, responded): &(ThreadId, Op, Ret, u64, u64)| Operation {
        thread,
        op,
        ret: ret.clone(),
        invoked,
        responded,
    };
    let init = init.map(|op| operation(&(ThreadId(0), op, Ret::Done, 0, 0)));
    let operations = operations.iter().map(operation).collect();
    History { threads: 2, init: init.into(), operations, ..History::default() }
}

/// The verdict of both checkers.
#[track_caller]
fn explained(history: &History) -> bool {
    let fast = matches!(linearize(history, u64::MAX), Linearization::Found(_));
    assert_eq!(fast, brute_force(history).is_some());
    fast
}

#[test]
fn entry_1_of_two_who_enter_at_once_one_is_refused() {
    let enter = Op::Enter { ctx: C };
    let refused = Ret::Err(Error::AlreadyEntered);
    let run = |a: &Ret, b: &Ret| explained(&history(&[(T, enter, a.clone(), 0, 5), (U, enter, b.clone(), 1, 4)]));
    assert!(run(&Ret::Done, &refused) && run(&refused, &Ret::Done));
    assert!(!run(&Ret::Done, &Ret::Done) && !run(&refused, &refused));
}

#[test]
fn tok_1_of_two_who_use_a_token_at_once_one_is_refused() {
    let reset = Op::Reset { var: V, token: TokId(0) };
    let run = |ret: Ret, at: u64| {
        explained(&history(&[
            (T, Op::Enter { ctx: C }, Ret::Done, 0, 1),
            (T, reset, Ret::Done, 2, 6),
            (U, reset, ret, at, at + 1),
        ]))
    };
    assert!(run(Ret::Err(Error::OtherContext), 0) && run(Ret::Err(Error::OtherContext), 3));
    assert!(!run(Ret::Err(Error::OtherContext), 7) && run(Ret::Err(Error::TokenUsed), 7));
    assert!(run(Ret::Err(Error::TokenUsed), 3) && !run(Ret::Err(Error::TokenUsed), 0));
    assert!(!run(Ret::Done, 3));
}

#[test]
fn snap_2_real_time_and_program_order_are_respected() {
    let lookup = Op::Lookup { ctx: C, var: V };
    let run = |first: u32, second: u32, after: u64| {
        explained(&history(&[
            (T, Op::Enter { ctx: C }, Ret::Done, 0, 1),
            (T, Op::Set { var: V, value: Val(2), token: None }, Ret::Done, 2, 5),
            (U, lookup, Ret::Value(Val(first)), 3, after),
            (U, lookup, Ret::Value(Val(second)), after + 1, after + 2),
        ]))
    };
    assert!(run(1, 1, 4) && run(1, 2, 4) && run(2, 2, 4));
    assert!(!run(2, 1, 4), "the second read goes back to an older version");
    assert!(!run(1, 1, 7), "the second read was invoked after the set had responded");
}

#[test]
fn program_order_is_by_invocation_so_that_the_outer_operation_is_first() {
    // A watcher, called inside the enter, reads the context that was entered.
    let nested = (T, Op::Get { var: V, fallback: None }, Ret::Value(Val(1)), 1, 2);
    assert!(explained(&history(&[nested.clone(), (T, Op::Enter { ctx: C }, Ret::Done, 0, 9)])));
    assert!(!explained(&history(&[nested, (T, Op::Enter { ctx: C }, Ret::Done, 3, 9)])));
}

#[test]
fn a_pending_operation_may_have_taken_effect_or_not() {
    let lookup = |value, at| (U, Op::Lookup { ctx: C, var: V }, Ret::Value(Val(value)), at, at + 1);
    let enter = (T, Op::Enter { ctx: C }, Ret::Done, 0, 1);
    let set = (T, Op::Set { var: V, value: Val(2), token: None }, Ret::Err(Error::Unbound), 2, u64::MAX);
    let run = |reads: &[u32]| {
        let reads = reads.iter().enumerate().map(|(n, &value)| lookup(value, 4 + 2 * n as u64));
        explained(&history(&[vec![enter.clone(), set.clone()], reads.collect()].concat()))
    };
    assert!(run(&[1, 1]) && run(&[1, 2]) && run(&[2, 2]));
    assert!(!run(&[2, 1]) && !run(&[3]));
}

#[test]
fn a_pending_next_may_have_taken_any_binding() {
    let more = [
        Op::Enter { ctx: C },
        Op::Set { var: VarId(1), value: Val(2), token: None },
        Op::Set { var: VarId(2), value: Val(3), token: None },
        Op::Exit { ctx: C },
        Op::Iterate { ctx: C, iter: IterId(1) },
    ];
    let next = Op::Next { iter: IterId(1) };
    let run = |var: u16, value: u32, end: Option<Ret>| {
        let mut history = history(&[(T, next, Ret::Done, 0, u64::MAX)]);
        let init = |op| Operation { thread: ThreadId(0), op, ret: Ret::Done, invoked: 0, responded: 0 };
        history.init.extend([1, 2].map(|n| init(Op::NewVar { var: VarId(n), default: None })));
        history.init.extend(more.map(init));
        let item = Ret::Item(Some((VarId(var), Val(value))));
        let rets = [Some(Ret::Item(Some((V, Val(1))))), Some(item), end];
        for (n, ret) in (1..).zip(rets.into_iter().flatten()) {
            history.operations.push(Operation { thread: U, op: next, ret, invoked: 2 * n, responded: 2 * n + 1 });
        }
        explained(&history)
    };
    assert!(run(1, 2, Some(Ret::Item(None))) && run(2, 3, Some(Ret::Item(None))) && run(1, 2, None));
    assert!(!run(0, 1, None), "delivered twice");
}

#[test]
fn an_equality_pins_its_operands_at_two_moments() {
    // C loses its binding only after D has got one, so that both are never empty at once; yet each is at some time.
    let value = Val(7);
    let operations = [
        (T, Op::Enter { ctx: D }, Ret::Done, 0, 1),
        (U, Op::Enter { ctx: C }, Ret::Done, 0, 1),
        (ThreadId(3), Op::Equal { left: D, right: C }, Ret::Bool(true), 2, 9),
        (T, Op::Set { var: V, value, token: None }, Ret::Done, 3, 4),
        (U, Op::Reset { var: V, token: TokId(0) }, Ret::Done, 5, 6),
    ];
    let mut history = history(&operations);
    history.threads = 3;
    assert!(!explained(&history));
    let pinned = history.with_pinned_operands();
    assert!(explained(&pinned));
    assert_eq!(pinned.operations.len(), operations.len() + 1);
    assert!(matches!(pinned.operations[2].op, Op::Equal { right: C, .. }));
    // The right operand is pinned after the left one, so the other way round it is refuted still.
    history.operations[2].op = Op::Equal { left: C, right: D };
    assert!(!explained(&history.with_pinned_operands()));
}

#[test]
fn an_init_that_the_model_does_otherwise_is_refuted_and_located() {
    let mut history = history(&[]);
    assert_eq!(linearize(&history, 0), Linearization::Found(vec![]));
    history.init[5].ret = Ret::Err(Error::NotEntered);
    assert_eq!(linearize(&history, 9), Linearization::Refuted { longest: vec![], stuck: vec![] });
    assert_eq!(history.start(), Err((5, Ret::Done)));
}

#[test]
fn a_refutation_tells_how_far_it_came_and_what_would_have_been_right() {
    let history = history(&[
        (T, Op::Enter { ctx: C }, Ret::Done, 0, 1),
        (U, Op::Enter { ctx: D }, Ret::Done, 0, 1),
        (T, Op::Get { var: V, fallback: None }, Ret::Value(Val(4)), 2, 3),
    ]);
    let Linearization::Refuted { longest, stuck } = linearize(&history, 99) else { panic!("it is wrong") };
    assert!(longest.contains(&0));
    assert_eq!(stuck, [(2, Ret::Value(Val(1)))]);
    assert!(history.to_string().ends_with("thread 1 [2, 3] Get { var: v0, fallback: None } -> Value(4)\n"));
}

#[test]
fn the_budget_is_kept() {
    let history = history(&[(T, Op::Enter { ctx: C }, Ret::Done, 0, 1), (T, Op::Exit { ctx: C }, Ret::Done, 2, 3)]);
    assert_eq!(linearize(&history, 1), Linearization::OutOfBudget { steps: 1 });
    assert_eq!(linearize(&history, 2), Linearization::Found(vec![0, 1]));
}

// ------------------------------------------------------------------------------------ what is settled is not searched

const NEVER: u64 = u64::MAX;

/// As [`history`], with this many threads.
fn crowd(threads: u16, operations: &[(ThreadId, Op, Ret, u64, u64)]) -> History {
    History { threads, ..history(operations) }
}

/// Refuted for this operation alone, in so many steps.
#[track_caller]
fn refuted_at(history: &History, operation: usize, budget: u64) {
    match linearize(history, budget) {
        Linearization::Refuted { stuck, .. } => assert!(stuck.iter().any(|&(i, _)| i == operation), "{stuck:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pending_operations_that_matter_to_nothing_are_not_searched() {
    let get = Op::Get { var: V, fallback: None };
    let set = Op::Set { var: V, value: Val(9), token: None };
    let copy = Op::CopyCurrent { ctx: CtxId(9) };
    for op in [get, set, Op::Lookup { ctx: C, var: V }, copy, Op::End] {
        let named = |n: u16| if op == copy { Op::CopyCurrent { ctx: CtxId(n.into()) } } else { op };
        let mut operations: Vec<_> = (1..=16).map(|n| (ThreadId(n), named(n + 9), Ret::Done, 0, NEVER)).collect();
        operations.push((ThreadId(17), Op::Len { ctx: C }, Ret::Count(5), 1, 2));
        refuted_at(&crowd(17, &operations), 16, 100);
        operations[16].2 = Ret::Count(1);
        assert!(matches!(linearize(&crowd(17, &operations), 100), Linearization::Found(_)), "{op:?}");
    }
}

#[test]
fn ends_of_threads_at_the_same_time_are_not_searched() {
    let mut operations: Vec<_> = (1..=14).map(|n| (ThreadId(n), Op::End, Ret::Done, 0, 9)).collect();
    operations.push((ThreadId(15), Op::Len { ctx: C }, Ret::Count(5), 1, 2));
    refuted_at(&crowd(15, &operations), 14, 100);
    operations[14].2 = Ret::Count(1);
    assert!(matches!(linearize(&crowd(15, &operations), 100), Linearization::Found(_)));
}

#[test]
fn ends_of_threads_that_are_inside_nothing_are_not_searched_beside_an_enter() {
    // The one that enters was refused, though nobody was inside.
    let refused = Ret::Err(Error::AlreadyEntered);
    let mut operations: Vec<_> = (1..=14).map(|n| (ThreadId(n), Op::End, Ret::Done, 0, 9)).collect();
    operations.push((ThreadId(15), Op::Enter { ctx: C }, refused, 1, 2));
    refuted_at(&crowd(15, &operations), 14, 100);
    operations[14].2 = Ret::Done;
    assert!(matches!(linearize(&crowd(15, &operations), 100), Linearization::Found(_)));
}

#[test]
fn groups_that_do_not_race_with_each_other_are_searched_one_by_one() {
    // Twelve threads copy a context that another writes, and have to be tried before and after; beside them two threads
    // enter a second context, and both are said to have succeeded.
    let mut operations: Vec<_> = (1..=12)
        .map(|n| (ThreadId(n), Op::Copy { from: C, to: CtxId(10 + u32::from(n)) }, Ret::Done, 10, 90))
        .collect();
    operations.push((ThreadId(13), Op::Enter { ctx: C }, Ret::Done, 0, 1));
    operations.push((ThreadId(13), Op::Set { var: V, value: Val(9), token: None }, Ret::Done, 11, 80));
    operations.push((ThreadId(14), Op::Enter { ctx: D }, Ret::Done, 12, 95));
    operations.push((ThreadId(15), Op::Enter { ctx: D }, Ret::Done, 12, 96));
    let mut history = crowd(15, &operations);
    refuted_at(&history, 15, 100);
    history.operations[15].ret = Ret::Err(Error::AlreadyEntered);
    assert!(matches!(linearize(&history, 100), Linearization::Found(_)));
}

#[test]
fn an_end_is_searched_where_it_matters() {
    // Whether U is refused depends on whether T is still inside.
    let run = |ret: Ret, at: u64| {
        explained(&history(&[
            (T, Op::Enter { ctx: C }, Ret::Done, 0, 1),
            (T, Op::End, Ret::Done, 2, 6),
            (U, Op::Enter { ctx: C }, ret, at, at + 1),
        ]))
    };
    let refused = Ret::Err(Error::AlreadyEntered);
    assert!(run(refused.clone(), 3) && run(Ret::Done, 3) && run(Ret::Done, 7) && !run(refused, 7));
}

#[test]
fn an_end_is_searched_beside_what_thread_0_does_with_the_handles_it_gets() {
    let copy = CtxId(9);
    let run = |ret: Ret, at: u64| {
        explained(&history(&[
            (T, Op::Copy { from: C, to: copy }, Ret::Done, 0, 1),
            (T, Op::End, Ret::Done, 2, 6),
            (ThreadId(0), Op::Enter { ctx: copy }, ret, at, at + 1),
        ]))
    };
    let refused = Ret::Err(Error::NoHandle);
    assert!(run(refused.clone(), 3) && run(Ret::Done, 3) && run(Ret::Done, 7) && !run(refused, 7));
}

#[test]
fn readers_of_a_context_that_is_written_are_not_searched() {
    // Seven threads read, 25 times each, while one writes 25 values; all at the same time but in their own order.
    let mut operations = vec![(T, Op::Enter { ctx: C }, Ret::Done, 0, 1)];
    for k in 0..25_u32 {
        let at = 2 + u64::from(k);
        operations.push((T, Op::Set { var: V, value: Val(2 + k), token: None }, Ret::Done, at, 1000));
        for reader in 2..=8 {
            let (op, ret) = match reader % 3 {
                0 => (Op::Lookup { ctx: C, var: V }, Ret::Value(Val(1 + k))),
                1 => (Op::Items { ctx: C }, Ret::Items(vec![(V, Val(1 + k))])),
                _ => (Op::Len { ctx: C }, Ret::Count(1)),
            };
            operations.push((ThreadId(reader), op, ret, at, 1000));
        }
    }
    let mut history = crowd(8, &operations);
    assert!(matches!(linearize(&history, 10_000), Linearization::Found(_)));
    let last = history.operations.len() - 2;
    history.operations[last].ret = Ret::Items(vec![(V, Val(1))]);
    refuted_at(&history, last, 100_000);
}

#[test]
fn a_response_before_its_invocation_is_no_history() {
    let mut history = history(&[(T, Op::Len { ctx: C }, Ret::Count(1), 5, 4)]);
    assert_eq!(linearize(&history, 99), Linearization::Malformed(history.operations[0].clone()));
    history.operations[0].responded = 5;
    assert!(explained(&history));
    history.init[1].invoked = 1;
    assert_eq!(linearize(&history, 99), Linearization::Malformed(history.init[1].clone()));
}
