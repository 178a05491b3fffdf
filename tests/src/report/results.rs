//! A run as plain data: what goes into a results file, and what every form of report is rendered from.
//!
//! [`collect`](super::collect) makes it. The schema is documented in `proofs-notes/results-schema.md`. Names of
//! designs, properties and engines are text, so that a file can be read by a version that knows other ones.

use super::story::Story;
use super::text::short;
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// Maps, which are judged by a property of their own, and not as a part of a design. None in files that do not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<Design>,
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

/// A design, a map, or a fault of one.
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
    /// Executions that decide it; of a refuted one, the number of the failing one.
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
    /// The design keeps it.
    Holds,
    /// The design is known to break the property.
    Broken,
    /// It is a fault of the catalogue, of which nothing is said about this property.
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

/// Distinct outcomes that the checker of a property left open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeftOpen {
    /// The property.
    pub property: String,
    /// How many were outside of what it looks at.
    pub outcomes: u64,
    /// How many would have taken more than it has for one.
    #[serde(default)]
    pub out_of_budget: u64,
}

impl fmt::Display for LeftOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.property, self.outcomes)?;
        match self.out_of_budget {
            0 => Ok(()),
            more => write!(f, " (and {more} out of budget)"),
        }
    }
}

impl Results {
    /// All that was checked: the designs, then the maps.
    pub fn rows(&self) -> impl Iterator<Item = &Design> {
        self.designs.iter().chain(&self.maps)
    }

    /// One line on the maps, if any was checked: each with its verdict.
    pub fn maps_line(&self) -> Option<String> {
        let said = |map: &Design| {
            let verdict = |cell: &Cell| match cell.outcome {
                Found::Ok => format!("ok {}", short(cell.executions)),
                Found::Refuted => format!("refuted @{}", cell.executions),
                Found::Unknown => format!("unknown {}", short(cell.executions)),
            };
            format!("{} {}", map.name, map.cells.iter().map(verdict).collect::<Vec<_>>().join(", "))
        };
        let property = &self.maps.first()?.cells.first()?.property;
        let maps: Vec<_> = self.maps.iter().map(said).collect();
        Some(format!("{property}, by programs of map operations: {}", maps.join(", ")))
    }

    /// All counterexamples with their designs, by rows and columns.
    pub fn stories(&self) -> impl Iterator<Item = (&Design, &Story)> {
        self.rows().flat_map(|design| design.cells.iter().filter_map(move |cell| Some((design, cell.story.as_ref()?))))
    }

    /// The arguments of `ctxcheck` that show a counterexample again: the very execution if there is a token for it,
    /// else the search that found it.
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
