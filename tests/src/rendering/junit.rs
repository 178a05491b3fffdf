//! Results as JUnit XML: a suite for each design and map, a test case for each property.
//!
//! A case passes if the outcome is the expected one: also a fault that is refuted. It fails if what was to hold was
//! refuted or a known fault missed. What is not known is skipped, with the reason.

use super::escape::escape;
use super::{style, text};
use crate::analysis::results::{Cell, Design, Expectation, Found, Results};
use crate::counts::counted;
use std::fmt::Write;

/// The XML.
pub fn render(results: &Results) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = || results.rows().flat_map(|design| &design.cells);
    let seconds = results.run.milliseconds as f64 / 1000.0;
    let _ = writeln!(xml, "<testsuites name=\"contextvars\" {} time=\"{seconds:.3}\">", counts(all()));
    for design in results.rows() {
        let (name, began) = (escape(&design.name), escape(results.run.began.trim_end_matches('Z')));
        let _ = writeln!(xml, "  <testsuite name=\"{name}\" {} timestamp=\"{began}\">", counts(design.cells.iter()));
        let seed = ("seed", results.run.seed.to_string());
        let properties = [seed, ("budget", results.run.budget.clone()), ("version", results.machine.version.clone())];
        let partial = results.partial.iter().map(|why| ("partial", why.clone()));
        let _ = writeln!(xml, "    <properties>");
        for (property, value) in properties.into_iter().chain(partial) {
            let _ = writeln!(xml, "      <property name=\"{property}\" value=\"{}\"/>", escape(&value));
        }
        let _ = writeln!(xml, "    </properties>");
        for cell in &design.cells {
            case(&mut xml, results, design, cell);
        }
        let _ = writeln!(xml, "  </testsuite>");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn counts<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for cell in cells {
        tests += 1;
        failures += usize::from(cell.surprise && cell.outcome != Found::Unknown);
        skipped += usize::from(cell.outcome == Found::Unknown);
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
}

fn case(xml: &mut String, results: &Results, design: &Design, cell: &Cell) {
    let (name, property) = (escape(&design.name), escape(&cell.property));
    let _ = write!(xml, "    <testcase classname=\"{name}\" name=\"{property}\"");
    let executions = counted(cell.executions, "execution");
    let body = match (cell.outcome, cell.surprise, &cell.story) {
        (Found::Unknown, ..) => {
            let why = cell.why.as_deref().unwrap_or("not known");
            format!("<skipped message=\"{}\"/>", escape(&format!("{why}; {executions}")))
        }
        (Found::Ok, true, _) => {
            let message = format!("{property} is known to be refuted, and no counterexample was found in {executions}");
            format!("<failure type=\"missed\" message=\"{message}\"/>")
        }
        (Found::Ok, false, _) => format!("<system-out>held in {executions}</system-out>"),
        (Found::Refuted, surprise, Some(story)) => {
            let again = results.again(design, story);
            let told = style::plain(&text::story(&design.name, story, text::LINES, text::WIDTH));
            let text = escape(&format!("{told}again: {again}\n"));
            match surprise {
                true => format!("<failure type=\"refuted\" message=\"{}\">{text}</failure>", escape(&story.sentence)),
                false => {
                    let expected = match cell.expectation {
                        Expectation::Refuted => "refuted, as expected",
                        Expectation::Unstated | Expectation::Holds => "refuted; a faulty design need not keep it",
                    };
                    format!("<system-out>{expected}\n{text}</system-out>")
                }
            }
        }
        (Found::Refuted, _, None) => "<system-out>refuted</system-out>".into(),
    };
    let _ = writeln!(xml, ">\n      {body}\n    </testcase>");
}
