//! Every property on every sound design, and every fault of the catalogue: what `cargo test` explores.
//!
//! The exploration is done once for the designs whose answers are right and once for the faults, by every engine; each
//! test then looks at one property. What is explored is a number of executions (see `budget.rs`), the same on every
//! machine.

use contextvars_check::allocator::Calling;
use contextvars_check::analysis::story_builder::tell;
use contextvars_check::analysis::surprises::surprises;
use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS, DesignEntry};
use contextvars_check::explore::{ENGINES, Engine};
use contextvars_check::properties::Property;
use contextvars_check::rendering::text;
use contextvars_check::suite::{self, DesignReport, Expect, Plan};
use contextvars_check::verdict::Verdict;
use contextvars_check_faults::BUGS;
use std::sync::LazyLock;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

fn explore(entries: Vec<&'static DesignEntry>, properties: &[Property], seconds: f64) -> Vec<DesignReport> {
    let plan = Plan {
        entries,
        properties: properties.to_vec(),
        engines: ENGINES.iter().map(|e| e.engine()).collect(),
        budget: Budget::seconds(seconds),
        seed: 1,
        scenarios: suite::shipped(),
        expect: Expect::Everything,
    };
    suite::run(&plan, &|_, _, _, _| {})
}

/// The designs whose answers are right, whatever else they break.
static SAFE: LazyLock<Vec<DesignReport>> =
    LazyLock::new(|| explore(DESIGNS.iter().filter(|entry| entry.is_safe()).collect(), &Property::ALL, 12.0));

/// Faults that take more schedules than the others do.
const RARE: [&str; 2] = ["borrow-over-clone", "leave-forgets-twentieth"];

/// The others: each fault until an engine has found what it is there for, and designs in full.
static FAULTS: LazyLock<Vec<DesignReport>> = LazyLock::new(|| {
    let designs = DESIGNS.iter().filter(|entry| !entry.is_safe()).map(|design| (design, &Property::ALL[..]));
    let faults = BUGS.iter().map(|fault| (fault, fault.refutes));
    let seconds = |entry: &DesignEntry| if RARE.contains(&entry.name) { 4.0 } else { 1.1 };
    faults.chain(designs).flat_map(|(entry, properties)| explore(vec![entry], properties, seconds(entry))).collect()
});

/// The property holds on every design that is expected to keep it, and is refuted on every one, and every fault, that
/// is known to refute it.
fn holds_and_is_refuted(property: Property) {
    for report in SAFE.iter().filter(|report| !report.entry.refutes.contains(&property)) {
        match report.verdict(property) {
            Verdict::Ok(covered) => assert!(covered.executions > 0, "nothing was explored"),
            Verdict::Violation(evidence) => {
                panic!("\n{}", text::story(report.entry.name, &tell(&evidence, None), text::LINES, text::WIDTH))
            }
            Verdict::Unknown(covered, why) => {
                panic!("{} by {property}: unknown after {} executions: {why}", report.entry.name, covered.executions)
            }
        }
    }
    let breaking: Vec<_> =
        SAFE.iter().chain(&*FAULTS).filter(|report| report.entry.refutes.contains(&property)).collect();
    assert!(!breaking.is_empty(), "{property} has no negative control");
    for report in breaking {
        assert!(
            report.evidence(property).is_some(),
            "{} is known to break {property}, and that was missed",
            report.entry.name
        );
    }
}

#[test]
fn iso_1_a_get_never_returns_a_value_of_another_context() {
    holds_and_is_refuted(Property::Iso1);
}

#[test]
fn iso_2_threads_that_share_nothing_do_not_change_each_others_answers() {
    holds_and_is_refuted(Property::Iso2);
}

#[test]
fn fresh_1_a_get_returns_the_latest_binding() {
    holds_and_is_refuted(Property::Fresh1);
}

#[test]
fn snap_1_a_copy_never_changes() {
    holds_and_is_refuted(Property::Snap1);
}

#[test]
fn snap_2_a_reader_elsewhere_sees_one_current_version() {
    holds_and_is_refuted(Property::Snap2);
}

#[test]
fn entry_1_a_context_is_active_in_one_thread_once() {
    holds_and_is_refuted(Property::Entry1);
}

#[test]
fn tok_1_a_token_resets_once_its_own_variable_in_its_own_context() {
    holds_and_is_refuted(Property::Tok1);
}

#[test]
fn lin_1_every_history_is_linearizable() {
    holds_and_is_refuted(Property::Lin1);
}

#[test]
fn mem_1_every_value_is_dropped_once_and_none_is_left_or_reached() {
    holds_and_is_refuted(Property::Mem1);
}

#[test]
fn api_1_answers_and_errors_are_those_of_the_model() {
    holds_and_is_refuted(Property::Api1);
}

#[test]
fn prog_1_a_get_waits_for_no_thread_wherever_that_is_stopped() {
    holds_and_is_refuted(Property::Prog1);
}

#[test]
fn prog_2_every_execution_comes_to_its_end() {
    holds_and_is_refuted(Property::Prog2);
}

#[test]
fn every_property_has_a_negative_control_among_the_faulty_parts() {
    for property in Property::ALL {
        let broken = BUGS.iter().any(|fault| fault.refutes.contains(&property));
        assert!(broken, "{property} is refuted for no fault: `ok` would say nothing");
    }
}

#[test]
fn every_fault_of_the_catalogue_is_found_and_every_design_is_what_it_is_said_to_be() {
    let missed: Vec<_> = SAFE
        .iter()
        .chain(&*FAULTS)
        .flat_map(|report| surprises(report, &Property::ALL, Expect::Everything, true))
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn iso_1_the_unguarded_caches_are_refuted_by_shuttle_and_by_loom_with_an_interleaving_of_two_threads() {
    for (name, field) in [("shared-racy", "cached value"), ("slot-array-as-sketched", "value in the entry")] {
        let racy = FAULTS.iter().find(|report| report.entry.name == name).expect("it is a design");
        for engine in [Engine::Shuttle, Engine::Loom] {
            let findings = racy.findings.iter().find(|findings| findings.engine == engine).expect("it was run");
            let Verdict::Violation(evidence) = findings.verdict(Property::Iso1) else { panic!("{engine} missed it") };
            let text = text::story(name, &tell(&evidence, None), text::LINES, text::WIDTH);
            assert!(text.contains("thread 1") && text.contains("thread 2") && text.contains(field), "{text}");
            assert!(text.lines().count() <= 40, "{text}");
        }
    }
}

#[test]
fn orderings_and_fences_of_the_sequence_lock_are_missed_by_shuttle_and_refuted_by_loom() {
    for name in ["opens-relaxed", "closes-relaxed", "no-reader-fence", "no-writer-fence"] {
        let name = format!("slot-array-{name}");
        let weak = FAULTS.iter().find(|report| report.entry.name == name).expect("it is in the catalogue");
        let by = |engine: Engine| {
            let findings = weak.findings.iter().find(|findings| findings.engine == engine).expect("it was run");
            matches!(findings.verdict(Property::Iso1), Verdict::Violation(_))
        };
        assert!(by(Engine::Loom), "{name} is missed by loom");
        // A sequentially consistent search cannot see them; if it does, the fault is another one than it says.
        assert!(!by(Engine::Shuttle), "{name} is refuted without weak memory");
    }
}

#[test]
fn loom_completes_the_pairs_without_a_preemption_bound_and_the_quads_at_bound_2() {
    // A read of a sequence lock is six accesses of shared words, and a variable that dies goes through the tables of
    // all threads: two such operations in each of two threads have more executions than a scenario is given.
    let many = ["slot-array", "thread-registered"];
    for report in SAFE.iter().filter(|report| !many.contains(&report.entry.name)) {
        let loom = report.findings.iter().find(|findings| findings.engine == Engine::Loom).expect("it was run");
        let complete = |group: &str, bound: &str| {
            let count = suite::shipped();
            let count = if group == "pairs" { count.pairs.len() } else { count.small.len() };
            let wanted = format!("{group}: {count} of {count} complete {bound}");
            assert!(loom.notes.iter().any(|note| note.starts_with(&wanted)), "{wanted}: {:?}", loom.notes);
        };
        complete("pairs", "without a preemption bound");
        complete("small", "at preemption bound 2");
    }
}

#[test]
fn the_same_seed_and_budget_explore_the_same() {
    let run = |seed| {
        let design = designs::find(DESIGNS, "per-thread").expect("it is listed");
        let (engines, scenarios, budget) = (vec![Engine::Shuttle], suite::shipped(), Budget::seconds(0.5));
        let properties = vec![Property::Snap1];
        let plan =
            Plan { entries: vec![design], properties, engines, budget, seed, scenarios, expect: Expect::Everything };
        suite::run(&plan, &|_, _, _, _| {})[0].findings[0].covered
    };
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first.digest, run(2).digest);
}
