//! PROG-1 under shuttle: a thread stopped for ever at every point, while the gets of the others are watched.
//!
//! # Protocol
//! First the schedules of a scenario with few preemptions are run, to learn how many steps each thread takes. Then each
//! thread is stopped after each of its steps in turn, in all schedules of the others with few preemptions. A thread that
//! is stopped goes on when nobody else can; [`Progress`] has seen by then who waited for it.

use super::driver::{Drive, Limits, Work, drive_from};
use super::strategy::Plan;
use crate::check::Property;
use crate::check::prog_1::{BOUND, Progress};
use crate::explore::Job;
use crate::explore::judge::Judge;
use crate::platform::trace;
use crate::scenario::{Program, Scenario};
use crate::verdict::{Evidence, Findings};
use contextvars_model::Op;
use std::sync::Arc;

/// Preemptions of the schedules in which a thread is stopped.
const PREEMPTIONS: usize = 1;

/// Explores, with so many executions at most, and adds what it found.
pub(super) fn explore(job: &Job<'_>, executions: u64, findings: &mut Findings) {
    let scenarios: Vec<_> = job.scenarios.concurrent().filter(|scenario| fits(scenario)).collect();
    let each = (executions / scenarios.len().max(1) as u64).max(1);
    let (mut stops, mut complete, mut longest, mut done) = (0, 0, 0, 0);
    for scenario in &scenarios {
        let search = |work: Vec<Plan>, executions: u64| {
            let work: Vec<_> = work.into_iter().map(|plan| Work { scenario: Arc::clone(scenario), plan }).collect();
            let limits = Limits { executions, deadline: job.budget.deadline() };
            let mut begun = Drive::new(Judge::new([Property::Prog1]));
            begun.progress = Some(Progress::default());
            trace::start();
            let (drive, crash) = drive_from(begun, job.subject, work.into_iter(), limits);
            trace::finish();
            (drive, crash.is_some())
        };
        let bounded = |preemptions| Plan::Bounded { preemptions, at_most: each / 4 + 1 };
        let (mut first, crashed) = search((0..=PREEMPTIONS).map(bounded).collect(), each);
        let points: Vec<(usize, usize)> = (1..=scenario.threads.len())
            .flat_map(|task| (1..first.steps.get(task).copied().unwrap_or(0)).map(move |after| (task, after)))
            .collect();
        // A stop is tried with as many schedules as there is time for, at least with that without a preemption.
        let at_most = (each / points.len().max(1) as u64).max(1);
        let plans =
            points.iter().map(|&(task, after)| Plan::Stopped { task, after, preemptions: PREEMPTIONS, at_most });
        let mut drives = vec![];
        if first.violations.is_empty() && !crashed && !first.out_of_time {
            let (second, crashed) = search(plans.collect(), u64::MAX);
            stops += second.done.len();
            complete += second.done.iter().filter(|(_, complete)| *complete).count();
            findings.shortfall = findings.shortfall.take().or_else(|| {
                let why = "an execution with a stopped thread came to no end";
                (crashed || second.out_of_time).then(|| if crashed { why.into() } else { OUT_OF_TIME.into() })
            });
            drives.push(second);
        }
        drives.push(std::mem::replace(&mut first, Drive::new(Judge::new([]))));
        for mut drive in drives {
            done += drive.covered.executions;
            findings.covered += drive.covered;
            longest = longest.max(drive.progress.as_ref().map_or(0, Progress::longest));
            findings.violations.extend(drive.violations.drain(..).map(|e| Evidence { execution: done, ..e }));
        }
        if findings.violations.iter().any(|evidence| evidence.violation.property == Property::Prog1) {
            break;
        }
    }
    findings.notes.push(format!(
        "PROG-1: {stops} stops of a thread after one of its steps, {complete} with all schedules of the others with at \
         most {PREEMPTIONS} preemption, {done} executions; longest get: {longest} accesses to shared memory (bound {BOUND})"
    ));
}

const OUT_OF_TIME: &str = "not every thread was stopped at every point in the time given";

/// Scenarios in which somebody reads, whose threads all start at once, and in which nothing is handed over: the mailboxes
/// are the harness's, and who waits for one waits for nobody of the program.
fn fits(scenario: &Scenario) -> bool {
    let reads = |program: &Program| program.steps.iter().any(|step| step.any(&|op| matches!(op, Op::Get { .. })));
    scenario.threads.len() > 1
        && scenario.threads.iter().any(reads)
        && scenario.threads.iter().all(|program| !program.spawned)
        && !scenario.any(&|op| matches!(op, Op::Give { .. }))
}
