//! Failures of every engine become small counterexamples that can be shown again.

use contextvars_check::allocator::Calling;
use contextvars_check::budget::Budget;
use contextvars_check::counterexample::reproduction::Reproduction;
use contextvars_check::counterexample::token::Token;
use contextvars_check::counterexample::{Counterexample, End, explain, find};
use contextvars_check::designs::{self, DESIGNS, DesignEntry};
use contextvars_check::explore::Engine;
use contextvars_check::generate::{self, Profile, Seeded};
use contextvars_check::properties::Property;
use contextvars_check::scenario::{Scenario, library};
use contextvars_check::suite::{self, Expect, Plan};
use contextvars_check::verdict::Evidence;
use contextvars_check_faults::BUGS;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// A failure as it was found, and what became of it, with the time that took.
struct Case {
    evidence: Evidence,
    counterexample: Counterexample,
    time: Duration,
}

/// Every failure of every faulty design, one for each property that it is known to refute and engine that found it.
static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let faulty: Vec<_> = DESIGNS.iter().chain(BUGS).filter(|entry| !entry.is_sound()).collect();
    // The other tests of this file wait for this, so both processors are free for it.
    std::thread::scope(|scope| {
        let every_second = |from: usize| -> Vec<_> { faulty.iter().skip(from).step_by(2).copied().collect() };
        let half = |from| scope.spawn(move || every_second(from).into_iter().flat_map(cases).collect::<Vec<_>>());
        let halves = [0, 1].map(half);
        halves.into_iter().flat_map(|half| half.join().expect("every failure is explained")).collect()
    })
});

/// The failures of one design.
fn cases(entry: &'static DesignEntry) -> Vec<Case> {
    // Nothing but what it refutes: then an engine is done when it has found that.
    let plan = Plan {
        entries: vec![entry],
        properties: entry.refutes.to_vec(),
        engines: vec![Engine::Sequential, Engine::Shuttle, Engine::Loom],
        budget: Budget::seconds(0.4),
        seed: 1,
        scenarios: suite::shipped(),
        expect: Expect::Decided,
    };
    let reports = suite::run(&plan, &|_, _, _, _| {});
    let violations = reports.iter().flat_map(|report| &report.findings).flat_map(|findings| &findings.violations);
    let explained = violations.map(|evidence| {
        let begun = Instant::now();
        let counterexample = explain(entry, evidence, Budget::seconds(5.0));
        Case { evidence: evidence.clone(), counterexample, time: begun.elapsed() }
    });
    explained.collect()
}

fn median<T: Ord + Copy>(values: impl IntoIterator<Item = T>) -> T {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn design(name: &str) -> &'static DesignEntry {
    designs::find(DESIGNS.iter().chain(BUGS), name).unwrap_or_else(|error| panic!("{error}"))
}

/// At most 2 threads, 5 operations in them and 3 changes of threads, in the median.
#[test]
fn counterexamples_are_small() {
    for Case { counterexample, time, .. } in &*ALL {
        let Counterexample { entry, evidence, size, found, effort, .. } = counterexample;
        let cell = format!("{} by {}", entry.name, evidence.violation.property);
        println!("{cell}: {} by {}, {} by {}, {time:.1?}", found.size, found.engine, size, evidence.engine);
        println!("  {} scenarios, {} executions: {}", effort.scenarios, effort.executions, effort.end);
    }
    let sizes = || ALL.iter().map(|case| case.counterexample.size);
    let (threads, operations) = (median(sizes().map(|s| s.threads)), median(sizes().map(|s| s.operations)));
    let (switches, time) = (median(sizes().filter_map(|s| s.switches)), median(ALL.iter().map(|case| case.time)));
    let all = ALL.len();
    println!("median of {all}: {threads} threads, {operations} operations, {switches} switches, {time:.1?}");
    assert!(all > 20, "{all} failures");
    assert!(threads <= 2 && operations <= 5 && switches <= 3, "{threads}, {operations}, {switches}");
}

#[test]
fn none_has_grown() {
    for Case { counterexample, .. } in &*ALL {
        let Counterexample { found, size, .. } = counterexample;
        let whole = |size: contextvars_check::counterexample::Size| size.operations + size.around;
        assert!(size.threads <= found.size.threads && whole(*size) <= whole(found.size), "{size}, of {}", found.size);
    }
}

/// Whichever engine found it, another one shows it again, by a token of one short line, with the very same trace.
#[test]
fn every_failure_comes_back_by_its_token() {
    for Case { counterexample, .. } in &*ALL {
        let Counterexample { entry, evidence, .. } = counterexample;
        let cell = format!("{} by {}", entry.name, evidence.violation.property);
        let text = counterexample.token().unwrap_or_else(|| panic!("{cell} was not found again")).to_string();
        // What shows beyond a size only takes that many operations; a get that others can keep from its end takes a
        // write, and two switches, for each of its steps.
        let size = counterexample.size;
        let most = 120.max(6 * (size.operations + size.around) + 8 * size.switches.unwrap_or(0));
        assert!(text.len() <= most, "{cell}: {} characters: {text}", text.len());
        let token: Token = text.parse().unwrap_or_else(|error| panic!("{cell}: {error}"));
        let shown = token.way.show(design(&token.design), &token.scenario, token.property);
        let shown = shown.unwrap_or_else(|| panic!("{cell}: {text} shows nothing")).evidence;
        assert_eq!(shown.trace, evidence.trace, "{cell}");
        assert_eq!(shown.violation.sentence, evidence.violation.sentence, "{cell}");
    }
}

#[test]
fn every_engine_has_its_failures_explained() {
    for engine in [Engine::Sequential, Engine::Loom, Engine::Shuttle] {
        assert!(ALL.iter().any(|case| case.evidence.engine == engine), "{engine} found nothing");
    }
}

/// What real threads find has no schedule: it is searched for.
#[test]
fn a_failure_without_a_schedule_is_searched_for() {
    let of_shuttle = ALL.iter().find(|case| case.evidence.engine == Engine::Shuttle).expect("it found some");
    let evidence = Evidence {
        engine: Engine::Threads,
        schedule: Vec::new(),
        trace: Vec::new(),
        execution: 77,
        ..of_shuttle.evidence.clone()
    };
    let counterexample = explain(of_shuttle.counterexample.entry, &evidence, Budget::seconds(5.0));
    assert_eq!(counterexample.found.engine, Engine::Threads);
    assert!(matches!(counterexample.way, Some(Reproduction::Switches(_))), "{:?}", counterexample.way);
}

/// No interleaving shows it: what readers see is switched by a relaxed store.
#[test]
fn weak_memory_is_shown_by_loom() {
    let cell = |case: &&Case| case.counterexample.entry.name == "vars-stale" && case.evidence.engine == Engine::Loom;
    let counterexample = &ALL.iter().find(cell).expect("loom found it").counterexample;
    assert!(matches!(counterexample.way, Some(Reproduction::Loom(_))), "{:?}", counterexample.way);
    assert!(!counterexample.evidence.trace.is_empty());
}

#[test]
fn the_same_failure_gives_the_same_counterexample() {
    for Case { evidence, counterexample, .. } in ALL.iter().step_by(3) {
        let again = explain(counterexample.entry, evidence, Budget::seconds(5.0));
        assert_eq!(again.token(), counterexample.token());
        assert_eq!(again.effort, counterexample.effort);
        assert_eq!(again.evidence.trace, counterexample.evidence.trace);
    }
}

/// Less time gives a larger failure, which says so, and which is a failure all the same.
#[test]
fn a_shrink_that_is_cut_says_so() {
    let entry = design("shared-racy");
    let large = large(entry);
    let sizes = [0.02, 20.0].map(|seconds| {
        let cut = find(entry, large.clone(), Property::Iso1, Budget::seconds(seconds)).expect("it is found again");
        assert_eq!(cut.effort.end, if seconds < 1.0 { End::Budget } else { End::Smallest }, "{seconds} s");
        cut.size
    });
    assert!(sizes[0] > sizes[1], "{} and {}", sizes[0], sizes[1]);
    assert!(sizes[1].operations <= 5 && sizes[1].threads == 2, "{}", sizes[1]);
}

/// A generated scenario of many steps in which the race shows.
fn large(entry: &'static DesignEntry) -> Scenario {
    let generated = (1..).map(|seed| generate::scenario(&mut Seeded::new(seed), &Profile::STRESS));
    let mut large = generated.filter(|scenario| scenario.threads.len() > 2 && scenario.operations() > 30);
    large
        .find(|scenario| find(entry, scenario.clone(), Property::Iso1, Budget::seconds(0.02)).is_some())
        .expect("there is one")
}

#[test]
fn what_holds_has_no_counterexample() {
    for shipped in library::shipped().into_iter().filter(|shipped| shipped.group == "pairs").take(3) {
        let found = find(design("per-thread"), shipped.scenario, Property::Iso1, Budget::seconds(0.2));
        assert!(found.is_none(), "{}", shipped.file);
    }
}
