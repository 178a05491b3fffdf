//! The scenarios that the project ships, and the answers that they state: that those are the interpreter's is a fact
//! which this checks.

use crate::campaign::Report;
use crate::dialect::Dialect;
use crate::found::Found;
use crate::interpreter::{Failure, Interpreter};
use crate::plan::{Cut, Order, Plan, Way};
use crate::profile;
use crate::trial::{Alone, Job, Trouble, alone};
use contextvars_check::scenario::library;
use std::sync::Arc;

/// What came of the shipped scenarios.
pub struct Stated {
    /// Operations, cuts, findings.
    pub report: Report,
    /// Answers that a scenario states, and the interpreter gave.
    pub answers: u64,
    /// Scenarios that cannot be performed, because a read copies values in them, an allocator reads, or somebody
    /// watches.
    pub left_out: u64,
}

/// Runs every shipped scenario in the order of its text.
///
/// # Errors
/// One line, if the interpreter cannot be started again after it died.
pub fn check(interpreter: &mut Interpreter, job: &Job<'_>) -> Result<Stated, String> {
    let dialect = Dialect::of(interpreter.version());
    let mut stated = Stated { report: Report::new(interpreter.version()), answers: 0, left_out: 0 };
    for shipped in library::shipped() {
        let way = Way { order: Order::InTurn, probe_every: 0 };
        let plan = Plan::new(&Arc::new(shipped.scenario), &dialect, &way);
        if !profile::can_run(&plan.scenario) || matches!(plan.cut, Some(Cut::Unable(_))) {
            stated.left_out += 1;
            continue;
        }
        let Alone { comparison, trouble, .. } = alone(interpreter, &plan, &dialect, job)?;
        stated.report.count(&plan, &comparison);
        match trouble {
            Some(Trouble::Failed(Failure::Stopped)) => break,
            Some(trouble) => stated.report.found.push(Found {
                version: interpreter.version().clone(),
                performed: comparison.operations as usize,
                cut_from: plan.scenario.operations(),
                plan,
                trouble,
                tried: 0,
                again: true,
            }),
            None => {
                stated.answers += plan.events.iter().filter(|event| event.stated.is_some()).count() as u64;
            }
        }
    }
    Ok(stated)
}
