//! A run as plain data: what goes into a results file, and what every form of report is rendered from.
//!
//! The schema is documented in `proofs-notes/results-schema.md`. Names of designs, properties and engines are text, so
//! that a file can be read by a version that knows other ones.

use super::definitions;
use super::story::Story;
use super::tell::tell;
use crate::check::Property;
use crate::designs::{Entry, Origin};
use crate::suite::{Plan, Report};
use crate::verdict::{Covered, Evidence, Findings, Verdict};
use serde::{Deserialize, Serialize};

/// The version of the schema that is written. It grows when a reader of the one before would misunderstand a file.
pub const SCHEMA: u32 = 1;

/// A run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Results {
    /// The version of the schema.
    pub schema: u32,
    /// Why the run is not complete, if it is not.
    pub partial: Option<String>,
    /// What was run, and when.
    pub run: Run,
    /// On what, and by which version.
    pub machine: Machine,
    /// The properties that were judged: the columns.
    pub properties: Vec<Definition>,
    /// The designs: the rows.
    pub designs: Vec<Design>,
    /// Outcomes that are not the expected ones, one sentence each. Empty in a run that passes.
    pub surprises: Vec<String>,
}

/// What was run, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The arguments of the command.
    pub arguments: Vec<String>,
    /// When it began: RFC 3339, UTC.
    pub began: String,
    /// How long it took.
    pub milliseconds: u64,
    /// Where random choices started.
    pub seed: u64,
    /// What was explored is what this length of time buys.
    pub budget: String,
    /// The engines.
    pub engines: Vec<String>,
    /// Scenarios that were given by name; engines may have generated more.
    pub scenarios: u64,
    /// Whether scenarios were generated as well.
    pub generated: bool,
}

/// On what, and by which version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The version of the suite.
    pub version: String,
    /// The compiler that built it, if that is known.
    pub rustc: Option<String>,
    /// The operating system.
    pub system: String,
    /// The processor architecture.
    pub architecture: String,
    /// Processors that the run could use.
    pub processors: u64,
}

/// A property.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Definition {
    /// Its id.
    pub id: String,
    /// What it says.
    pub definition: String,
}

/// A design or a fault.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Design {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// For a fault of the catalogue, its rows there.
    pub catalogue: Option<String>,
    /// The properties that it is known to break.
    pub breaks: Vec<String>,
    /// What is known of each property, in the order of the columns.
    pub cells: Vec<Cell>,
    /// What each engine did.
    pub engines: Vec<Explored>,
}

/// What is known of one property of one design.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The property.
    pub property: String,
    /// What was expected.
    pub expectation: Expectation,
    /// What was found.
    pub outcome: Found,
    /// Whether that is not what was expected.
    pub surprise: bool,
    /// Executions that it rests on; of a refuted one, the number of the failing one.
    pub executions: u64,
    /// Why it is not known.
    pub why: Option<String>,
    /// The counterexample.
    pub story: Option<Story>,
}

/// What was expected of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// The design is sound.
    Holds,
    /// The design is known to break the property.
    Broken,
    /// The design is faulty; nothing is said of this property.
    Open,
}

/// What was found of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Nothing, in all that was planned.
    Ok,
    /// A counterexample.
    Refuted,
    /// Nothing, in less than was planned; or nothing could judge it.
    Unknown,
}

/// What one engine did for one design.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Explored {
    /// The engine.
    pub engine: String,
    /// Executions.
    pub executions: u64,
    /// Operations performed in them.
    pub operations: u64,
    /// Scenarios run.
    pub scenarios: u64,
    /// Distinct outcomes.
    pub outcomes: u64,
    /// Digest of the exploration, in hexadecimal: equal digests mean equal explorations.
    pub digest: String,
    /// How complete it was.
    pub notes: Vec<String>,
    /// Why it did less than was planned.
    pub shortfall: Option<String>,
    /// Outcomes in which a property was left open.
    pub left_open: Vec<LeftOpen>,
}

/// Outcomes that a checker could not judge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeftOpen {
    /// The property.
    pub property: String,
    /// How many.
    pub outcomes: u64,
}

/// Gives what replays a piece of evidence on a design.
pub type Replays<'a> = &'a dyn Fn(&Entry, &Evidence) -> Option<String>;

impl Results {
    /// What a run has found. `all` is whether every known fault had to be found; `partial` why it is not complete.
    pub fn new(
        plan: &Plan,
        reports: &[Report],
        (run, machine): (Run, Machine),
        all: bool,
        partial: Option<String>,
        replays: Replays<'_>,
    ) -> Results {
        let definition = |property: &Property| Definition {
            id: property.id().into(),
            definition: definitions::definition(property.id()),
        };
        let designs: Vec<_> = reports.iter().map(|report| design(report, &plan.properties, all, replays)).collect();
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

    /// All counterexamples with their designs, by rows and columns.
    pub fn stories(&self) -> impl Iterator<Item = (&Design, &Story)> {
        self.designs
            .iter()
            .flat_map(|design| design.cells.iter().filter_map(move |cell| Some((design, cell.story.as_ref()?))))
    }

    /// The arguments of `ctxcheck` that show a counterexample again: the very execution if there is a token for it, else
    /// the search that found it.
    pub fn again(&self, design: &Design, story: &Story) -> String {
        match &story.token {
            Some(token) => format!("replay {token}"),
            None => format!(
                "check --design {} --property {} --engine {} --budget {} --seed {}",
                design.name, story.property, story.engine, self.run.budget, self.run.seed
            ),
        }
    }
}

fn refuted_although_sound(designs: &[Design]) -> Vec<String> {
    let refuted = |cell: &&Cell| cell.expectation == Expectation::Holds && cell.outcome == Found::Refuted;
    let sentence =
        |design: &Design, cell: &Cell| format!("{} is expected to keep {} and does not", design.name, cell.property);
    designs.iter().flat_map(|d| d.cells.iter().filter(refuted).map(move |cell| sentence(d, cell))).collect()
}

fn design(report: &Report, properties: &[Property], all: bool, replays: Replays<'_>) -> Design {
    let entry = report.entry;
    let none_found = !entry.breaks.iter().any(|property| report.evidence(*property).is_some());
    let cell = |&property: &Property| {
        let expectation = match entry.breaks {
            [] => Expectation::Holds,
            breaks if breaks.contains(&property) => Expectation::Broken,
            _ => Expectation::Open,
        };
        let (outcome, executions, why, story) = match report.verdict(property) {
            Verdict::Ok(covered) => (Found::Ok, covered.executions, None, None),
            Verdict::Unknown(covered, why) => (Found::Unknown, covered.executions, Some(why), None),
            Verdict::Violation(evidence) => {
                let story = tell(&evidence, replays(entry, &evidence));
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
