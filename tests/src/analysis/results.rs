//! A run as plain data: what goes into a results file, and the only input of every renderer.
//!
//! [`collect`](super::collect) makes it. The schema is documented in `proofs-notes/results-schema.md`. Names of
//! designs, properties and engines are text, so that a file can be read by a version that knows other ones.

use super::story::Story;
use crate::counts::{grouped, short};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the schema that is written. It grows when a reader of the one before would misunderstand a file.
/// Files of older versions are read: members and values that have another name since keep the old one as an alias.
pub const SCHEMA: u32 = 2;

/// How the command is started, where a file of schema 1 does not say.
fn by_cargo() -> String {
    String::from("cargo run --release --")
}

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
    /// What starts the command on a command line, without arguments.
    #[serde(default = "by_cargo")]
    pub command: String,
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
    /// The properties that are known to be refuted for it.
    #[serde(alias = "breaks")]
    pub refuted: Vec<String>,
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
    /// Of a refuted one, how long its engine took to find the failing execution, if that is known.
    #[serde(default)]
    pub milliseconds: Option<u64>,
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
    /// The property is known to be refuted.
    #[serde(alias = "broken")]
    Refuted,
    /// It is a fault of the catalogue, of which nothing is said about this property.
    #[serde(alias = "open")]
    Unstated,
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
    /// Inconclusive outcomes by property.
    #[serde(alias = "left_open")]
    pub inconclusive: Vec<Inconclusive>,
}

/// Distinct outcomes that the checker of a property neither accepts nor refutes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Inconclusive {
    /// The property.
    pub property: String,
    /// How many were outside of what it looks at.
    pub outcomes: u64,
    /// How many would have taken more than it has for one.
    #[serde(default)]
    pub out_of_budget: u64,
}

impl fmt::Display for Inconclusive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.property, self.outcomes)?;
        match self.out_of_budget {
            0 => Ok(()),
            more => write!(f, " (and {more} out of budget)"),
        }
    }
}

impl Explored {
    /// What there is to say of it beside its counts: how complete it was, inconclusive outcomes, and what is missing.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = self.notes.clone();
        if !self.inconclusive.is_empty() {
            let each: Vec<_> = self.inconclusive.iter().map(ToString::to_string).collect();
            remarks.push(format!("inconclusive outcomes: {}", each.join(", ")));
        }
        remarks.extend(self.shortfall.iter().map(|why| format!("INCOMPLETE: {why}")));
        remarks
    }
}

impl Cell {
    /// Which engine found the counterexample, and after how long: `shuttle, 1,234, 0.02 s`.
    pub fn found_by(&self) -> Option<String> {
        let story = self.story.as_ref()?;
        let seconds = self.milliseconds.map_or(String::new(), |ms| format!(", {}.{:02} s", ms / 1000, ms % 1000 / 10));
        Some(format!("{}, {}{seconds}", story.engine, grouped(story.execution)))
    }
}

impl Design {
    /// The counterexample of it that was found first, by [`Cell::found_by`].
    pub fn first_found_by(&self) -> Option<String> {
        let found = self.cells.iter().filter(|cell| cell.story.is_some());
        found.min_by_key(|cell| (cell.milliseconds.unwrap_or(u64::MAX), cell.executions))?.found_by()
    }

    /// The ids of the cells with this outcome.
    pub fn ids(&self, outcome: Found) -> Vec<&str> {
        let cells = self.cells.iter().filter(|cell| cell.outcome == outcome);
        cells.map(|cell| cell.property.as_str()).collect()
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

    /// The command that shows a counterexample again, to be pasted: the very execution if there is a token for it, else
    /// the search that found it.
    pub fn again(&self, design: &Design, story: &Story) -> String {
        let Run { command, budget, seed, .. } = &self.run;
        match &story.token {
            Some(token) => format!("{command} replay {token}"),
            None => format!(
                "{command} check --design {} --property {} --engine {} --budget {budget} --seed {seed}{}",
                design.name,
                story.property,
                story.engine,
                self.run.scenario().map_or(String::new(), |file| format!(" --scenario {}", quoted(file))),
            ),
        }
    }

    /// The command of the run itself, to be pasted.
    pub fn command(&self) -> String {
        let arguments = self.run.arguments.iter().map(|argument| quoted(argument));
        std::iter::once(self.run.command.clone()).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

impl Run {
    /// The scenario that was given on the command line.
    fn scenario(&self) -> Option<&str> {
        let at = self.arguments.iter().position(|argument| argument.starts_with("--scenario"))?;
        let given = self.arguments[at].strip_prefix("--scenario=");
        given.or_else(|| self.arguments.get(at + 1).map(String::as_str))
    }
}

/// An argument as a shell takes it for one word.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}
