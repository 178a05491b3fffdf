//! Every text and picture that a user reads, compared with the files in `golden/`.
//!
//! Stories come from real explorations, which are the same on every machine; what does depend on the machine (versions,
//! times, processors) is fixed here. After a change that is meant, `BLESS=1 cargo test -p contextvars-check --test
//! golden` writes the files anew; the difference is to be read before it is kept.

#[path = "golden/fixture.rs"]
mod fixture;

use contextvars_check::budget::Budget;
use contextvars_check::bugs::BUGS;
use contextvars_check::check::Property;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::{Explorer, Job, shuttle::ShuttleEngine};
use contextvars_check::report::paint::{Paint, When};
use contextvars_check::report::results::Results;
use contextvars_check::report::story::Story;
use contextvars_check::report::tell::tell;
use contextvars_check::report::{html, json, junit, svg, text};
use contextvars_check::scenario::Scenario;
use contextvars_check::suite;
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
    let evidence = findings.violations.first().unwrap_or_else(|| panic!("{design} was not found to break {property}"));
    tell(evidence, None)
}

fn told(name: &str, design: &str, property: Property, scenario: &str) {
    let story = found(design, property, scenario);
    let shown = text::story(design, &story, Paint::PLAIN);
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
    let scenario = include_str!("../scenarios/quads/two-variables-one-version.scn");
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

#[test]
fn a_partial_run_as_page_data_and_test_cases() {
    let results = fixture::partial(shared_racy());
    reports("partial", &results);
    assert!(!html::render(&results).contains("sound<T>"), "names are escaped");
}

#[test]
fn colours_are_added_and_nothing_else() {
    let story = shared_racy();
    let plain = text::story("shared-racy", &story, Paint::PLAIN);
    let mut coloured = text::story("shared-racy", &story, Paint::for_stdout(When::Always));
    assert!(coloured.contains("\x1b[31m"));
    while let Some(at) = coloured.find("\x1b[") {
        let end = at + coloured[at..].find('m').expect("a colour ends");
        coloured.replace_range(at..=end, "");
    }
    assert_eq!(coloured, plain);
}

#[test]
fn a_file_that_is_corrupt_or_newer_is_refused_in_one_line() {
    let data = json::write(&fixture::complete(shared_racy())).expect("results can be written");
    let newer = data.replacen("\"schema\": 1", "\"schema\": 2", 1);
    let cases = [
        ("", "not a results file"),
        ("{\"schema\": 1}", "not a results file"),
        ("[1, 2]", "not a results file"),
        (&data[..data.len() / 2], "not a results file"),
        (newer.as_str(), "schema 2 is not known"),
    ];
    for (text, because) in cases {
        let refusal = json::read(text).expect_err("it is refused");
        assert!(refusal.contains(because) && refusal.lines().count() == 1, "{refusal}");
    }
}
