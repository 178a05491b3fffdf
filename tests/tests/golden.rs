//! Every text and picture that a user reads, compared with the files in `golden/`.
//!
//! Stories come from real explorations, which are the same on every machine; what does depend on the machine (versions,
//! times, processors) is fixed here. After a change that is meant, `BLESS=1 cargo test -p contextvars-check --test
//! golden` writes the files anew; the difference is to be read before it is kept.

#[path = "golden/fixture.rs"]
mod fixture;

use contextvars_check::analysis::results::{Expectation, Results};
use contextvars_check::analysis::story::Story;
use contextvars_check::analysis::story_builder::tell;
use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::{Explorer, Job, shuttle::ShuttleEngine};
use contextvars_check::properties::Property;
use contextvars_check::rendering::{html, json, junit, style, svg, terminal, text};
use contextvars_check::scenario::Scenario;
use contextvars_check::suite;
use contextvars_check_faults::BUGS;
use std::fs;
use std::path::PathBuf;

fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, text).expect("the golden files can be written");
        return;
    }
    let known = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(known == text, "{name} is not what is in golden/; now it is:\n{text}");
}

/// The first violation of the property that shuttle finds in this scenario.
fn found(design: &str, property: Property, scenario: &str) -> Story {
    let subject = designs::find(DESIGNS.iter().chain(BUGS), design).expect("it is listed").subject;
    let scenario = Scenario::parse(scenario).expect("it is a scenario");
    scenario.validate().expect("it is a valid one");
    let (scenarios, budget) = (suite::only(scenario), Budget::seconds(2.0));
    let findings =
        ShuttleEngine.explore(&Job { subject, scenarios: &scenarios, properties: &[property], budget, seed: 1 });
    let evidence = findings.violations.first().unwrap_or_else(|| panic!("{design} was not found to refute {property}"));
    tell(evidence, None)
}

fn told(name: &str, design: &str, property: Property, scenario: &str) {
    let story = found(design, property, scenario);
    let shown = style::plain(&text::story(design, &story, text::LINES, text::WIDTH));
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    assert!(shown.lines().count() <= 25, "{shown}");
    golden(&format!("{name}.txt"), &shown);
    golden(&format!("{name}.svg"), &svg::timeline(&story, name));
}

#[test]
fn a_read_between_two_writes_of_a_cache() {
    told("shared-racy-iso-1", "shared-racy", Property::Iso1, include_str!("../scenarios/pairs/own-values.scn"));
}

#[test]
fn a_value_reached_after_its_drop() {
    told("shared-racy-mem-1", "shared-racy", Property::Mem1, include_str!("../scenarios/pairs/own-values.scn"));
}

#[test]
fn a_test_followed_by_a_store() {
    let scenario = include_str!("../scenarios/pairs/enter-same.scn");
    told("entry-check-then-set-entry-1", "entry-check-then-set", Property::Entry1, scenario);
}

#[test]
fn a_version_that_is_shown_late() {
    let scenario = include_str!("../scenarios/small/two-variables-one-version.scn");
    told("vars-stale-snap-2", "vars-stale", Property::Snap2, scenario);
}

#[test]
fn an_iterator_that_two_threads_advance() {
    let scenario = include_str!("../scenarios/pairs/next-on-one-iterator.scn");
    told("cursor-unguarded-lin-1", "cursor-unguarded", Property::Lin1, scenario);
}

#[test]
fn a_thread_that_waits_for_itself() {
    let scenario = include_str!("../scenarios/pairs/value-dies-and-reads.scn");
    told("cache-drops-in-lock-prog-2", "cache-drops-in-lock", Property::Prog2, scenario);
}

#[test]
fn identities_given_twice() {
    let scenario = include_str!("../scenarios/pairs/variables-born-together.scn");
    told("registry-lost-update-iso-1", "registry-lost-update", Property::Iso1, scenario);
}

#[test]
fn a_get_that_waits_for_a_lock() {
    let scenario = include_str!("../scenarios/lifetimes/entry-of-the-dead.scn");
    told("locked-prog-1", "locked", Property::Prog1, scenario);
    let story = found("locked", Property::Prog1, scenario);
    let at = |text: &str| story.rows.iter().position(|row| row.text.starts_with(text));
    let (locks, waits, unlocks) = (at("locks "), at("waits for "), at("unlocks "));
    assert!(
        locks < waits && waits < unlocks && locks.is_some(),
        "it waits while another one holds the lock: {story:?}"
    );
}

fn shared_racy() -> Story {
    found("shared-racy", Property::Iso1, include_str!("../scenarios/pairs/own-values.scn"))
}

fn reports(name: &str, results: &Results) {
    let (page, data) = (html::render(results), json::write(results).expect("results can be written"));
    golden(&format!("{name}.html"), &page);
    golden(&format!("{name}.json"), &data);
    golden(&format!("{name}.xml"), &junit::render(results));
    let again = json::read(&data).expect("what was written can be read");
    assert!(again == *results && html::render(&again) == page, "a page made from the results file is the same");
    for forbidden in ["<script", "src=", "http:", "https:", "@import", "url("] {
        let page = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!page.contains(forbidden), "the page stands alone, without {forbidden}");
    }
}

#[test]
fn a_complete_run_as_page_data_and_test_cases() {
    reports("complete", &fixture::complete(shared_racy()));
}

/// Files of schema 1, as they were written then.
#[test]
fn a_file_of_an_older_schema_is_read() {
    for name in ["v1-complete.json", "v1-partial.json"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
        let old = json::read(&fs::read_to_string(path).expect("it is there")).expect("it is read");
        let racy = &old.designs[0];
        assert_eq!((old.schema, &racy.refuted[..]), (1, &["ISO-1".to_string()][..]));
        assert_eq!(racy.cells[0].expectation, Expectation::Refuted);
        assert_eq!(racy.cells[1].expectation, Expectation::Unstated);
        assert_eq!(racy.engines[1].inconclusive[0].outcomes, 3);
        assert!(old.again(racy, racy.cells[0].story.as_ref().expect("it is there")).starts_with("cargo run "));
    }
}

/// However much there is to tell, and wherever.
#[test]
fn a_summary_is_at_most_sixty_lines() {
    let mut results = fixture::partial(shared_racy());
    let wide = |results: &Results| style::plain(&terminal::summary(results, &[], 120));
    assert!(wide(&results).contains("refuted") && wide(&results).contains("PARTIAL"), "{}", wide(&results));
    let surprise = results.surprises[0].clone();
    let (mut design, definition) = (results.designs[1].clone(), results.properties[1].clone());
    for _ in 2..13 {
        results.properties.push(definition.clone());
        design.cells.push(design.cells[1].clone());
    }
    for count in [1, 10, 20, 30, 100] {
        results.designs = vec![design.clone(); count];
        results.surprises = vec![format!("{surprise}: {}", "a long reason ".repeat(30)); count];
        results.designs.iter_mut().enumerate().for_each(|(number, design)| design.name = format!("design-{number}"));
        let files = vec![String::from("report: somewhere"); count];
        for width in [60, 80, 120, 200] {
            let summary = style::plain(&terminal::summary(&results, &files, width));
            let lines: usize = summary.lines().map(|line| line.chars().count().max(1).div_ceil(width)).sum();
            assert!(lines <= terminal::LINES, "{count} designs, {width} columns: {lines} lines\n{summary}");
            assert!(summary.contains("NOT AS EXPECTED") && summary.contains("--verbose"), "{summary}");
        }
    }
}

#[test]
fn a_partial_run_as_page_data_and_test_cases() {
    let results = fixture::partial(shared_racy());
    reports("partial", &results);
    assert!(!html::render(&results).contains("sound<T>"), "names are escaped");
}

#[test]
fn colours_are_added_and_nothing_else() {
    let story = shared_racy();
    let coloured = text::story("shared-racy", &story, text::LINES, text::WIDTH);
    assert!(coloured.contains("\x1b[31m"));
    assert!(
        coloured.lines().all(|line| line.matches("\x1b[").count().is_multiple_of(2)),
        "what begins ends: {coloured}"
    );
    assert!(!style::plain(&coloured).contains('\x1b'));
}

#[test]
fn a_file_that_is_corrupt_or_newer_is_refused_in_one_line() {
    let data = json::write(&fixture::complete(shared_racy())).expect("results can be written");
    let newer = data.replacen("\"schema\": 2", "\"schema\": 3", 1);
    let cases = [
        ("", "not a results file"),
        ("{\"schema\": 1}", "not a results file"),
        ("[1, 2]", "not a results file"),
        (&data[..data.len() / 2], "not a results file"),
        (newer.as_str(), "schema 3 is not known"),
    ];
    for (text, because) in cases {
        let refusal = json::read(text).expect_err("it is refused");
        assert!(refusal.contains(because) && refusal.lines().count() == 1, "{refusal}");
    }
}
