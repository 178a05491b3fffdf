//! The checkers, checked: no false alarm on sound histories, an alarm on broken ones, each at its own property.

#[path = "checkers/random.rs"]
mod random;
#[path = "checkers/told.rs"]
mod told;

use contextvars_check::outcome::{Outcome, Unexpected};
use contextvars_check::properties::{Judgement, Property, check};
use contextvars_model::Error::*;
use contextvars_model::Op::*;
use contextvars_model::Ret::{Bool, Count, Done, Err as Fails, Item, Items, Old};
use contextvars_model::history::{History, Operation};
use contextvars_model::{CtxId, Op, Ret, ThreadId, Val};
use random::{Random, history, mutate, outcome};
use told::*;

fn refuted(judgement: &Judgement) -> Option<&str> {
    match judgement {
        Judgement::Refuted(violation) => Some(&violation.sentence),
        _ => None,
    }
}

/// The properties that a history decides.
const ALL: [Property; 8] = [
    Property::Iso1,
    Property::Fresh1,
    Property::Snap1,
    Property::Snap2,
    Property::Entry1,
    Property::Tok1,
    Property::Api1,
    Property::Lin1,
];

#[test]
fn no_checker_alarms_on_sound_histories() {
    const HISTORIES: u64 = 20_000;
    let mut inconclusive = [0; ALL.len()];
    for seed in 0..HISTORIES {
        let outcome = outcome(history(seed));
        for (property, inconclusive) in ALL.into_iter().zip(&mut inconclusive) {
            let judgement = check(property, &outcome);
            let sentence = refuted(&judgement);
            assert!(sentence.is_none(), "seed {seed}, {property}: {sentence:?}\n{}", outcome.history);
            *inconclusive += u64::from(matches!(judgement, Judgement::Inconclusive(_)));
        }
    }
    println!(
        "of {HISTORIES} histories inconclusive: {:?}",
        ALL.map(Property::id).iter().zip(inconclusive).collect::<Vec<_>>()
    );
    for (property, inconclusive) in ALL.into_iter().zip(inconclusive) {
        assert!(inconclusive * 10 < HISTORIES, "{property} judged too few: {inconclusive} of {HISTORIES} not");
    }
}

#[test]
fn lin_1_and_the_direct_checkers_agree_on_mutants() {
    let (mut random, mut mutants, mut found, mut missed) = (Random(1), 0, 0, 0);
    let mut caught = [0; ALL.len()];
    let mut only_lin = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..20_000 {
        let Some((mutant, index)) = mutate(&history(seed), &mut random) else { continue };
        mutants += 1;
        let outcome = outcome(mutant);
        let judgements = ALL.map(|property| check(property, &outcome));
        let explained = matches!(judgements.last(), Some(Judgement::Holds));
        found += u64::from(!explained);
        let mut any = false;
        for ((property, judgement), caught) in ALL.iter().zip(&judgements).zip(&mut caught) {
            let sentence = refuted(judgement);
            let alarm = sentence.filter(|_| explained);
            assert!(alarm.is_none(), "seed {seed}, {property}: {alarm:?}\n{}", outcome.history);
            *caught += u64::from(sentence.is_some());
            any |= sentence.is_some() && *property != Property::Lin1;
        }
        if !explained && !any {
            missed += 1;
            let op = format!("{:?}", outcome.history.operations[index].op);
            *only_lin.entry(op.split(' ').next().unwrap_or("").to_string()).or_default() += 1;
        }
    }
    println!("{mutants} mutants, {found} found: {:?}", ALL.map(Property::id).iter().zip(caught).collect::<Vec<_>>());
    println!("{missed} by LIN-1 alone, by the operation changed: {only_lin:?}");
    assert!(missed * 5 < found, "the direct checkers miss {missed} of {found}");
}

/// The properties that are reported broken, in the order of [`ALL`]; the sentence of `property` contains `words`.
fn reported(outcome: &Outcome, property: Property, words: &str) -> Vec<Property> {
    let judgement = check(property, outcome);
    let sentence = refuted(&judgement).unwrap_or("nothing");
    println!("{property}: {sentence}");
    assert!(sentence.contains(words), "{property} reports: {sentence}");
    ALL.into_iter().filter(|&property| refuted(&check(property, outcome)).is_some()).collect()
}

#[track_caller]
fn only(property: Property, words: &str, history: History) {
    let expected = if property == Property::Lin1 { vec![property] } else { vec![property, Property::Lin1] };
    assert_eq!(reported(&outcome(history), property, words), expected);
}

#[track_caller]
fn sound(history: History) {
    let outcome = outcome(history);
    for property in ALL {
        assert!(matches!(check(property, &outcome), Judgement::Holds), "{property}: {:?}", check(property, &outcome));
    }
}

#[test]
fn iso_1_reports_a_value_of_another_context() {
    let words = "thread 1 read 20 from v0 in c0 although only thread 2 ever bound 20, in c1";
    let [enter0, enter1] = [Enter { ctx: C0 }, Enter { ctx: C1 }];
    only(
        Property::Iso1,
        words,
        told([(1, enter0, Done), (2, enter1, Done), (2, set(V0, 20), Done), (1, get(V0), val(20))]),
    );
    only(Property::Iso1, "another variable", told([(1, set(V0, 20), Done), (1, get(V1), val(20))]));
    only(Property::Iso1, "in no context", told([(2, set(V0, 20), Done), (1, get(V0), val(20))]));
    let copied_before = told([
        (1, CopyCurrent { ctx: C2 }, Done),
        (1, set(V0, 20), Done),
        (2, Enter { ctx: C2 }, Done),
        (2, get(V0), val(20)),
    ]);
    only(Property::Iso1, "only thread 1 ever bound 20", copied_before);
}

#[test]
fn fresh_1_reports_a_stale_value() {
    let words = "thread 1 read the stale value 10 from v0";
    only(Property::Fresh1, words, told([(1, set(V0, 10), Done), (1, set(V0, 11), Done), (1, get(V0), val(10))]));
    only(Property::Fresh1, "the latest binding is 10", told([(1, set(V0, 10), Done), (1, get(V0), Fails(Unbound))]));
    only(Property::Fresh1, "9 from v1", told([(1, set(V1, 10), Done), (1, get(V1), val(9))]));
    let after_reset = [(1, set_with(V0, 10, T0), Done), (1, Reset { var: V0, token: T0 }, Done), (1, get(V0), val(10))];
    only(Property::Fresh1, "the latest binding is none (reset by thread 1)", told(after_reset));
}

#[test]
fn fresh_1_narrows_the_candidates_of_a_copy() {
    let racing = |first: u32, second: Ret| {
        let lines = [
            (1, Enter { ctx: C0 }, Done),
            (2, Copy { from: C0, to: C2 }, Done),
            (1, set(V0, 10), Done),
            (1, set(V1, 11), Done),
            (2, Enter { ctx: C2 }, Done),
            (2, get(V1), val(first)),
            (2, get(V0), second),
        ];
        until(told(lines), 1, 3)
    };
    sound(racing(9, val(10)));
    sound(racing(9, Fails(Unbound)));
    sound(racing(11, val(10)));
    only(Property::Fresh1, "thread 2 read error unbound from v0", racing(11, Fails(Unbound)));
}

#[test]
fn snap_1_reports_a_copy_that_changes() {
    let held = Op::Items { ctx: C2 };
    let (before, after) = (Items(vec![(V0, Val(10))]), Items(vec![(V0, Val(11))]));
    let copied = |seen: Ret| {
        told([(1, set(V0, 10), Done), (1, CopyCurrent { ctx: C2 }, Done), (1, set(V0, 11), Done), (1, held, seen)])
    };
    sound(copied(before));
    only(Property::Snap1, "thread 1 got {v0: 11} for `items c2`", copied(after));
    only(Property::Snap1, "it holds {}", told([(1, CopyCurrent { ctx: C2 }, Done), (1, Len { ctx: C2 }, Count(1))]));
}

#[test]
fn snap_1_reports_iterators_that_repeat_or_invent() {
    let (zero, one) = (Item(Some((V0, Val(10)))), Item(Some((V1, Val(11)))));
    let shared = |second: Ret, third: Ret| {
        let next = Next { iter: I0 };
        told([
            (1, set(V0, 10), Done),
            (1, set(V1, 11), Done),
            (1, CopyCurrent { ctx: C2 }, Done),
            (1, Iterate { ctx: C2, iter: I0 }, Done),
            (1, Give { handle: contextvars_model::Handle::Iter(I0), to: ThreadId(2) }, Done),
            (1, next, zero.clone()),
            (2, next, second),
            (1, next, third),
        ])
    };
    sound(shared(one.clone(), Item(None)));
    only(Property::Snap1, "i0 delivered v0 twice: to thread 2 and to thread 1", shared(zero.clone(), Item(None)));
    only(Property::Snap1, "i0 delivered {v0: 10} although", shared(Item(None), Item(None)));
    only(Property::Snap1, "after thread 2 had seen its end", shared(Item(None), one));
    only(Property::Snap1, "thread 2 got v1: 12 from i0", shared(Item(Some((V1, Val(12)))), Item(None)));
}

/// Thread 1 sets v0, then v1 in c0, while thread 2 does something.
fn while_written(op: Op, seen: Ret) -> History {
    let lines = [(1, Enter { ctx: C0 }, Done), (2, op, seen), (1, set(V0, 10), Done), (1, set(V1, 11), Done)];
    until(told(lines), 1, 3)
}

#[test]
fn snap_2_reports_mixtures_and_steps_back() {
    let items = Op::Items { ctx: C0 };
    sound(while_written(items, Items(vec![(V0, Val(10))])));
    only(Property::Snap2, "what no version of c0 ever was", while_written(items, Items(vec![(V1, Val(11))])));
    let twice = |first: usize, second: usize| {
        let lines = [
            (1, Enter { ctx: C0 }, Done),
            (1, set(V0, 10), Done),
            (2, Len { ctx: C0 }, Count(first)),
            (2, Len { ctx: C0 }, Count(second)),
            (1, Exit { ctx: C0 }, Done),
        ];
        until(told(lines), 1, 4)
    };
    let before_exit = |mut history: History| {
        history.operations[1].responded = history.operations[4].invoked - 1;
        history
    };
    sound(before_exit(twice(0, 1)));
    only(Property::Snap2, "older than the one it had seen before", before_exit(twice(1, 0)));
    let stale =
        told([(1, Enter { ctx: C0 }, Done), (1, set(V0, 10), Done), (2, Contains { ctx: C0, var: V0 }, Bool(false))]);
    only(Property::Snap2, "that had been replaced before", stale);
}

#[test]
fn snap_2_sees_a_mixture_through_a_copy() {
    let mut history = while_written(Copy { from: C0, to: C2 }, Done);
    let look = Operation {
        thread: ThreadId(2),
        op: Lookup { ctx: C2, var: V0 },
        ret: Fails(NotInContext),
        invoked: 50,
        responded: 51,
    };
    history.operations.push(look.clone());
    history.operations.push(Operation { op: Len { ctx: C2 }, ret: Count(1), invoked: 52, responded: 53, ..look });
    let reported = reported(&outcome(history), Property::Snap2, "thread 2 copied c0");
    assert_eq!(reported, [Property::Snap1, Property::Snap2, Property::Lin1]);
}

#[test]
fn entry_1_reports_two_threads_inside_and_refusals_without_reason() {
    let enter = Enter { ctx: C0 };
    only(Property::Entry1, "thread 2 entered c0 while thread 1 was", told([(1, enter, Done), (2, enter, Done)]));
    only(Property::Entry1, "it was inside it already", told([(1, enter, Done), (1, enter, Done)]));
    only(Property::Entry1, "although nobody was inside it", told([(1, enter, Fails(AlreadyEntered))]));
    let (exit, refused) = (Exit { ctx: C0 }, Fails(AlreadyEntered));
    only(
        Property::Entry1,
        "thread 2 could not",
        told([(1, enter, Done), (1, exit, Done), (2, enter, refused.clone())]),
    );
    sound(until(told([(2, enter, refused), (1, enter, Done)]), 0, 1));
}

#[test]
fn tok_1_reports_tokens_accepted_twice_or_elsewhere() {
    let (made, reset) = ((1, set_with(V0, 10, T0), Done), Reset { var: V0, token: T0 });
    only(Property::Tok1, "t0 was accepted twice", told([made.clone(), (1, reset, Done), (1, reset, Done)]));
    let other = Reset { var: V1, token: T0 };
    only(Property::Tok1, "which belongs to v0", told([made.clone(), (1, other, Done)]));
    only(Property::Tok1, "in c0, reset v0 by t0", told([made.clone(), (1, Enter { ctx: C0 }, Done), (1, reset, Done)]));
    only(Property::Tok1, "no reset had succeeded", told([made, (1, reset, Fails(TokenUsed))]));
}

#[test]
fn api_1_reports_wrong_errors_and_wrong_order() {
    let (made, other) = ((1, set_with(V0, 10, T0), Done), Reset { var: V1, token: T0 });
    let used = [made.clone(), (1, Reset { var: V0, token: T0 }, Done), (1, other, Fails(OtherVariable))];
    only(Property::Api1, "the error is `token-used`", told(used));
    let both = [made.clone(), (1, Enter { ctx: C0 }, Done), (1, other, Fails(OtherContext))];
    only(Property::Api1, "the error is `other-variable`", told(both));
    let exit = Exit { ctx: C0 };
    only(Property::Api1, "`not-entered`", told([(1, exit, Fails(NotCurrent))]));
    only(Property::Api1, "thread 1 is inside c0", told([(1, Enter { ctx: C0 }, Done), (2, exit, Fails(NotEntered))]));
    only(Property::Api1, "its set replaced none", told([made, (1, TokenOld { token: T0 }, Old(Some(Val(10))))]));
    only(Property::Api1, "the handle is held", told([(1, Enter { ctx: C0 }, Fails(NoHandle))]));
    let mut stated = outcome(told([(1, get(V1), val(9))]));
    stated.unexpected.push(Unexpected { in_init: false, operation: 0, expected: Fails(Unbound) });
    assert_eq!(
        reported(&stated, Property::Api1, "thread 1 got 9 for `get v1` where the scenario states error unbound"),
        [Property::Api1]
    );
}

#[test]
fn lin_1_reports_what_only_an_order_can_show() {
    let enter = |ctx: CtxId| (1, Enter { ctx }, Done);
    let equal = Equal { left: C0, right: C1 };
    only(Property::Lin1, "`equal c0 c1`", told([(1, equal, Bool(false))]));
    // Each of two readers sees a different write first: each read alone is of a possible version.
    let lines = [enter(C0), (1, set(V0, 10), Done), (2, Len { ctx: C0 }, Count(1)), (3, Len { ctx: C0 }, Count(0))];
    let mut history = told(lines);
    history.operations[1].responded = 99;
    only(Property::Lin1, "thread 3 got 0 for `len c0` where the model answers 1", history);
}

#[test]
fn lin_1_asks_of_equality_ends_and_refusals_no_more_than_they_promise() {
    // The first operand is pinned while c0 is empty, the second when c1 is; at no moment are both.
    let lines = [
        (2, Enter { ctx: C1 }, Done),
        (2, set_with(V0, 20, T0), Done),
        (1, Enter { ctx: C0 }, Done),
        (3, Equal { left: C0, right: C1 }, Bool(true)),
        (1, set(V0, 10), Done),
        (2, Reset { var: V0, token: T0 }, Done),
    ];
    sound(until(told(lines), 3, 5));
    // A thread that ends leaves its inner context first.
    let lines = [
        (1, Enter { ctx: C0 }, Done),
        (1, Enter { ctx: C1 }, Done),
        (1, End, Done),
        (2, Enter { ctx: C1 }, Done),
        (2, Enter { ctx: C0 }, Fails(AlreadyEntered)),
    ];
    sound(until(told(lines), 2, 4));
    // A token is used, and refused elsewhere, before what it replaced is restored.
    let lines = [
        (1, Enter { ctx: C0 }, Done),
        (1, set_with(V0, 10, T0), Done),
        (1, Give { handle: contextvars_model::Handle::Tok(T0), to: ThreadId(2) }, Done),
        (1, Reset { var: V0, token: T0 }, Done),
        (2, Reset { var: V0, token: T0 }, Fails(TokenUsed)),
        (2, Len { ctx: C0 }, Count(1)),
    ];
    sound(until(told(lines), 3, 5));
}

#[test]
fn lin_1_ends_operations_where_user_code_or_a_thread_begins() {
    // Were the start of thread 2 still to take effect, the copy would lie on top of c0.
    let lines = [
        (1, Spawn { thread: ThreadId(2), inherit: true }, Done),
        (2, Enter { ctx: C0 }, Done),
        (2, Exit { ctx: C0 }, Fails(NotCurrent)),
    ];
    only(Property::Api1, "although c0 is its current context", until(told(lines), 0, 2));
    // User code of the enter runs inside c0, so thread 2 cannot enter it from then on.
    let lines = [(1, Enter { ctx: C0 }, Done), (1, get(V1), val(9)), (2, Enter { ctx: C0 }, Done), (2, End, Done)];
    only(Property::Entry1, "thread 2 entered c0 while thread 1", until(told(lines), 0, 3));
}

#[test]
fn mem_1_reports_leaks_and_late_reads() {
    let mut leaking = outcome(told([]));
    assert!(matches!(check(Property::Mem1, &leaking), Judgement::Holds));
    leaking.ledger.leaked = vec![Val(7), Val(8)];
    assert!(reported(&leaking, Property::Mem1, "value 7 and 1 more were never dropped").is_empty());
    leaking.ledger.reached_after_drop = vec![(Val(5), ThreadId(2))];
    assert!(reported(&leaking, Property::Mem1, "thread 2 reached value 5 after").is_empty());
}

/// Prints what each checker costs: `cargo test --release --test checkers -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_of_each_checker() {
    let outcomes: Vec<Outcome> = (0..20_000).map(|seed| outcome(history(seed))).collect();
    let operations: usize = outcomes.iter().map(|o| o.history.init.len() + o.history.operations.len()).sum();
    println!("{} operations in a history", operations / outcomes.len());
    for property in ALL {
        let start = std::time::Instant::now();
        let held = outcomes.iter().filter(|outcome| matches!(check(property, outcome), Judgement::Holds)).count();
        let each = start.elapsed().as_secs_f64() * 1e6 / outcomes.len() as f64;
        println!("{property}: {each:.2} µs ({held} hold)");
    }
}
