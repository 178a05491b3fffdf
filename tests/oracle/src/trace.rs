//! Recorded traces: what interpreters answered, as JSON lines, so that it can be compared without one.
//!
//! A line is an object: `python` (the versions that answered so), `scenario` (its text), `turns` (the threads whose
//! steps were taken, in order; a scope is one step) and `answers` (one for each event, as `child.py` writes them).

use crate::compare::{Comparison, RULES};
use crate::dialect::{Dialect, Version};
use crate::interpreter::Interpreter;
use crate::plan::{Order, Plan, Way};
use crate::trial::{Alone, Job, Trouble, alone, judged};
use contextvars_check::designs::DesignEntry;
use contextvars_check::generate::Seeded;
use contextvars_check::scenario::Scenario;
use contextvars_model::ThreadId;
use serde_json::{Value, json};
use std::sync::Arc;

/// One event in so many is followed by a probe. What is recorded depends on it.
const PROBE_EVERY: usize = 20;

/// A run that was recorded.
pub struct Recorded {
    /// The interpreters that answered so.
    pub versions: Vec<Version>,
    /// The run.
    pub plan: Plan,
    /// The answers.
    pub answers: Value,
}

fn way(turns: Order) -> Way {
    Way { order: turns, probe_every: PROBE_EVERY }
}

impl Recorded {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Recorded, String> {
        let mut read: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let text = read["scenario"].as_str().ok_or("there is no scenario")?;
        let scenario = Arc::new(Scenario::parse(text).map_err(|error| error.to_string())?);
        let list = |key: &str| read[key].as_array().ok_or(format!("there are no {key}"));
        let versions = list("python")?.iter().map(|version| version.as_str().and_then(Version::cpython));
        let versions = versions.collect::<Option<Vec<_>>>().filter(|versions| !versions.is_empty());
        let versions = versions.ok_or("`python` holds no versions such as 3.11.7")?;
        let turns = list("turns")?.iter().map(|turn| turn.as_u64().and_then(|n| u16::try_from(n).ok()).map(ThreadId));
        let turns = turns.collect::<Option<Vec<_>>>().ok_or("`turns` holds no threads")?;
        let plan = Plan::new(&scenario, &Dialect::common(&versions[0]), &way(Order::Given(turns)));
        let answers = read["answers"].take();
        if answers.as_array().is_none_or(|answers| answers.len() != plan.events.len()) {
            return Err(format!("there are to be {} answers; record it again", plan.events.len()));
        }
        Ok(Recorded { versions, plan, answers })
    }

    fn line(&self) -> String {
        let turns: Vec<u16> = self.plan.turns.iter().map(|turn| turn.0).collect();
        let versions: Vec<String> = self.versions.iter().map(Version::digits).collect();
        let scenario = self.plan.scenario.to_string();
        json!({ "python": versions, "scenario": scenario, "turns": turns, "answers": self.answers }).to_string()
    }

    /// Compares it with the model, once for each version.
    pub fn check(&self) -> Result<u64, Trouble> {
        let mut operations = 0;
        for version in &self.versions {
            let (comparison, trouble) = judged(&self.plan, &self.answers, &Dialect::common(version), RULES);
            if let Some(trouble) = trouble {
                return Err(trouble);
            }
            operations += comparison.operations;
        }
        Ok(operations)
    }

    /// Runs it on a design, in lockstep with the model, in the order that was recorded; what differs. The model answers
    /// what was recorded ([`Recorded::check`]), so the design does.
    pub fn check_design(&self, design: &DesignEntry) -> Option<String> {
        let mut turns = self.plan.turns.iter();
        let run = design.subject.in_lockstep(&self.plan.scenario, &mut |able| {
            turns.next().copied().filter(|turn| able.contains(turn)).unwrap_or(able[0])
        });
        run.mismatch.map(|mismatch| format!("{}: {mismatch}", design.name))
    }
}

/// Records generated scenarios on several interpreters, until so many operations are recorded of each. Lines, and the
/// operations.
///
/// # Errors
/// One line, if an interpreter differs or does not answer: what is recorded is what is agreed on.
pub fn record(interpreters: &mut [Interpreter], job: &Job<'_>) -> Result<(Vec<String>, u64), String> {
    let (mut random, mut operations, mut lines) = (Seeded::new(job.seed), 0, Vec::new());
    while operations < job.operations {
        if job.deadline.has_passed() {
            return Err(format!("{operations} of {} operations were recorded in the time given", job.operations));
        }
        let scenario = (job.generator)(&mut random);
        let mut recorded: Vec<Recorded> = Vec::new();
        let mut order = Order::Steps(random.bits());
        for interpreter in &mut *interpreters {
            let dialect = Dialect::common(interpreter.version());
            let plan = Plan::new(&scenario, &dialect, &way(order.clone()));
            order = Order::Given(plan.turns.clone());
            let (answers, Comparison { operations: compared, .. }) = told(interpreter, &plan, &dialect, job)?;
            let version = interpreter.version().clone();
            match recorded.iter_mut().find(|other| other.answers == answers) {
                Some(same) => same.versions.push(version),
                None => recorded.push(Recorded { versions: vec![version], plan, answers }),
            }
            operations += compared * u64::from(recorded.len() == 1 && recorded[0].versions.len() == 1);
        }
        lines.extend(recorded.iter().map(Recorded::line));
    }
    Ok((lines, operations))
}

fn told(
    interpreter: &mut Interpreter,
    plan: &Plan,
    dialect: &Dialect,
    job: &Job<'_>,
) -> Result<(Value, Comparison), String> {
    let version = interpreter.version().clone();
    let Alone { comparison, trouble, told } = alone(interpreter, plan, dialect, job)?;
    match trouble {
        Some(trouble) => Err(format!("{version} is not recorded where it differs: {trouble}\n{}", plan.scenario)),
        None => {
            let mut told = told;
            told.as_array_mut().into_iter().flatten().for_each(settle);
            Ok((told, comparison))
        }
    }
}

/// Puts into one order what comes in the order of addresses, so that the answers of most versions are the same.
fn settle(result: &mut Value) {
    let sort = |list: &mut Value| {
        if let Some(list) = list.as_array_mut().filter(|list| list.iter().all(Value::is_array)) {
            list.sort_by_key(Value::to_string);
        }
    };
    sort(&mut result[0]);
    let Some(changes) = result.get_mut(1) else { return };
    let contexts = changes.get_mut("c").and_then(Value::as_object_mut);
    contexts.into_iter().flat_map(|contexts| contexts.values_mut()).for_each(sort);
    for key in ["n", "e"] {
        changes.get_mut(key).map(sort);
    }
    // Values that die together: between two that are made.
    if let Some(lives) = changes.get_mut("l").and_then(Value::as_array_mut) {
        let dies = |value: &Value| value.as_i64().is_some_and(|n| n < 0);
        lives.chunk_by_mut(|a, b| dies(a) && dies(b)).for_each(|dead| dead.sort_by_key(Value::as_i64));
    }
}
