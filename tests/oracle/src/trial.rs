//! One plan performed by an interpreter, and what is wrong with that.

use crate::compare::{Comparison, Difference, Rules, compare};
use crate::dialect::{Dialect, Fault};
use crate::interpreter::{Failure, Interpreter};
use crate::plan::Plan;
use crate::profile::Generator;
use crate::wire;
use contextvars_check::deadline::Deadline;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// How long an interpreter may take for a batch, which takes it a tenth of a second; and for a scenario alone.
pub(crate) const PATIENCE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(5));

/// What is to be done.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Operations to compare.
    pub operations: u64,
    /// When to stop at the latest.
    pub deadline: Deadline,
    /// Where random choices start.
    pub seed: u64,
    /// What kind of scenarios.
    pub generator: Generator,
    /// What to compare with.
    pub rules: Rules,
    /// The faults that are looked for, and so not kept away from.
    pub seek: &'a [&'static Fault],
    /// Findings after which the search is over.
    pub findings: usize,
}

/// What is wrong with a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// It parts from the model.
    Different(Difference),
    /// The child's program found something impossible.
    Impossible(String),
    /// There was no answer.
    Failed(Failure),
}

impl Trouble {
    /// Whether both may have the same cause.
    pub(crate) fn is_like(&self, other: &Trouble) -> bool {
        match (self, other) {
            (Trouble::Failed(one), Trouble::Failed(other)) => {
                std::mem::discriminant(one) == std::mem::discriminant(other)
            }
            (Trouble::Failed(_), _) | (_, Trouble::Failed(_)) => false,
            _ => true,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Different(difference) => difference.fmt(f),
            Trouble::Impossible(what) => write!(f, "in the interpreter: {what}"),
            Trouble::Failed(failure) => failure.fmt(f),
        }
    }
}

/// Compares what was told of one run.
pub(crate) fn judged(plan: &Plan, told: &Value, dialect: &Dialect, rules: Rules) -> (Comparison, Option<Trouble>) {
    let results = told.as_array().or_else(|| told["results"].as_array()).map_or(&[][..], |results| results);
    let comparison = compare(plan, results, dialect, rules);
    let trouble = match (&comparison.difference, &told["failure"]) {
        (Some(difference), _) => Some(Trouble::Different(difference.clone())),
        (None, Value::String(failure)) => Some(Trouble::Impossible(failure.clone())),
        (None, _) if results.len() != plan.events.len() => {
            Some(Trouble::Impossible(format!("{} answers to {} events", results.len(), plan.events.len())))
        }
        _ => None,
    };
    (comparison, trouble)
}

/// Performs one plan alone, with every result told at once; if the interpreter dies there is a new one afterwards, and
/// the comparison is of what it had told.
pub(crate) fn alone(
    interpreter: &mut Interpreter,
    plan: &Plan,
    dialect: &Dialect,
    job: &Job<'_>,
) -> Result<Alone, String> {
    interpreter.ask(wire::batch([plan], true));
    let mut told = Vec::new();
    loop {
        match interpreter.answer(PATIENCE.1, job.deadline) {
            Ok(result) if result.is_array() => told.push(result),
            Ok(mut whole) => {
                let told = whole["told"][0].take();
                let (comparison, trouble) = judged(plan, &told, dialect, job.rules);
                return Ok(Alone { comparison, trouble, told });
            }
            Err(failure) => {
                if failure != Failure::Stopped {
                    interpreter.restart()?;
                }
                let comparison = compare(plan, &told, dialect, job.rules);
                return Ok(Alone { comparison, trouble: Some(Trouble::Failed(failure)), told: Value::Array(told) });
            }
        }
    }
}

/// Performs several plans in one question; each alone if that is not answered.
pub(crate) fn perform(
    interpreter: &mut Interpreter,
    plans: &[Plan],
    dialect: &Dialect,
    job: &Job<'_>,
) -> Result<Vec<Alone>, String> {
    if let [plan] = plans {
        return alone(interpreter, plan, dialect, job).map(|alone| vec![alone]);
    }
    interpreter.ask(wire::batch(plans, false));
    match interpreter.answer(PATIENCE.1, job.deadline) {
        Ok(mut told) => {
            let judge = |(n, plan)| {
                let told = told["told"][n].take();
                let (comparison, trouble) = judged(plan, &told, dialect, job.rules);
                Alone { comparison, trouble, told }
            };
            Ok(plans.iter().enumerate().map(judge).collect())
        }
        Err(failure) => {
            if failure != Failure::Stopped {
                interpreter.restart()?;
            }
            plans.iter().map(|plan| alone(interpreter, plan, dialect, job)).collect()
        }
    }
}

/// What came of a plan that was performed alone.
pub(crate) struct Alone {
    /// The comparison, of what was told.
    pub(crate) comparison: Comparison,
    /// What is wrong.
    pub(crate) trouble: Option<Trouble>,
    /// What was told.
    pub(crate) told: Value,
}
