//! Failures that were found once: every sound design keeps every property in their scenarios, and the design that broke
//! one still breaks it, if it is known to.

use contextvars_check::allocator::Calling;
use contextvars_check::analysis::story_builder::tell;
use contextvars_check::budget::Budget;
use contextvars_check::counterexample::regression::{self, Regression};
use contextvars_check::counterexample::{explain, find};
use contextvars_check::designs::shared_racy::SharedRacyDesign;
use contextvars_check::designs::{self, DESIGNS, DesignEntry, Origin};
use contextvars_check::explore::ENGINES;
use contextvars_check::harness::DesignUnderTest;
use contextvars_check::properties::Property;
use contextvars_check::rendering::text;
use contextvars_check::scenario::Scenario;
use contextvars_check::suite::{self, Expect, Plan};
use contextvars_check_faults::BUGS;
use std::fs;
use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: Calling = Calling;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions")
}

fn files() -> Vec<(String, Regression)> {
    let entries = fs::read_dir(folder()).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "scn")).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("it is a text");
        let regression = regression::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, regression)
    };
    files.iter().map(read).collect()
}

#[test]
fn there_are_regressions() {
    assert!(files().len() >= 5);
}

#[test]
fn every_sound_design_keeps_every_property() {
    for (name, regression) in files() {
        let plan = Plan {
            entries: DESIGNS.iter().filter(|entry| entry.is_sound()).collect(),
            properties: Property::ALL.to_vec(),
            engines: ENGINES.iter().map(|e| e.engine()).collect(),
            budget: Budget::seconds(0.5),
            seed: 1,
            scenarios: suite::only(regression.scenario),
            expect: Expect::WhatItCan,
        };
        for report in suite::run(&plan, &|_, _, _, _| {}) {
            if let Some(evidence) = report.findings.iter().flat_map(|findings| &findings.violations).next() {
                panic!("{name}\n{}", text::story(report.entry.name, &tell(evidence, None), text::LINES, text::WIDTH));
            }
            let executions: u64 = report.findings.iter().map(|findings| findings.covered.executions).sum();
            assert!(executions > 0, "{name}: {} was not run", report.entry.name);
        }
    }
}

#[test]
fn a_design_that_is_known_to_break_the_property_still_does() {
    for (name, Regression { design, property, token, .. }) in files() {
        let entry =
            designs::find(DESIGNS.iter().chain(BUGS), &design).unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(token) = token.filter(|_| !entry.is_sound()) else { continue };
        let shown = token.way.show(entry, &token.scenario, property);
        assert!(shown.is_some(), "{name}: {design} keeps {property} by its token");
    }
}

#[test]
fn a_file_says_what_its_token_says() {
    for (name, Regression { design, property, token, scenario }) in files() {
        if let Some(token) = token {
            assert_eq!((token.design, token.property), (design, property), "{name}");
            assert_eq!(*token.scenario, scenario, "{name}");
        }
        assert!(name.starts_with(&scenario.name), "{name} is named after its property and design");
    }
}

/// A folder with nothing in it.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the directory for such files is writable");
    }
    fs::create_dir_all(&folder).expect("the directory for such files is writable");
    folder
}

const RACE: &str = "scenario race\ninit\n  var v0\nthread\n  set v0 11\n  get v0\nthread\n  set v0 21\n  get v0\n";

#[test]
fn a_counterexample_is_written_and_read() {
    let entry = designs::find(DESIGNS, "shared-racy").expect("it is there");
    let scenario = Scenario::parse(RACE).expect("it is one");
    let counterexample = find(entry, scenario, Property::Iso1, Budget::seconds(2.0)).expect("it is refuted");
    let path = regression::write(Path::new(env!("CARGO_TARGET_TMPDIR")), &counterexample).expect("it can be written");
    let read = regression::parse(&fs::read_to_string(&path).expect("it is there")).expect("it is one");
    assert_eq!(read.design, "shared-racy");
    assert_eq!(read.token, counterexample.token());
    assert_eq!(read.scenario, *counterexample.evidence.scenario);
    // The same failure is the same file.
    let again = explain(entry, &counterexample.evidence, Budget::seconds(2.0));
    assert_eq!(regression::file_name(&again), regression::file_name(&counterexample));
}

/// A racy design that is taken for a sound one: what a run would find of it is kept.
static TAKEN_FOR_SOUND: DesignEntry = DesignEntry {
    name: "taken-for-sound",
    origin: Origin::Design,
    about: "the racy design, expected to hold",
    refutes: &[],
    skip: &[],
    subject: &DesignUnderTest::<SharedRacyDesign>::new(),
};

#[test]
fn what_was_not_expected_is_kept_and_what_was_is_not() {
    let folder = empty("kept");
    let racy = designs::find(DESIGNS, "shared-racy").expect("it is there");
    let of = |entry| {
        let scenario = Scenario::parse(RACE).expect("it is one");
        find(entry, scenario, Property::Iso1, Budget::seconds(2.0)).expect("it is refuted")
    };
    let written = regression::keep(&folder, &[of(racy), of(&TAKEN_FOR_SOUND)]);
    let [Ok(path)] = &written[..] else { panic!("{written:?}") };
    let read = regression::parse(&fs::read_to_string(path).expect("it is there")).expect("it is one");
    assert_eq!((read.design.as_str(), read.property), ("taken-for-sound", Property::Iso1));
    // A folder that cannot be written to: one line, and no more.
    let refused = regression::keep(Path::new("no/such/folder"), &[of(&TAKEN_FOR_SOUND)]);
    let [Err(line)] = &refused[..] else { panic!("{refused:?}") };
    assert!(line.contains("no/such/folder") && line.lines().count() == 1, "{line}");
}
