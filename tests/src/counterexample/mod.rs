//! Counterexamples that people can read: made small, shown again in a fresh execution, and told in one line.
//!
//! # Protocol
//! A failure is first looked for again, by the engine that can replay it best ([`way`]): in lockstep if one thread at a
//! time shows it, else under shuttle with the fewest preemptions, else under loom, for only that one knows weak memory.
//! Then the scenario is made smaller ([`shrink`]): threads, operations, nesting, names, values; then the number of
//! switches; then their positions ([`switches`]). Each accepted step refuted the same property in a fresh execution. What
//! is left is shown by its [`token`]: what is printed here is what `ctxcheck replay` prints.
//!
//! The budget buys a number of executions, so the same failure is made equally small everywhere. A shrink that is cut
//! short keeps the smallest failure that it has found, and says so.

pub mod code;
pub mod regression;
pub mod shrink;
pub mod switches;
pub mod token;
pub mod way;

use crate::budget::Budget;
use crate::check::{Property, Violation};
use crate::counts::counted;
use crate::designs::Entry;
use crate::explore::Engine;
use crate::outcome::Outcome;
use crate::platform::trace::Traced;
use crate::scenario::{Scenario, Step};
use crate::verdict::Evidence;
use contextvars_model::ThreadId;
use std::fmt;
use std::sync::Arc;
use way::Way;

/// A failure, as small as it could be made, with all it takes to see it again.
#[derive(Clone)]
pub struct Counterexample {
    /// The design.
    pub entry: &'static Entry,
    /// The violation: scenario, schedule, trace, sentence.
    pub evidence: Evidence,
    /// What the shown execution left behind, where the engine can tell.
    pub outcome: Option<Outcome>,
    /// How it is shown again; nothing if no engine could find it a second time, and then the evidence is the one found.
    pub way: Option<Way>,
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

/// How large a failure is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Size {
    /// Parallel threads.
    pub threads: usize,
    /// Operations of the parallel threads, a scope counting as its enter and its exit.
    pub operations: usize,
    /// Operations before and after the parallel part.
    pub around: usize,
    /// How often the execution went from one parallel thread to another, also where one had ended. Nothing if it is not
    /// known.
    pub switches: Option<usize>,
}

impl Size {
    /// The size of an execution of a scenario.
    pub fn of(scenario: &Scenario, trace: &[Traced]) -> Size {
        let count = |steps: &[Step]| steps.iter().map(Step::operations).sum::<usize>();
        Size {
            threads: scenario.threads.len(),
            operations: scenario.threads.iter().map(|program| count(&program.steps)).sum(),
            around: count(&scenario.init) + count(&scenario.post),
            switches: (!trace.is_empty()).then(|| context_switches(trace)),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { threads, operations, around, switches } = self;
        let counted = |count: &usize, noun| counted(*count as u64, noun);
        write!(f, "{}, {}, ", counted(threads, "thread"), counted(operations, "operation"))?;
        f.write_str(&counted(around, "setup or teardown operation"))?;
        switches.as_ref().map_or(Ok(()), |switches| write!(f, ", {}", counted(switches, "switch")))
    }
}

/// How often an execution goes from one parallel thread to another.
fn context_switches(trace: &[Traced]) -> usize {
    let mut threads: Vec<ThreadId> = trace.iter().map(|traced| traced.thread).filter(|t| *t != ThreadId(0)).collect();
    threads.dedup();
    threads.len().saturating_sub(1)
}

/// How much was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// Smaller scenarios tried.
    pub scenarios: u64,
    /// Executions used, in units of one under shuttle.
    pub executions: u64,
    /// Why it ended.
    pub end: End,
}

/// Why shrinking ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It is 1-minimal: no single step makes it smaller.
    Smallest,
    /// The budget was used up: it may be possible to make it smaller.
    Budget,
    /// No engine found it a second time.
    NotSeenAgain,
    /// It is a program of map operations, which the engine that found it has made small.
    OfMaps,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            End::Smallest => "1-minimal",
            End::Budget => "not known to be 1-minimal: the budget for making it smaller was used up",
            End::OfMaps => "1-minimal; programs of map operations have no token",
            End::NotSeenAgain => "shown as it was found, without a token: it was not found a second time",
        })
    }
}

/// Makes a failure as small as the budget allows.
pub fn explain(entry: &'static Entry, evidence: &Evidence, budget: Budget) -> Counterexample {
    let property = evidence.violation.property;
    let size = Size::of(&evidence.scenario, &evidence.trace);
    let (engine, execution, scenario) = (evidence.engine, evidence.execution, evidence.scenario.name.clone());
    let found = Found { engine, execution, scenario, size };
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
            outcome: shown.outcome,
            way: Some(way),
            found,
            effort,
        },
        None => Counterexample {
            entry,
            evidence: evidence.clone(),
            outcome: None,
            way: None,
            size,
            found,
            effort: match effort.end {
                End::Smallest | End::Budget => Effort { end: End::NotSeenAgain, ..effort },
                End::NotSeenAgain | End::OfMaps => effort,
            },
        },
    }
}

/// Finds a failure of a scenario, and makes it as small as the budget allows; nothing if none is found.
pub fn find(entry: &'static Entry, scenario: Scenario, property: Property, budget: Budget) -> Option<Counterexample> {
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
