//! Counterexamples that people can read: made small, shown again in a fresh execution, and told in one line.
//!
//! # Protocol
//! A failure is first looked for again, by the engine that can replay it best ([`reproduction`]): in lockstep if one
//! thread at a time shows it, else under shuttle with the fewest preemptions, else under loom, for only that one knows
//! weak memory. Then the scenario is made smaller ([`shrink`]): threads, operations, nesting, names, values; then the
//! number of switches; then their positions ([`switches`]). Each accepted step refuted the same property in a fresh
//! execution. What is left is shown by its [`token`]: what is printed here is what `ctxcheck replay` prints.
//!
//! The budget buys a number of executions, so the same failure is made equally small everywhere. A shrink that is cut
//! short keeps the smallest failure that it has found, and says so.

pub mod codec;
mod effort;
pub mod regression;
pub mod reproduction;
pub mod shrink;
mod size;
pub mod switches;
pub mod token;

pub use effort::{Effort, End};
pub use size::Size;

use crate::budget::Budget;
use crate::designs::DesignEntry;
use crate::explore::Engine;
use crate::properties::{Property, Violation};
use crate::scenario::Scenario;
use crate::verdict::Evidence;
use reproduction::Reproduction;
use std::sync::Arc;

/// A failure, as small as it could be made, with all it takes to see it again.
#[derive(Clone)]
pub struct Counterexample {
    /// The design.
    pub entry: &'static DesignEntry,
    /// The violation: scenario, schedule, trace, sentence.
    pub evidence: Evidence,
    /// How it is shown again; nothing if no engine could find it a second time, and then the evidence is the one found.
    pub way: Option<Reproduction>,
    /// How large it is.
    pub size: Size,
    /// Where it was found first.
    pub found: Found,
    /// How much was tried to make it smaller, and why no more.
    pub effort: Effort,
}

/// Where a failure was found first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// By which engine.
    pub engine: Engine,
    /// In which of its executions.
    pub execution: u64,
    /// The name of the scenario.
    pub scenario: String,
    /// How large it was then.
    pub size: Size,
}

impl Found {
    /// Of a piece of evidence.
    pub fn of(evidence: &Evidence) -> Found {
        let Evidence { engine, ref scenario, ref trace, execution, .. } = *evidence;
        Found { engine, execution, scenario: scenario.name.clone(), size: Size::of(scenario, trace) }
    }
}

/// Makes a failure as small as the budget allows.
pub fn explain(entry: &'static DesignEntry, evidence: &Evidence, budget: Budget) -> Counterexample {
    let property = evidence.violation.property;
    let (smallest, effort) = shrink::shrink(entry, evidence, budget);
    let shown = smallest.and_then(|(scenario, way)| {
        let scenario = Arc::new(Scenario { name: scenario_name(entry.name, property), ..scenario });
        way.show(entry, &scenario, property).map(|shown| (shown, way))
    });
    match shown {
        Some((shown, way)) => Counterexample {
            entry,
            size: Size::of(&shown.evidence.scenario, &shown.evidence.trace),
            evidence: shown.evidence,
            way: Some(way),
            found: Found::of(evidence),
            effort,
        },
        None => {
            let end = match effort.end {
                End::Smallest => End::NotSeenAgain,
                End::Budget => End::NoTime,
                end => end,
            };
            Counterexample { effort: Effort { end, ..effort }, ..as_found(entry, evidence, end) }
        }
    }
}

/// A failure as it was found, because making it small ended in this way.
pub fn as_found(entry: &'static DesignEntry, evidence: &Evidence, end: End) -> Counterexample {
    let found = Found::of(evidence);
    let effort = Effort { scenarios: 0, executions: 0, end };
    Counterexample { entry, evidence: evidence.clone(), way: None, size: found.size, found, effort }
}

/// Finds a failure of a scenario, and makes it as small as the budget allows; nothing if none is found.
pub fn find(
    entry: &'static DesignEntry,
    scenario: Scenario,
    property: Property,
    budget: Budget,
) -> Option<Counterexample> {
    let engine = if scenario.threads.len() < 2 { Engine::Sequential } else { Engine::Shuttle };
    let violation = Violation { property, operations: Vec::new(), sentence: String::new() };
    let (scenario, schedule, trace) = (Arc::new(scenario), Vec::new(), Vec::new());
    let sought = Evidence { engine, violation, scenario, schedule, execution: 0, trace };
    let mut counterexample = explain(entry, &sought, budget);
    counterexample.way.as_ref()?;
    counterexample.found.engine = counterexample.evidence.engine;
    counterexample.found.execution = counterexample.evidence.execution;
    Some(counterexample)
}

/// The name of the scenario of a counterexample.
pub fn scenario_name(design: &str, property: Property) -> String {
    format!("{}-{design}", property.id().to_lowercase())
}
