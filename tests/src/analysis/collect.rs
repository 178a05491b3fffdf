//! Makes [`Results`] of the reports of a run.

use super::definitions;
use super::results::{
    Cell, Definition, Design, Expectation, Explored, Found, Inconclusive, Machine, Results, Run, SCHEMA,
};
use super::story::Story;
use super::surprises::{Surprise, surprises};
use crate::designs::{DesignEntry, Origin};
use crate::properties::Property;
use crate::suite::{DesignReport, Plan};
use crate::verdict::{Covered, Evidence, Findings, Tally, Verdict};

/// Tells the story of a piece of evidence on a design.
pub type Teller<'a> = &'a dyn Fn(&'static DesignEntry, &Evidence) -> Story;

/// What a run has found; `partial` is why it is not complete.
pub fn collect(
    plan: &Plan,
    reports: &[DesignReport],
    (run, machine): (Run, Machine),
    partial: Option<String>,
    teller: Teller<'_>,
) -> Results {
    let definition = |property: &Property| Definition {
        id: property.id().into(),
        definition: definitions::definition(property.id()),
    };
    let not_expected = |report| surprises(report, &plan.properties, plan.expect, partial.is_none());
    let reports: Vec<_> = reports.iter().map(|report| (report, not_expected(report))).collect();
    Results {
        schema: SCHEMA,
        run,
        machine,
        properties: plan.properties.iter().map(definition).collect(),
        designs: reports.iter().map(|(report, surprises)| design(report, surprises, plan, teller)).collect(),
        surprises: reports.iter().flat_map(|(_, surprises)| surprises).map(ToString::to_string).collect(),
        maps: Vec::new(),
        partial,
    }
}

fn design(report: &DesignReport, surprises: &[Surprise], plan: &Plan, teller: Teller<'_>) -> Design {
    let entry = report.entry;
    let asked = plan.asked(entry);
    let cell = |&property: &Property| {
        // A design says all that it does not keep; a fault of the catalogue what it is for.
        let expectation = match entry.origin {
            _ if entry.refutes.contains(&property) => Expectation::Refuted,
            Origin::Design => Expectation::Holds,
            Origin::Fault(_) => Expectation::Unstated,
        };
        let cell = Cell {
            property: property.id().into(),
            expectation,
            outcome: Found::Ok,
            surprise: surprises.iter().any(|surprise| surprise.properties.contains(&property)),
            executions: 0,
            milliseconds: None,
            why: None,
            story: None,
        };
        match report.verdict(property) {
            Verdict::Unknown(..) if !asked.contains(&property) => {
                let why = format!("not asked here: check --design {} --property {property}", entry.name);
                Cell { outcome: Found::Unknown, why: Some(why), ..cell }
            }
            Verdict::Ok(covered) => Cell { executions: covered.executions, ..cell },
            Verdict::Unknown(covered, why) => {
                Cell { outcome: Found::Unknown, executions: covered.executions, why: Some(why), ..cell }
            }
            Verdict::Violation(evidence) => Cell {
                outcome: Found::Refuted,
                executions: evidence.execution,
                milliseconds: report.refuted_after(&evidence),
                story: Some(teller(entry, &evidence)),
                ..cell
            },
        }
    };
    Design {
        name: entry.name.into(),
        about: entry.about.into(),
        catalogue: match entry.origin {
            Origin::Design => None,
            Origin::Fault(rows) => Some(rows.into()),
        },
        refuted: entry.refutes.iter().map(|property| property.id().into()).collect(),
        cells: plan.properties.iter().map(cell).collect(),
        engines: report.findings.iter().filter(|findings| had_work(findings)).map(explored).collect(),
    }
}

/// Whether an engine had anything to do: a scenario with one thread is nothing for those that schedule.
fn had_work(findings: &Findings) -> bool {
    findings.covered.executions > 0 || findings.shortfall.is_some()
}

/// Inconclusive outcomes by property.
fn inconclusive(findings: &Findings) -> Vec<Inconclusive> {
    let any = |tally: &&Tally| tally.inconclusive + tally.out_of_budget > 0;
    let inconclusive = |tally: &Tally| Inconclusive {
        property: tally.property.id().into(),
        outcomes: tally.inconclusive,
        out_of_budget: tally.out_of_budget,
    };
    findings.tallies.iter().filter(any).map(inconclusive).collect()
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
        inconclusive: inconclusive(findings),
    }
}
