//! User code that panics, never stops, or holds what it should not: the suite finds what a library does wrong about it
//! in scenarios that nobody wrote, and the sound designs pass the same ones.

use contextvars_check::budget::Budget;
use contextvars_check::check::Property;
use contextvars_check::designs::{self, DESIGNS, Entry};
use contextvars_check::explore::{Engine, Scenarios};
use contextvars_check::generate::{self, Profile, Seeded};
use contextvars_check::suite::{self, Expect, Plan, Report};
use contextvars_check_faults::BUGS;
use contextvars_model::{Trigger, UserCode};

/// Generated scenarios alone, one thread at a time.
fn generated(entry: &'static Entry, seed: u64) -> Report {
    let plan = Plan {
        entries: vec![entry],
        properties: vec![Property::Api1, Property::Mem1, Property::Prog2],
        engines: vec![Engine::Sequential],
        budget: Budget::seconds(8.0),
        seed,
        scenarios: Scenarios { generate: true, ..Scenarios::default() },
        expect: Expect::Everything,
    };
    suite::run(&plan, &|_, _, _, _| {}).remove(0)
}

#[test]
fn generated_scenarios_find_panics_that_escape_and_ends_without_a_bound() {
    for name in ["panics-escape", "end-without-bound"] {
        let fault = designs::find(BUGS, name).expect("a fault of the catalogue");
        for seed in 1..=5 {
            let report = generated(fault, seed);
            assert!(fault.breaks.iter().all(|&p| report.evidence(p).is_some()), "{name} is missed with seed {seed}");
        }
    }
}

#[test]
fn sound_designs_pass_the_same_scenarios() {
    for design in DESIGNS.iter().filter(|entry| entry.is_safe()) {
        let report = generated(design, 1);
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
    let all = [kinds[0], kinds[1], kinds[2], holders, writes_code, watchers];
    assert!(all.iter().all(|&count| count > 50), "{all:?}");
}

#[test]
fn what_user_code_sees_tells_which_value_ran_it() {
    let text = "scenario s\nvalue 1 on-drop panics { get v0 }\ninit; var x; set x 1; set x 2";
    let scenario = contextvars_check::scenario::Scenario::parse(text).expect("it is a scenario");
    let report = DESIGNS[5].subject.in_lockstep(&std::sync::Arc::new(scenario), &mut |able| able[0]);
    assert_eq!(report.outcome.seen.len(), 1);
    assert!(matches!(report.outcome.seen[0].trigger, Trigger::Drop(value) if value.0 == 1));
}
