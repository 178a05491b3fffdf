//! PROG-1 under shuttle: a thread stopped for ever at every point, while the gets of the others are watched.
//!
//! # Protocol
//! First the schedules of a scenario with few preemptions are run, to learn how many steps each thread takes. Then each
//! thread is stopped after each of its steps in turn, in all schedules of the others with few preemptions; once before
//! the others have begun, and once when they are half-way, so that what a thread sets up at its start is there. A
//! thread that is stopped goes on when nobody else can; [`Progress`] has seen by then who waited for it.

use super::driver::{Limits, Work, drive};
use super::plan::Plan;
use crate::explore::Job;
use crate::explore::judge::Judge;
use crate::properties::Property;
use crate::properties::prog_1::{BOUND, Progress};
use crate::scenario::{Program, Scenario};
use crate::verdict::{Evidence, Findings, Tally};
use contextvars_model::Op;
use std::sync::Arc;
use std::time::Instant;

/// Preemptions of the schedules in which a thread is stopped.
const PREEMPTIONS: usize = 1;

/// Explores, with at most `executions` of them, and adds what it found.
pub(super) fn explore(job: &Job<'_>, executions: u64, findings: &mut Findings) {
    let scenarios: Vec<_> = job.scenarios.concurrent().filter(|scenario| fits(scenario)).collect();
    let each = (executions / scenarios.len().max(1) as u64).max(1);
    let (mut stops, mut complete, mut longest, mut done) = (0, 0, 0, 0);
    let (begun, mut refuted_after) = (Instant::now(), None);
    for scenario in &scenarios {
        let search = |work: Vec<Plan>, executions: u64| {
            let work: Vec<_> = work.into_iter().map(|plan| Work { scenario: Arc::clone(scenario), plan }).collect();
            let limits = Limits { executions, deadline: job.budget.deadline() };
            let (drive, crash) = drive(job.subject, work.into_iter(), Judge::new([Property::Prog1]), limits);
            (drive, crash.is_some())
        };
        let bounded = |preemptions| Plan::Bounded { preemptions, at_most: each / 4 + 1 };
        let (first, crashed) = search((0..=PREEMPTIONS).map(bounded).collect(), each);
        let steps = |task: usize| first.steps.get(task).copied().unwrap_or(0);
        let tasks = 1..=scenario.threads.len();
        let points: Vec<(usize, usize)> =
            tasks.clone().flat_map(|task| (1..steps(task)).map(move |after| (task, after))).collect();
        let half = tasks.map(steps).max().unwrap_or(0) / 2;
        // A stop is tried with as many schedules as there is time for, at least with that without a preemption.
        let at_most = (each / (2 * points.len()).max(1) as u64).max(1);
        let plans = [0, half].into_iter().flat_map(|lead| {
            let stop = move |&(task, after)| Plan::Stopped { task, lead, after, preemptions: PREEMPTIONS, at_most };
            points.iter().map(stop)
        });
        let mut drives = Vec::new();
        if first.violations.is_empty() && !crashed && !first.out_of_time {
            let (second, crashed) = search(plans.collect(), u64::MAX);
            stops += second.done.len();
            complete += second.done.iter().filter(|(_, complete)| *complete).count();
            findings.shortfall = findings.shortfall.take().or_else(|| {
                let why = "an execution with a stopped thread did not terminate";
                (crashed || second.out_of_time).then(|| if crashed { why.into() } else { cut_short() })
            });
            drives.push(second);
        }
        if first.out_of_time {
            findings.shortfall = findings.shortfall.take().or_else(|| Some(cut_short()));
        }
        for mut drive in std::iter::once(first).chain(drives) {
            done += drive.covered.executions;
            findings.covered += drive.covered;
            longest = longest.max(drive.progress.as_ref().map_or(0, Progress::longest));
            findings.violations.extend(drive.violations.drain(..).map(|e| Evidence { execution: done, ..e }));
        }
        if findings.violations.iter().any(|evidence| evidence.violation.property == Property::Prog1) {
            refuted_after = Some(begun.elapsed().as_millis() as u64);
            break;
        }
    }
    findings.tallies.push(Tally { decided: done, refuted_after, ..Tally::of(Property::Prog1) });
    findings.notes.push(format!(
        "PROG-1: {stops} stops of a thread after one of its steps, {complete} with all schedules of the others with at \
         most {PREEMPTIONS} preemption, {done} executions; longest get: {longest} accesses to shared memory \
         (bound {BOUND})"
    ));
}

fn cut_short() -> String {
    format!("not every thread was stopped at every point {}", crate::stop::reason())
}

/// Scenarios in which somebody reads and nothing is handed over: mailboxes are the harness's.
fn fits(scenario: &Scenario) -> bool {
    let reads = |program: &Program| program.steps.iter().any(|step| step.any(&|op| matches!(op, Op::Get { .. })));
    scenario.threads.len() > 1
        && scenario.threads.iter().any(reads)
        && !scenario.any(&|op| matches!(op, Op::Give { .. }))
}
