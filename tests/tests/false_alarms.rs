//! Scenarios in which a sound design was once said to break a property, or a checker gave up: none may be found to
//! break any, and no checker gives up. Each is named after the property.

use contextvars_check::allocator::Calling;
use contextvars_check::analysis::story_builder::tell;
use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::Engine;
use contextvars_check::properties::Property;
use contextvars_check::rendering::text;
use contextvars_check::scenario::Scenario;
use contextvars_check::suite::{self, DesignReport, Expect, Plan};
use std::fs;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions/false-alarms");
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "scn")).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("it is a text");
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let stem = path.file_stem().expect("a file").to_string_lossy();
        assert_eq!(stem, scenario.name, "the file has the scenario's name");
        let property = |p: &Property| stem.starts_with(&p.to_string().to_lowercase());
        assert!(Property::ALL.iter().any(property), "{stem} is named after a property");
        scenario
    };
    files.iter().map(read).collect()
}

fn run(scenario: Scenario, is_subject: fn(&designs::DesignEntry) -> bool) -> Vec<DesignReport> {
    let plan = Plan {
        entries: DESIGNS.iter().filter(|entry| is_subject(entry)).collect(),
        properties: Property::ALL.to_vec(),
        engines: vec![Engine::Sequential, Engine::Shuttle],
        budget: Budget::seconds(1.0),
        seed: 1,
        scenarios: suite::only(scenario),
        expect: Expect::WhatItCan,
    };
    suite::run(&plan, &|_, _, _, _| {})
}

#[test]
fn there_are_some() {
    assert!(scenarios().len() >= 2);
}

#[test]
fn no_sound_design_is_blamed() {
    for scenario in scenarios() {
        let name = scenario.name.clone();
        for report in run(scenario, designs::DesignEntry::is_sound) {
            if let Some(evidence) = report.findings.iter().flat_map(|findings| &findings.violations).next() {
                panic!("{name}\n{}", text::story(report.entry.name, &tell(evidence, None), text::LINES, text::WIDTH));
            }
            let tallies = report.findings.iter().flat_map(|findings| &findings.tallies);
            let gave_up: Vec<_> = tallies.filter(|tally| tally.out_of_budget > 0).collect();
            assert!(gave_up.is_empty(), "{name}: {}: a checker ran out of budget: {gave_up:?}", report.entry.name);
            // Shuttle leaves a scenario of one thread to the sequential engine.
            let executions: u64 = report.findings.iter().map(|findings| findings.covered.executions).sum();
            assert!(executions > 0, "{name}: {} was not run", report.entry.name);
        }
    }
}

/// The same plan does blame a design that deserves it.
#[test]
fn a_broken_design_is_blamed() {
    let text = "scenario race\ninit\n  var v0\nthread\n  set v0 11\n  get v0\nthread\n  set v0 21\n  get v0\n";
    let reports = run(Scenario::parse(text).expect("it is one"), |entry| entry.name == "shared-racy");
    assert!(reports.iter().flat_map(|report| &report.findings).any(|findings| !findings.violations.is_empty()));
}
