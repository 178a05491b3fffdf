//! When a cell may say `ok`: something decided the property, nothing that was planned is missing, and no checker ran
//! out of budget. Everything else is `unknown`.

use contextvars_check::analysis::surprises::surprises;
use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::judge::Judge;
use contextvars_check::explore::sequential::Sequential;
use contextvars_check::explore::threads::Threads;
use contextvars_check::explore::{Engine, Explorer, Job};
use contextvars_check::harness::{SystemUnderTest, ThreadRunner, lockstep};
use contextvars_check::outcome::{LedgerReport, Outcome};
use contextvars_check::properties::{Judgement, Property, check};
use contextvars_check::scenario::Scenario;
use contextvars_check::suite::{self, DesignReport, Expect};
use contextvars_check::verdict::{Findings, NOTHING_DECIDES, Tally, Verdict};
use contextvars_check_faults as bugs;
use contextvars_model::Op::{CopyCurrent, Enter, Get, Items, Iterate, NewContext, NewVar, Next, Set};
use contextvars_model::Ret::{self, Done, Item};
use contextvars_model::history::{History, Operation};
use contextvars_model::linearize::{Linearization, linearize};
use contextvars_model::{CtxId, IterId, Op, Specs, ThreadId, UserCode, Val, ValueSpec, VarId};
use std::sync::Arc;

fn outcome(init: Vec<(Op, Ret)>, operations: Vec<Operation>) -> Outcome {
    let at = |(index, (op, ret)): (usize, (Op, Ret))| {
        let (invoked, responded) = (10 * index as u64, 10 * index as u64 + 5);
        Operation { thread: ThreadId(0), op, ret, invoked, responded }
    };
    let init = init.into_iter().enumerate().map(at).collect();
    let history = History { threads: 20, init, operations, ..History::default() };
    Outcome { history, seen: Vec::new(), unexpected: Vec::new(), ledger: LedgerReport::default() }
}

/// Makes so many variables and binds each in the implicit context of thread 0.
fn bound(count: u16) -> Vec<(Op, Ret)> {
    let make = |var| (NewVar { var: VarId(var), default: None }, Done);
    let set = |var| (Set { var: VarId(var), value: Val(u32::from(var)), token: None }, Done);
    (0..count).map(make).chain((0..count).map(set)).collect()
}

/// Seventeen threads advance one iterator of sixteen bindings at once, and one binding is delivered twice: every order
/// of the others has to be tried before that is certain.
fn long_to_refute() -> Outcome {
    let (ctx, iter) = (CtxId(0), IterId(0));
    let mut init = bound(16);
    init.push((CopyCurrent { ctx }, Done));
    init.push((Iterate { ctx, iter }, Done));
    let next = |thread: u16| {
        let var = (thread - 1) % 16;
        let ret = Item(Some((VarId(var), Val(u32::from(var)))));
        Operation { thread: ThreadId(thread), op: Next { iter }, ret, invoked: 1_000, responded: 2_000 }
    };
    outcome(init, (1..=17).map(next).collect())
}

/// A copy that is made while another thread, inside its source, changes it more often than candidates are followed.
fn many_candidates() -> Outcome {
    let (source, copy, var) = (CtxId(0), CtxId(1), VarId(0));
    let init = vec![(NewVar { var, default: None }, Done), (NewContext { ctx: source }, Done)];
    let at = |thread, op, ret, invoked, responded| Operation { thread: ThreadId(thread), op, ret, invoked, responded };
    let mut operations = vec![
        at(1, Enter { ctx: source }, Done, 100, 101),
        at(2, Op::Copy { from: source, to: copy }, Done, 102, 1_000),
    ];
    operations.extend(
        (0..80).map(|n| {
            at(1, Set { var, value: Val(n), token: None }, Done, 103 + 2 * u64::from(n), 104 + 2 * u64::from(n))
        }),
    );
    operations.push(at(2, Items { ctx: copy }, Ret::Items(vec![(var, Val(40))]), 2_000, 2_001));
    operations.push(at(2, Enter { ctx: copy }, Done, 2_002, 2_003));
    operations.push(at(2, Get { var, fallback: None }, Ret::Value(Val(40)), 2_004, 2_005));
    outcome(init, operations)
}

fn report(findings: Findings) -> DesignReport {
    DesignReport { entry: designs::find(DESIGNS, "per-thread").expect("it is listed"), findings: vec![findings] }
}

fn why(report: &DesignReport, property: Property) -> String {
    match report.verdict(property) {
        Verdict::Unknown(_, why) => why,
        verdict => panic!("{property} is not unknown: {verdict:?}"),
    }
}

/// What an engine has found that judged this outcome once.
fn judged(properties: &[Property], outcome: &Outcome) -> Findings {
    let mut judge = Judge::new(properties.iter().copied());
    assert!(judge.judge(outcome).is_empty(), "nothing is refuted");
    let mut findings = Findings::new(Engine::Shuttle);
    (findings.covered.executions, findings.tallies) = (1, judge.tallies());
    findings
}

#[test]
fn a_search_that_runs_out_of_budget_makes_its_property_unknown_and_no_other() {
    let report = report(judged(&[Property::Lin1, Property::Entry1], &long_to_refute()));
    assert!(why(&report, Property::Lin1).contains("more than its budget"));
    assert!(matches!(report.verdict(Property::Entry1), Verdict::Ok(covered) if covered.executions == 1));
    let surprises = surprises(&report, &[Property::Lin1, Property::Entry1], Expect::WhatItCan, true);
    assert!(surprises.len() == 1 && surprises[0].properties == [Property::Lin1], "{surprises:?}");
}

#[test]
fn a_search_that_could_only_find_an_order_leaves_the_property_open_when_it_is_cut() {
    // User code runs inside the end of thread 18: that there is no order says nothing.
    let mut outcome = long_to_refute();
    let at = |op, invoked, responded| Operation { thread: ThreadId(18), op, ret: Done, invoked, responded };
    outcome.history.operations.extend([at(Op::End, 1_000, 2_000), at(CopyCurrent { ctx: CtxId(9) }, 1_500, 1_600)]);
    let judgement = check(Property::Lin1, &outcome);
    assert!(matches!(judgement, Judgement::Inconclusive(why) if why.contains("not one moment")), "{judgement:?}");
}

#[test]
fn an_order_of_the_weaker_history_answers_though_the_search_of_the_recorded_one_was_cut() {
    // `one` and `other` are equal at no moment, each only to what the other is at another moment. Before that is
    // certain, sixteen threads that copy `one` have to be tried before and after each change of it.
    let (one, other, var) = (CtxId(1), CtxId(2), VarId(0));
    let init = [NewVar { var, default: None }, NewContext { ctx: one }, NewContext { ctx: other }];
    let at = |thread, op, ret, invoked, responded| Operation { thread: ThreadId(thread), op, ret, invoked, responded };
    let set = |value| Set { var, value: Val(value), token: None };
    let copy = |thread| Op::Copy { from: one, to: CtxId(10 + u32::from(thread)) };
    let mut operations: Vec<_> = (1..=16).map(|thread| at(thread, copy(thread), Done, 1_000, 2_000)).collect();
    operations.extend([
        at(17, Enter { ctx: one }, Done, 1_001, 1_002),
        at(18, Enter { ctx: other }, Done, 1_003, 1_004),
        at(17, set(7), Done, 1_005, 1_006),
        at(19, Op::Equal { left: one, right: other }, Ret::Bool(true), 1_007, 1_020),
        at(17, set(8), Done, 1_010, 1_011),
        at(18, set(7), Done, 1_012, 1_013),
    ]);
    let outcome = outcome(init.map(|op| (op, Done)).to_vec(), operations);
    assert!(matches!(linearize(&outcome.history, 100_000), Linearization::OutOfBudget { .. }));
    assert!(matches!(check(Property::Lin1, &outcome), Judgement::Holds));
}

#[test]
fn more_candidates_than_are_followed_make_a_property_unknown() {
    let outcome = many_candidates();
    for property in [Property::Snap1, Property::Fresh1] {
        let judgement = check(property, &outcome);
        assert!(matches!(judgement, Judgement::OutOfBudget(_)), "{property}: {judgement:?}");
        assert!(why(&report(judged(&[property], &outcome)), property).contains("more than its budget"));
    }
}

/// What the sequential engine finds of a fault that parts from the model at its second reset, if it has one; what comes
/// after that is left out.
fn parted(last: &str) -> Findings {
    let text =
        format!("scenario s\ninit\n  var x\n  var y\nthread\n  set x 1 -> t0\n  reset x t0\n{last}  get x or 2\n");
    let scenarios = suite::only(Scenario::parse(&text).expect("it is a scenario"));
    let entry = designs::find(bugs::known(), "token-used-checked-last").expect("it is in the catalogue");
    let properties = [Property::Fresh1, Property::Lin1, Property::Prog2, Property::Api1];
    let (subject, budget) = (entry.subject, Budget::seconds(0.1));
    Sequential.explore(&Job { subject, scenarios: &scenarios, properties: &properties, budget, seed: 1 })
}

#[test]
fn an_execution_that_is_cut_where_it_parts_from_the_model_decides_nothing() {
    let cut = parted("  reset y t0\n");
    assert!(matches!(cut.verdict(Property::Api1), Verdict::Violation(_)));
    for property in [Property::Fresh1, Property::Prog2] {
        assert_eq!(cut.deciding(property).executions, 0, "{property}");
        let text = why(&report(cut.clone()), property);
        assert!(text.starts_with(NOTHING_DECIDES) && text.contains("parts from the model"), "{property}: {text}");
    }
    let whole = parted("");
    assert!([Property::Fresh1, Property::Prog2, Property::Api1].iter().all(|&p| whole.deciding(p).executions > 0));
}

#[test]
fn what_no_execution_decides_is_unknown() {
    let mut outcome = outcome(bound(1), Vec::new());
    let code = UserCode { ops: vec![Get { var: VarId(0), fallback: None }], panics: false };
    let hook = ValueSpec { on_drop: code, ..ValueSpec::default() };
    let specs = Specs { values: [(Val(7), hook)].into_iter().collect(), ..Specs::default() };
    outcome.history.specs = Arc::new(specs);
    assert!(matches!(check(Property::Iso2, &outcome), Judgement::Inconclusive(_)));
    let properties = [Property::Iso2, Property::Tok1];
    let report = report(judged(&properties, &outcome));
    let text = why(&report, Property::Iso2);
    assert!(text.starts_with(NOTHING_DECIDES) && text.len() > NOTHING_DECIDES.len() + 10, "{text}");
    assert!(matches!(report.verdict(Property::Tok1), Verdict::Ok(_)));
    // One scenario need not decide everything; a run that was to decide it has to.
    assert_eq!(surprises(&report, &properties, Expect::WhatItCan, true), []);
    assert_eq!(surprises(&report, &properties, Expect::Decided, true).len(), 1);
    // Nothing at all is no result.
    assert_eq!(surprises(&report, &[Property::Iso2], Expect::WhatItCan, true).len(), 1);
}

#[test]
fn an_execution_counts_for_the_properties_alone_that_it_decides() {
    let mut judge = Judge::new([Property::Snap1, Property::Entry1]);
    let (many, short) = (many_candidates(), outcome(bound(1), Vec::new()));
    for outcome in [&short, &many, &short, &many, &short] {
        judge.judge(outcome);
    }
    assert_eq!(judge.distinct(), 2);
    let snap = Tally { decided: 3, out_of_budget: 1, ..Tally::of(Property::Snap1) };
    assert_eq!(judge.tallies(), [snap, Tally { decided: 5, ..Tally::of(Property::Entry1) }]);
}

/// A design that panics as soon as it is run in lockstep.
struct Panics;

impl SystemUnderTest for Panics {
    fn run(&self, _: &Arc<Scenario>, _: Arc<dyn ThreadRunner>) -> Outcome {
        panic!("not implemented on threads")
    }
    fn in_lockstep(&self, _: &Arc<Scenario>, _: &mut dyn FnMut(&[ThreadId]) -> ThreadId) -> lockstep::LockstepRun {
        panic!("index out of bounds")
    }
}

#[test]
fn prog_2_a_panic_in_lockstep_or_in_a_thread_is_a_violation_and_decides_nothing_else() {
    let scenario = Scenario::parse("scenario s\nthread\n  var x\nthread\n  context c\n").expect("it is one");
    let scenarios = suite::only(scenario);
    for explorer in [&Sequential as &dyn Explorer, &Threads] {
        let explore = |properties: &[Property]| {
            let budget = Budget::seconds(0.01);
            explorer.explore(&Job { subject: &Panics, scenarios: &scenarios, properties, budget, seed: 1 })
        };
        let findings = explore(&[Property::Prog2, Property::Iso1]);
        let Verdict::Violation(evidence) = findings.verdict(Property::Prog2) else { panic!("the panic was missed") };
        assert!(
            evidence.violation.sentence.contains("did not terminate (deadlock, livelock or panic): "),
            "{}",
            evidence.violation.sentence
        );
        let alone = explore(&[Property::Iso1]);
        assert!(matches!(alone.verdict(Property::Iso1), Verdict::Unknown(covered, _) if covered.executions == 0));
    }
}

/// This program does not install the allocator of the suite.
#[test]
fn where_the_allocator_cannot_read_the_engine_says_that_it_did_not_run_the_scenario() {
    let text = "scenario s\nallocator reads\nthread\n  var x\nthread\n  context c\n";
    let scenarios = suite::only(Scenario::parse(text).expect("it is one"));
    let subject = designs::find(DESIGNS, "uncached").expect("it is listed").subject;
    let (properties, budget) = (&[Property::Api1][..], Budget::seconds(0.01));
    let findings = Sequential.explore(&Job { subject, scenarios: &scenarios, properties, budget, seed: 1 });
    let Verdict::Unknown(covered, why) = findings.verdict(Property::Api1) else { panic!("{findings:?}") };
    assert_eq!(covered.executions, 0);
    assert!(why.contains("1 scenarios in which the allocator reads were not run"), "{why}");
    let scenario = Arc::clone(scenarios.concurrent().next().expect("it has parallel threads"));
    let run = || subject.in_lockstep(&scenario, &mut |able| able[0]).operations;
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
}

#[test]
fn a_budget_is_shown_as_it_is_read() {
    for text in ["5s", "90s", "1.5s", "1ns", "250ms", "1us 5ns"] {
        let budget: Budget = text.parse().expect("it is one");
        assert_eq!(budget.to_string().parse(), Ok(budget), "{text}");
    }
    let shown = |text: &str| text.parse::<Budget>().expect("it is one").to_string();
    assert_eq!([shown("1ns"), shown("250ms"), shown("2m")], ["1ns", "250ms", "120s"]);
}
