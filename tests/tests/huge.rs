//! One execution may be longer than the time there is: it is cut from inside, and its cost grows with its length and
//! not with the square of that.

use contextvars_check::budget::Budget;
use contextvars_check::deadline::Deadline;
use contextvars_check::designs::DESIGNS;
use contextvars_check::explore::judge::Judge;
use contextvars_check::harness::SystemUnderTest;
use contextvars_check::limit;
use contextvars_check::properties::{self, Property};
use contextvars_check::scenario::Scenario;
use std::sync::Arc;

fn uncached() -> &'static dyn SystemUnderTest {
    DESIGNS.iter().find(|entry| entry.name == "uncached").expect("it is one of them").subject
}

/// So many threads that write two variables and read them, so many steps each.
fn scenario(threads: usize, steps: usize) -> Arc<Scenario> {
    let body = "  set x 1\n  get x\n  set y 2\n  get y\n".repeat(steps / 4);
    let threads = format!("thread\n{body}").repeat(threads);
    let text = format!("scenario huge\ninit\n  var x\n  var y\n{threads}");
    Arc::new(Scenario::parse(&text).expect("it is a scenario"))
}

/// Units of work that judging one run of the scenario takes.
fn judging(scenario: &Arc<Scenario>) -> u64 {
    let report = uncached().in_lockstep(scenario, &mut |able| able[0]);
    assert!(report.mismatch.is_none() && !report.cut);
    let before = limit::spent();
    for property in Property::ALL.into_iter().filter(|&p| p != Property::Lin1 && p != Property::Iso2) {
        properties::check(property, &report.outcome);
    }
    limit::spent() - before
}

#[test]
fn twice_the_operations_take_about_twice_the_work_to_judge() {
    let (short, long) = (judging(&scenario(1, 400)), judging(&scenario(1, 800)));
    assert!(short > 0 && long < 3 * short, "{short} units, then {long}");
    let (few, many) = (judging(&scenario(4, 40)), judging(&scenario(4, 80)));
    assert!(few > 0 && many < 3 * few, "{few} units, then {many}");
}

#[test]
fn a_run_in_lockstep_is_cut_and_decides_nothing() {
    let scenario = scenario(2, 4_000);
    let whole = uncached().in_lockstep(&scenario, &mut |able| able[0]);
    assert!(!whole.cut && whole.operations > 8_000);
    let _limit = limit::until(Deadline::after(0.0));
    let cut = uncached().in_lockstep(&scenario, &mut |able| able[0]);
    assert!(cut.cut && cut.mismatch.is_none() && cut.operations < 10, "{} operations", cut.operations);
}

#[test]
fn a_judge_that_is_out_of_time_decides_nothing() {
    let outcome = uncached().in_lockstep(&scenario(1, 8_000), &mut |able| able[0]).outcome;
    let decided = |deadline| {
        let _limit = limit::until(deadline);
        let mut judge = Judge::new([Property::Iso1]);
        assert!(judge.judge(&outcome).is_empty());
        let [tally] = judge.tallies()[..] else { panic!("one property, one tally") };
        (tally.decided, tally.out_of_budget)
    };
    assert_eq!(decided(Budget::seconds(600.0).deadline()), (1, 0));
    assert_eq!(decided(Deadline::after(0.0)), (0, 1));
}
