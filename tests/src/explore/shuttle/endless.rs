//! PROG-1 under shuttle: gets while the others go on for ever.
//!
//! # Protocol
//! The scenarios are the named ones and generated ones, in which all threads but a reader are made to go on
//! ([`endless`]). While the reader is inside a get a fair [`Adversary`](super::adversary::Adversary) lets the others
//! complete an operation after every step or two of it. [`Progress`] counts the get's own steps, and the bound is the
//! one that is stated.

use super::driver::{Limits, Work, drive};
use super::plan::Plan;
use crate::explore::Job;
use crate::explore::judge::Judge;
use crate::generate::endless::endless;
use crate::generate::{self, Profile, Seeded};
use crate::properties::Property;
use crate::properties::prog_1::Progress;
use crate::scenario::Scenario;
use crate::verdict::{Evidence, Findings};
use contextvars_model::{Op, ThreadId};
use std::sync::Arc;
use std::time::Instant;

/// Schedules of one scenario.
const EACH: usize = 8;

/// Explores, with at most `executions` of them, and adds what it found.
pub(super) fn explore(job: &Job<'_>, executions: u64, findings: &mut Findings) {
    let refuted = |findings: &Findings| findings.violations.iter().any(|e| e.violation.property == Property::Prog1);
    if refuted(findings) {
        return;
    }
    let begun = Instant::now();
    let limits = Limits { executions, deadline: job.budget.deadline() };
    let (mut drive, crash) = drive(job.subject, works(job), Judge::new([Property::Prog1]), limits);
    let done = drive.covered.executions;
    findings.covered += drive.covered;
    let longest = drive.progress.as_ref().map_or(0, Progress::longest);
    findings.violations.extend(drive.violations.drain(..).map(|e| Evidence { execution: done, ..e }));
    let refuted = refuted(findings);
    if let Some(tally) = findings.tallies.iter_mut().find(|tally| tally.property == Property::Prog1) {
        tally.decided += done;
        tally.refuted_after = refuted.then(|| begun.elapsed().as_millis() as u64);
    }
    if drive.out_of_time || crash.is_some() && !refuted {
        let why = format!("{done} executions with threads that go on, {}", crate::stop::reason());
        findings.shortfall.get_or_insert(why);
    }
    findings.notes.push(format!(
        "PROG-1: {done} executions in which the others complete an operation after each step of a get; longest get: \
         {longest} accesses to shared memory"
    ));
}

/// An endless turn of scenarios in which threads go on; one turn over those that there are if none is generated.
fn works(job: &Job<'_>) -> impl Iterator<Item = Work> + use<> {
    let mut random = Seeded::new(job.seed);
    // Whether one can be made to go on does not depend on chance.
    let mut goes_on =
        |scenario: &Scenario| reader(scenario).is_some_and(|reader| endless(&mut random, scenario, reader).is_some());
    let named: Vec<_> = job.scenarios.concurrent().filter(|scenario| goes_on(scenario)).cloned().collect();
    let generate = job.scenarios.generate;
    (0..)
        .map_while(move |turn| {
            let generated = generate && (named.is_empty() || turn % 2 == 1);
            if !generated && named.is_empty() {
                return None;
            }
            let scenario = if generated {
                Arc::new(generate::scenario(&mut random, &Profile::CONCURRENT))
            } else {
                Arc::clone(&named[turn / 2 % named.len()])
            };
            let seed = random.bits();
            Some(reader(&scenario).and_then(|reader| {
                let scenario = Arc::new(endless(&mut random, &scenario, reader)?);
                Some(Work { scenario, plan: Plan::Adversary { reader, seed, schedules: EACH } })
            }))
        })
        .flatten()
}

/// A thread that runs from the start and can be made to read. Nothing may be handed over: mailboxes are the harness's.
fn reader(scenario: &Scenario) -> Option<ThreadId> {
    if scenario.any(&|op| matches!(op, Op::Give { .. })) {
        return None;
    }
    let at_once = |index: &usize| !scenario.threads[*index].spawned;
    let reads =
        |index: &usize| scenario.threads[*index].steps.iter().any(|s| s.any(&|op| matches!(op, Op::Get { .. })));
    let threads = 0..scenario.threads.len();
    let index = threads.clone().filter(at_once).find(reads).or_else(|| threads.clone().find(at_once))?;
    Some(ThreadId(index as u16 + 1))
}
