//! No alarm on a design that is expected to hold, however long an engine goes on.
//!
//! Each test takes two settings from the environment: `NO_ALARM_SEEDS`, how many seeds, counted from 1, and
//! `NO_ALARM_BUDGET`, the budget of one engine on one design with one seed. Without them, 2 seeds of a second each:
//! that the test works. CI and the long tier set more (`proofs-notes/limits.md`).

use contextvars_check::allocator::Calling;
use contextvars_check::budget::Budget;
use contextvars_check::designs::{DESIGNS, DesignEntry};
use contextvars_check::explore::{ENGINES, Engine, Job};
use contextvars_check::properties::Property;
use contextvars_check::scenario::Scenario;
use contextvars_check::suite::shipped;
use contextvars_check_faults::BUGS;
use std::env::var;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// What an engine says of designs that it has no reason to say.
fn alarms(engine: Engine, entries: &[&'static DesignEntry], seeds: u64, budget: Budget) -> Vec<String> {
    let scenarios = shipped();
    let explorer = ENGINES.iter().find(|explorer| explorer.engine() == engine).expect("it is one of them");
    let mut alarms = Vec::new();
    for &entry in entries.iter().filter(|entry| !entry.skip.contains(&engine)) {
        for seed in 1..=seeds {
            let properties: Vec<Property> =
                Property::ALL.into_iter().filter(|&p| explorer.judges(p) && !entry.refutes.contains(&p)).collect();
            let job = Job { subject: entry.subject, scenarios: &scenarios, properties: &properties, budget, seed };
            let findings = explorer.explore(&job);
            assert!(findings.covered.executions > 0, "{} under {engine}: nothing was executed", entry.name);
            let at = |what: String| format!("{} under {engine}, seed {seed}: {what}", entry.name);
            alarms.extend(findings.violations.iter().map(|evidence| {
                let (violation, scenario) = (&evidence.violation, evidence.scenario.to_string());
                let (property, sentence, execution) = (violation.property, &violation.sentence, evidence.execution);
                at(format!("{property} in execution {execution}: {sentence}\n{scenario}"))
            }));
            let open = findings.tallies.iter().filter(|tally| tally.out_of_budget > 0);
            alarms.extend(open.map(|t| at(format!("{} outcomes out of budget for {}", t.out_of_budget, t.property))));
        }
    }
    alarms
}

fn none(engine: Engine) {
    let seeds = var("NO_ALARM_SEEDS").map_or(2, |seeds| seeds.parse().expect("NO_ALARM_SEEDS is a number"));
    let budget = var("NO_ALARM_BUDGET").unwrap_or_else(|_| "1s".into());
    let budget = budget.parse().expect("NO_ALARM_BUDGET is a budget, such as 12s");
    let safe: Vec<&DesignEntry> = DESIGNS.iter().filter(|entry| entry.is_safe()).collect();
    assert!(safe.len() > 1 && seeds > 0, "there is something to run");
    let alarms = alarms(engine, &safe, seeds, budget);
    assert!(alarms.is_empty(), "{} alarms:\n{}", alarms.len(), alarms.join("\n"));
}

#[test]
#[ignore = "for as long as NO_ALARM_SEEDS and NO_ALARM_BUDGET say"]
fn the_sequential_engine_gives_no_alarm() {
    none(Engine::Sequential);
}

#[test]
#[ignore = "for as long as NO_ALARM_SEEDS and NO_ALARM_BUDGET say"]
fn the_engine_shuttle_gives_no_alarm() {
    none(Engine::Shuttle);
}

#[test]
#[ignore = "for as long as NO_ALARM_SEEDS and NO_ALARM_BUDGET say"]
fn the_engine_loom_gives_no_alarm() {
    none(Engine::Loom);
}

#[test]
#[ignore = "for as long as NO_ALARM_SEEDS and NO_ALARM_BUDGET say"]
fn the_engine_of_real_threads_gives_no_alarm() {
    none(Engine::Threads);
}

#[test]
fn a_faulty_design_sets_off_the_alarm_of_every_engine() {
    let fault = |name: &str| BUGS.iter().find(|entry| entry.name == name).expect("it is in the catalogue");
    let engines = [Engine::Sequential, Engine::Shuttle, Engine::Loom, Engine::Threads];
    for engine in engines {
        // The catalogue's own word for what it breaks is not asked here: every alarm counts.
        let faulty = DesignEntry { refutes: &[], ..*fault("copy-shares-cell") };
        let alarms = alarms(engine, &[Box::leak(Box::new(faulty))], 1, Budget::seconds(1.0));
        assert!(!alarms.is_empty(), "{engine}");
        let shown = alarms[0].split_once('\n').expect("the scenario is below").1;
        assert!(Scenario::parse(shown).is_ok(), "{shown}");
    }
}
