//! Makes [`Results`] of the reports of a run.

use super::definitions;
use super::results::{Cell, Definition, Design, Expectation, Explored, Found, LeftOpen, Machine, Results, Run, SCHEMA};
use super::story::Story;
use crate::check::Property;
use crate::designs::{Entry, Origin};
use crate::suite::{Plan, Report};
use crate::verdict::{Covered, Evidence, Findings, Verdict};

/// Tells the story of a piece of evidence on a design.
pub type Teller<'a> = &'a dyn Fn(&'static Entry, &Evidence) -> Story;

/// What a run has found. `all` is whether every known fault had to be found; `partial` why it is not complete.
pub fn collect(
    plan: &Plan,
    reports: &[Report],
    (run, machine): (Run, Machine),
    all: bool,
    partial: Option<String>,
    teller: Teller<'_>,
) -> Results {
    let definition = |property: &Property| Definition {
        id: property.id().into(),
        definition: definitions::definition(property.id()),
    };
    let designs: Vec<_> = reports.iter().map(|report| design(report, &plan.properties, all, teller)).collect();
    Results {
        schema: SCHEMA,
        run,
        machine,
        properties: plan.properties.iter().map(definition).collect(),
        surprises: match partial {
            // What is not decided or not found yet is no surprise in a run that was not completed.
            Some(_) => refuted_although_sound(&designs),
            None => reports.iter().flat_map(|report| report.surprises(&plan.properties, all)).collect(),
        },
        designs,
        partial,
    }
}

fn refuted_although_sound(designs: &[Design]) -> Vec<String> {
    let refuted = |cell: &&Cell| cell.expectation == Expectation::Holds && cell.outcome == Found::Refuted;
    let sentence =
        |design: &Design, cell: &Cell| format!("{} is expected to keep {} and does not", design.name, cell.property);
    designs.iter().flat_map(|d| d.cells.iter().filter(refuted).map(move |cell| sentence(d, cell))).collect()
}

fn design(report: &Report, properties: &[Property], all: bool, teller: Teller<'_>) -> Design {
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
            (Expectation::Broken, Found::Ok) => all || none_found,
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
        cells: properties.iter().map(cell).collect(),
        engines: report.findings.iter().map(explored).collect(),
    }
}

fn explored(findings: &Findings) -> Explored {
    let Covered { executions, operations, outcomes, scenarios, digest } = findings.covered;
    let left_open = |&(property, outcomes): &(Property, u64)| LeftOpen { property: property.id().into(), outcomes };
    Explored {
        engine: findings.engine.name().into(),
        executions,
        operations,
        scenarios,
        outcomes,
        digest: format!("{digest:016x}"),
        notes: findings.notes.clone(),
        shortfall: findings.shortfall.clone(),
        left_open: findings.not_judged.iter().map(left_open).collect(),
    }
}
