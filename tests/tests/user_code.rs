//! User code that panics, never stops, holds what it should not, or reads inside the allocator: the suite finds what a
//! library does wrong about it in scenarios that nobody wrote, and the sound designs pass the same ones.

use contextvars_check::allocator::Calling;
use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS, DesignEntry};
use contextvars_check::explore::{Engine, Scenarios};
use contextvars_check::generate::{self, Profile, Seeded};
use contextvars_check::harness::lockstep::Difference;
use contextvars_check::properties::Property;
use contextvars_check::scenario::Scenario;
use contextvars_check::suite::{self, DesignReport, Expect, Plan};
use contextvars_check_faults::BUGS;
use contextvars_model::{Trigger, UserCode, Val};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// Generated scenarios alone, one thread at a time.
fn generated(entry: &'static DesignEntry, properties: &[Property], seconds: f64, seed: u64) -> DesignReport {
    let plan = Plan {
        entries: vec![entry],
        properties: properties.to_vec(),
        engines: vec![Engine::Sequential],
        budget: Budget::seconds(seconds),
        seed,
        scenarios: Scenarios { generate: true, ..Scenarios::default() },
        expect: Expect::Everything,
    };
    suite::run(&plan, &|_, _, _, _| {}).remove(0)
}

#[test]
fn generated_scenarios_find_what_the_library_once_did_wrong() {
    for name in ["panics-escape", "end-without-bound", "state-outlives-body", "allocator-reenters"] {
        let fault = designs::find(BUGS, name).expect("a fault of the catalogue");
        for seed in 1..=5 {
            let report = generated(fault, fault.refutes, 16.0, seed);
            assert!(fault.refutes.iter().all(|&p| report.evidence(p).is_some()), "{name} is missed with seed {seed}");
        }
    }
}

#[test]
fn sound_designs_pass_the_same_scenarios() {
    for design in DESIGNS.iter().filter(|entry| entry.is_safe()) {
        let report = generated(design, &[Property::Api1, Property::Mem1, Property::Prog2], 2.0, 1);
        let violations: Vec<_> = report.findings.iter().flat_map(|findings| &findings.violations).collect();
        assert!(violations.is_empty(), "{}: {violations:?}", design.name);
        assert!(report.findings[0].covered.executions > 1_000, "{}", design.name);
    }
}

#[test]
fn the_generator_makes_every_kind_of_user_code() {
    let (mut kinds, mut holders, mut writes_code, mut watchers) = ([0; 3], 0, 0, 0);
    for seed in 0..2_000 {
        let scenario = generate::scenario(&mut Seeded::new(seed), &Profile::REENTRANT);
        let specs = &scenario.specs;
        for spec in specs.values.values() {
            for (count, code) in kinds.iter_mut().zip(spec.code()) {
                *count += usize::from(code.panics);
            }
            holders += usize::from(!spec.holds.is_empty());
            let writes = |code: &UserCode| code.ops.iter().any(|op| op.brings().any(|v| specs.values.contains_key(&v)));
            writes_code += usize::from(writes(&spec.on_drop));
        }
        watchers += specs.watchers.values().filter(|code| code.panics).count();
    }
    let reads =
        (0..2_000).filter(|&seed| generate::scenario(&mut Seeded::new(seed), &Profile::REENTRANT).allocator_reads);
    let all = [reads.count(), kinds[0], kinds[1], kinds[2], holders, writes_code, watchers];
    assert!(all.iter().all(|&count| count > 50), "{all:?}");
}

#[test]
fn what_user_code_sees_tells_which_value_ran_it() {
    let text = "scenario s\nvalue 1 on-drop panics { get v0 }\ninit; var x; set x 1; set x 2";
    let scenario = Scenario::parse(text).expect("it is a scenario");
    let uncached = designs::find(DESIGNS, "uncached").expect("it is listed");
    let report = uncached.subject.in_lockstep(&Arc::new(scenario), &mut |able| able[0]);
    assert_eq!(report.outcome.seen.len(), 1);
    assert!(matches!(report.outcome.seen[0].trigger, Trigger::Drop(value) if value.0 == 1));
}

/// Runs a scenario of one thread; what differs from the model.
fn difference(design: &DesignEntry, text: &str) -> Option<Difference> {
    let scenario = Scenario::parse(text).expect("it is a scenario");
    assert_eq!(scenario.validate(), Ok(()));
    design.subject.in_lockstep(&Arc::new(scenario), &mut |able| able[0]).mismatch.map(|mismatch| mismatch.difference)
}

#[test]
fn what_the_allocator_reads_is_compared_with_the_model() {
    const STALE: &str = "init; var x; var y; set x 1; get x; set x 2 -> t; set y 3";
    let fault = designs::find(BUGS, "per-thread-no-set").expect("a fault of the catalogue");
    assert!(difference(fault, &format!("scenario s\n{STALE}")).is_none(), "no step reads what is stale");
    let found = difference(fault, &format!("scenario s\nallocator reads\n{STALE}"));
    let Some(Difference::Read { permitted, got, .. }) = found else { panic!("{found:?}") };
    assert_eq!((permitted, got), (vec![Some(Val(2))], Some(Val(1))));
}

/// States between those before and after an operation: contexts left one by one, and what user code sets around them.
#[test]
fn what_the_allocator_reads_inside_an_operation_is_no_alarm() {
    for text in [
        "init; var x default 9; set x 1; context c; enter c; set x 2; context d; enter d; set x 3; context e; enter e",
        "watcher w on-switch { set x 7 }\ninit; var x; set x 1; context c; watch w; enter c; set x 5; exit c; enter c",
        "value 2 on-drop { set x 3 }\ninit; var x; set x 1; set x 2 -> t; set x 4 -> u; reset x u; reset x t; get x",
        "value 1 on-drop { reset x t }\ninit; var x default 9; set x 5 -> t; set x 1; set x 2; get x",
        "value 1 on-drop { set x 1 }\ninit; var x default 9; set x 1",
        "value 1 on-clone { set x 2; set x 3 }\ninit; var x; set x 1; get x; copy-current -> c; lookup c x; equal c c",
        "init; var x; context c; run c { set x 1; run c { get x } }\n\
         run c panics { set x 2; context d; enter d; set x 3 }",
    ] {
        for design in DESIGNS.iter().filter(|entry| entry.is_safe()) {
            let found = difference(design, &format!("scenario s\nallocator reads\n{text}"));
            assert!(found.is_none(), "{}: {found:?}\n{text}", design.name);
        }
    }
}
