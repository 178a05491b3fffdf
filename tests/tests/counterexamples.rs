//! Failures of every engine become small counterexamples that can be shown again.

use contextvars_check::budget::Budget;
use contextvars_check::bugs::BUGS;
use contextvars_check::check::Property;
use contextvars_check::counterexample::{Counterexample, explain};
use contextvars_check::designs::{DESIGNS, Entry};
use contextvars_check::explore::{ENGINES, Engine};
use contextvars_check::suite::{self, Plan};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Every counterexample of every faulty design, one for each property and engine that broke it, with the time it took.
static ALL: LazyLock<Vec<(Counterexample, Duration)>> = LazyLock::new(|| {
    let plan = Plan {
        entries: faulty(),
        properties: Property::ALL.into_iter().filter(|property| *property != Property::Map1).collect(),
        engines: ENGINES.iter().map(|e| e.engine()).filter(|engine| *engine != Engine::Maps).collect(),
        budget: Budget::seconds(10.0),
        seed: 1,
        scenarios: suite::shipped(),
    };
    let mut all = Vec::new();
    for report in suite::run(&plan, &|_, _, _, _| {}) {
        for evidence in report.findings.iter().flat_map(|findings| &findings.violations) {
            if report.entry.breaks.contains(&evidence.violation.property) {
                eprintln!(
                    "{} {} {} {}",
                    report.entry.name, evidence.violation.property, evidence.engine, evidence.scenario
                );
                let begun = Instant::now();
                all.push((explain(report.entry, evidence, Budget::seconds(5.0)), begun.elapsed()));
            }
        }
    }
    all
});

fn faulty() -> Vec<&'static Entry> {
    DESIGNS.iter().chain(BUGS).filter(|entry| !entry.is_sound()).collect()
}

fn median<T: Ord + Copy>(values: impl IntoIterator<Item = T>) -> T {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// At most 2 threads, 5 operations in them and 3 changes of threads, in the median.
#[test]
fn counterexamples_are_small() {
    let all = &*ALL;
    for (counterexample, time) in all {
        let Counterexample { entry, evidence, size, found, effort, .. } = counterexample;
        println!(
            "{} by {} ({}): {} -> {} under {}; {} scenarios, {} executions, {time:.1?}; {}",
            entry.name,
            evidence.violation.property,
            found.engine,
            found.size,
            size,
            evidence.engine,
            effort.scenarios,
            effort.executions,
            effort.end,
        );
        println!("{}{:?}\n{}", evidence.scenario, counterexample.way, evidence.violation.sentence);
    }
    let sizes = || all.iter().map(|(counterexample, _)| counterexample.size);
    let (threads, operations) = (median(sizes().map(|s| s.threads)), median(sizes().map(|s| s.operations)));
    let (switches, time) = (median(sizes().filter_map(|s| s.switches)), median(all.iter().map(|(_, time)| *time)));
    println!("median of {}: {threads} threads, {operations} operations, {switches} switches, {time:.1?}", all.len());
    assert!(threads <= 2 && operations <= 5 && switches <= 3, "{threads}, {operations}, {switches}");
}
