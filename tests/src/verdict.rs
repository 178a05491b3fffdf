//! What is known of a property: ok, refuted, or unknown.

use crate::counts::counted;
use crate::digest::mix;
use crate::engine::Engine;
use crate::platform::trace::Traced;
use crate::properties::{Property, Violation};
use crate::scenario::Scenario;
use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;

/// How much was explored. Printed with every verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Covered {
    /// Executions: schedules, loom executions, runs.
    pub executions: u64,
    /// Operations performed in them.
    pub operations: u64,
    /// Distinct outcomes judged, of those that had to be told apart.
    pub outcomes: u64,
    /// Scenarios run.
    pub scenarios: u64,
    /// Digest of all schedules, in order: equal digests mean equal explorations.
    pub digest: u64,
}

impl AddAssign for Covered {
    fn add_assign(&mut self, other: Covered) {
        self.executions += other.executions;
        self.operations += other.operations;
        self.outcomes += other.outcomes;
        self.scenarios += other.scenarios;
        self.digest = mix(self.digest, other.digest);
    }
}

/// A violation with what is needed to see it again.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The engine that found it.
    pub engine: Engine,
    /// What is refuted, and how.
    pub violation: Violation,
    /// The scenario it happened in.
    pub scenario: Arc<Scenario>,
    /// Which thread went on at each scheduling point, where the engine schedules.
    pub schedule: Vec<u8>,
    /// The number of the failing execution, counted from 1.
    pub execution: u64,
    /// The accesses of the failing execution, where the engine can see them.
    pub trace: Vec<Traced>,
}

/// What is known of one property of one design.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It held in all that was explored, and all that was planned was explored.
    Ok(Covered),
    /// It was refuted.
    Violation(Box<Evidence>),
    /// It held in what was explored, but that is less than was planned; or nothing could judge it.
    Unknown(Covered, String),
}

/// What came of judging one property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally {
    /// The property.
    pub property: Property,
    /// Executions that decide it.
    pub decided: u64,
    /// Distinct outcomes that are outside of what its checker looks at.
    pub inconclusive: u64,
    /// Why the first execution that left it open did.
    pub left_open: Option<&'static str>,
    /// Distinct outcomes that would have taken more than the checker has for one.
    pub out_of_budget: u64,
    /// How many milliseconds after the judge had begun the property was refuted, if it was.
    pub refuted_after: Option<u64>,
}

impl Tally {
    /// Of a property that nothing has been judged of yet.
    pub fn of(property: Property) -> Tally {
        Tally { property, decided: 0, inconclusive: 0, left_open: None, out_of_budget: 0, refuted_after: None }
    }
}

/// What one engine found out about one design.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The engine.
    pub engine: Engine,
    /// How much it explored.
    pub covered: Covered,
    /// The first violation of each property that was refuted.
    pub violations: Vec<Evidence>,
    /// What came of judging each property.
    pub tallies: Vec<Tally>,
    /// Why less was explored than was planned.
    pub shortfall: Option<String>,
    /// Lines for the report: what was explored completely, up to which bound.
    pub notes: Vec<String>,
}

impl Findings {
    /// Findings of nothing.
    pub fn new(engine: Engine) -> Findings {
        Findings {
            engine,
            covered: Covered::default(),
            violations: Vec::new(),
            tallies: Vec::new(),
            shortfall: None,
            notes: Vec::new(),
        }
    }

    /// Findings of an engine that was not begun, for this reason.
    pub fn not_begun(engine: Engine, why: impl fmt::Display) -> Findings {
        Findings { shortfall: Some(format!("not begun: {why}")), ..Findings::new(engine) }
    }

    /// What they say of a property that the engine judges.
    pub fn verdict(&self, property: Property) -> Verdict {
        if let Some(evidence) = self.violations.iter().find(|evidence| evidence.violation.property == property) {
            return Verdict::Violation(Box::new(evidence.clone()));
        }
        let deciding = self.deciding(property);
        match self.shortfall_of(property) {
            Some(why) => Verdict::Unknown(deciding, why),
            None if deciding.executions == 0 => Verdict::Unknown(deciding, nothing_decides(self.left_open(property))),
            None => Verdict::Ok(deciding),
        }
    }

    /// Why an execution left the property open, if one did.
    pub fn left_open(&self, property: Property) -> Option<&'static str> {
        self.tallies.iter().find(|tally| tally.property == property)?.left_open
    }

    /// What was explored, counting only executions that decide the property.
    pub fn deciding(&self, property: Property) -> Covered {
        let tally = self.tallies.iter().find(|tally| tally.property == property);
        Covered { executions: tally.map_or(0, |tally| tally.decided), ..self.covered }
    }

    /// Why less is known of the property than was planned: the engine did less, or its checker ran out of budget.
    pub fn shortfall_of(&self, property: Property) -> Option<String> {
        let ran_out = || {
            let of = self.tallies.iter().find(|tally| tally.property == property && tally.out_of_budget > 0)?;
            Some(format!(
                "{} would take the checker more than its budget",
                counted(of.out_of_budget, "distinct outcome")
            ))
        };
        self.shortfall.clone().or_else(ran_out)
    }
}

/// Why a property is open that engines were to judge and that none of their executions decides.
pub const NOTHING_DECIDES: &str = "no execution decides it";

/// The same with the reason, if an execution gave one.
pub fn nothing_decides(left_open: Option<&str>) -> String {
    left_open.map_or_else(|| NOTHING_DECIDES.into(), |why| format!("{NOTHING_DECIDES}: {why}"))
}
