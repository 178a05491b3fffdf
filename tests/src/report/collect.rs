//! Makes [`Results`] of the reports of a run.

use super::definitions;
use super::results::{Cell, Definition, Design, Expectation, Explored, Found, LeftOpen, Machine, Results, Run, SCHEMA};
use super::story::Story;
use crate::check::Property;
use crate::designs::{Entry, Origin};
use crate::suite::{Expect, Plan, Report};
use crate::verdict::{Covered, Evidence, Findings, Tally, Verdict};

/// Tells the story of a piece of evidence on a design.
pub type Teller<'a> = &'a dyn Fn(&'static Entry, &Evidence) -> Story;

/// What a run has found; `partial` is why it is not complete.
pub fn collect(
    plan: &Plan,
    reports: &[Report],
    (run, machine): (Run, Machine),
    partial: Option<String>,
    teller: Teller<'_>,
) -> Results {
    let definition = |property: &Property| Definition {
        id: property.id().into(),
        definition: definitions::definition(property.id()),
    };
    let designs: Vec<_> = reports.iter().map(|report| design(report, plan, teller)).collect();
    Results {
        schema: SCHEMA,
        run,
        machine,
        properties: plan.properties.iter().map(definition).collect(),
        surprises: match partial {
            // What is not decided or not found yet is no surprise in a run that was not completed.
            Some(_) => refuted_although_sound(&designs),
            None => reports.iter().flat_map(|report| report.surprises(&plan.properties, plan.expect)).collect(),
        },
        designs,
        maps: Vec::new(),
        partial,
    }
}

fn refuted_although_sound(designs: &[Design]) -> Vec<String> {
    let refuted = |cell: &&Cell| cell.expectation == Expectation::Holds && cell.outcome == Found::Refuted;
    let sentence =
        |design: &Design, cell: &Cell| format!("{} is expected to keep {} and does not", design.name, cell.property);
    designs.iter().flat_map(|d| d.cells.iter().filter(refuted).map(move |cell| sentence(d, cell))).collect()
}

fn design(report: &Report, plan: &Plan, teller: Teller<'_>) -> Design {
    let entry = report.entry;
    let none_found = !entry.breaks.iter().any(|property| report.evidence(*property).is_some());
    let cell = |&property: &Property| {
        // A design says all that it breaks; a fault of the catalogue what it is for.
        let expectation = match entry.origin {
            _ if entry.breaks.contains(&property) => Expectation::Broken,
            Origin::Design => Expectation::Holds,
            Origin::Fault(_) => Expectation::Open,
        };
        let (outcome, executions, why, story) = match report.verdict(property) {
            Verdict::Ok(covered) => (Found::Ok, covered.executions, None, None),
            Verdict::Unknown(covered, why) => (Found::Unknown, covered.executions, Some(why), None),
            Verdict::Violation(evidence) => {
                let story = teller(entry, &evidence);
                (Found::Refuted, evidence.execution, None, Some(story))
            }
        };
        let surprise = match (expectation, outcome) {
            (Expectation::Holds, Found::Refuted) => true,
            (Expectation::Broken, Found::Ok) => plan.expect == Expect::Everything || none_found,
            _ => false,
        };
        Cell { property: property.id().into(), expectation, outcome, surprise, executions, why, story }
    };
    Design {
        name: entry.name.into(),
        about: entry.about.into(),
        catalogue: match entry.origin {
            Origin::Design => None,
            Origin::Fault(rows) => Some(rows.into()),
        },
        breaks: entry.breaks.iter().map(|property| property.id().into()).collect(),
        cells: plan.properties.iter().map(cell).collect(),
        engines: report.findings.iter().map(explored).collect(),
    }
}

/// The properties that outcomes leave open.
pub fn left_open(findings: &Findings) -> Vec<LeftOpen> {
    let is_open = |tally: &&Tally| tally.not_judged + tally.out_of_budget > 0;
    let open = |tally: &Tally| LeftOpen {
        property: tally.property.id().into(),
        outcomes: tally.not_judged,
        out_of_budget: tally.out_of_budget,
    };
    findings.tallies.iter().filter(is_open).map(open).collect()
}

fn explored(findings: &Findings) -> Explored {
    let Covered { executions, operations, outcomes, scenarios, digest } = findings.covered;
    Explored {
        engine: findings.engine.name().into(),
        executions,
        operations,
        scenarios,
        outcomes,
        digest: format!("{digest:016x}"),
        notes: findings.notes.clone(),
        shortfall: findings.shortfall.clone(),
        left_open: left_open(findings),
    }
}
