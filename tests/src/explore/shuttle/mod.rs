//! shuttle: schedules chosen by us, sequentially consistent.
//!
//! Shows: first, for the named small scenarios, *all* schedules with at most p preemptions, fewest first, which is a
//! proof up to p and gives the shortest story; then random walks, PCT and URW over those, the larger ones and generated
//! ones. Cannot show: weak-memory behaviours.

mod adversary;
mod bounded;
mod driver;
mod endless;
mod plan;
mod random;
mod replay;
mod reproduce;
mod standing;
mod stopped;
mod strategy;
mod switches;
mod theirs;

pub use reproduce::{Hunt, Plans, points_of, show};
pub use switches::{Point, Switch};

use super::judge::Judge;
use super::{Engine, Explorer, Job, no_end};
use crate::deadline::Deadline;
use crate::generate::{self, Profile, Seeded, Shape};
use crate::harness::SystemUnderTest;
use crate::outcome::Outcome;
use crate::platform::trace::{self, Traced};
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::stop;
use crate::verdict::{Evidence, Findings};
use driver::{Limits, Work, drive};
use plan::Plan;
use std::collections::VecDeque;
use std::sync::Arc;

/// The engine.
pub struct ShuttleEngine;

/// Schedules per second of budget; a slow machine does more.
const NOMINAL: u64 = 14_000;

/// Preemptions of the bounded search.
const PREEMPTIONS: usize = 2;

/// Schedules of a named scenario for each random strategy, before the next one has its turn.
const EACH: usize = 50;

/// The same for a generated one: another scenario tells more than another schedule.
const EACH_GENERATED: usize = 20;

/// Schedules with each number of preemptions of one scenario whose threads contend.
const FEW: u64 = 20;

/// Schedules of a large scenario, which has its turn after each other one: what depends on a size shows in most
/// schedules, and one of them takes as long as some twenty of theirs.
const LARGE: usize = 1;

impl Explorer for ShuttleEngine {
    fn engine(&self) -> Engine {
        Engine::Shuttle
    }

    fn judges(&self, _: Property) -> bool {
        true
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let planned = job.executions(NOMINAL);
        // PROG-1 has executions of its own, in which the trace is on.
        let here = |property: &Property| self.judges(*property) && *property != Property::Prog1;
        let judge = Judge::new(job.properties.iter().copied().filter(here));
        let bounded = bounded(job, planned / 2);
        let searches = bounded.len();
        let limits = Limits { executions: planned, deadline: job.budget.deadline() };
        let (mut drive, crash) = drive(job.subject, bounded.into_iter().chain(random(job)), judge, limits);
        let mut findings = Findings::new(Engine::Shuttle);
        findings.covered = drive.covered;
        findings.violations = std::mem::take(&mut drive.violations);
        let done = drive.covered.executions;
        if drive.out_of_time {
            findings.shortfall = Some(format!("{done} of {planned} schedules {}", stop::reason()));
        }
        let complete = drive.done.iter().take(searches).filter(|(_, complete)| *complete).count();
        findings.notes.push(format!(
            "{complete} of {searches} searches of all schedules with at most 0, 1, …, {PREEMPTIONS} preemptions \
             complete"
        ));
        if let Some(crash) = crash {
            findings.shortfall = Some(format!("stopped after {done} schedules by one that did not terminate"));
            findings.violations.extend(drive.judge.take(no_end(&crash.message)).map(|violation| Evidence {
                engine: Engine::Shuttle,
                violation,
                scenario: crash.scenario,
                schedule: crash.schedule,
                execution: done + 1,
                trace: Vec::new(),
            }));
        }
        findings.notes.extend(drive.judge.contention());
        findings.tallies = drive.judge.tallies();
        if job.properties.contains(&Property::Prog1) {
            stopped::explore(job, planned / 4, &mut findings);
            endless::explore(job, planned / 16, &mut findings);
        }
        for evidence in &mut findings.violations {
            evidence.trace = replay(job.subject, &evidence.scenario, &evidence.schedule).0;
        }
        findings
    }
}

/// Runs one schedule with the trace on. The same schedule of the same scenario gives the same trace, always.
///
/// The outcome is missing if the execution does not terminate.
pub fn replay(
    subject: &'static dyn SystemUnderTest,
    scenario: &Arc<Scenario>,
    schedule: &[u8],
) -> (Vec<Traced>, Option<Outcome>) {
    let work = Work { scenario: Arc::clone(scenario), plan: Plan::Replay(schedule.to_vec()) };
    let limits = Limits { executions: 1, deadline: Deadline::of_a_replay() };
    trace::start();
    let (mut drive, _) = drive(subject, std::iter::once(work), Judge::keeping_the_last(), limits);
    let outcome = drive.judge.take_last();
    (trace::finish(), outcome)
}

/// The number of scheduling points of one execution of a scenario.
pub fn points(subject: &'static dyn SystemUnderTest, scenario: &Arc<Scenario>) -> usize {
    let work = Work { scenario: Arc::clone(scenario), plan: Plan::Bounded { preemptions: 0, at_most: 1 } };
    let limits = Limits { executions: 1, deadline: Deadline::of_a_replay() };
    drive(subject, std::iter::once(work), Judge::keeping_the_last(), limits).0.points
}

/// The searches of all schedules with few preemptions: each small scenario with none, then each with one, and so on.
fn bounded(job: &Job<'_>, schedules: u64) -> Vec<Work> {
    let small: Vec<_> = job.scenarios.pairs.iter().chain(&job.scenarios.small).collect();
    let at_most = (schedules / (small.len() * PREEMPTIONS).max(1) as u64).max(1);
    let plans = (0..=PREEMPTIONS).map(|preemptions| Plan::Bounded { preemptions, at_most });
    let each =
        |plan: Plan| small.iter().map(move |&scenario| Work { scenario: Arc::clone(scenario), plan: plan.clone() });
    plans.flat_map(each).collect()
}

/// An endless turn of random schedules over the named scenarios and newly generated ones.
fn random(job: &Job<'_>) -> impl Iterator<Item = Work> + use<> {
    let named: Vec<_> = job.scenarios.concurrent().cloned().collect();
    let generate = job.scenarios.generate;
    let mut random = Seeded::new(job.seed);
    let mut turn = 0;
    let mut waiting: VecDeque<Work> = VecDeque::new();
    std::iter::from_fn(move || {
        if named.is_empty() && !generate {
            return None;
        }
        if waiting.is_empty() {
            let (round, kind) = if generate { (turn / 4, turn % 4) } else { (turn, 1) };
            let is_named = kind == 1 && !named.is_empty();
            let scenario = match kind {
                0 => Arc::new(generate::contended(&mut random)),
                1 if is_named => Arc::clone(&named[round % named.len()]),
                2 => Arc::new(generate::scenario(&mut random, &Profile::CONTENDED_REENTRANT)),
                _ => Arc::new(generate::scenario(&mut random, &Profile::CONCURRENT)),
            };
            let few = (0..=PREEMPTIONS).map(|preemptions| Plan::Bounded { preemptions, at_most: FEW });
            let schedules = if is_named { EACH } else { EACH_GENERATED };
            let plans = few.filter(|_| kind == 0).chain(at_random(&mut random, schedules));
            waiting.extend(plans.map(|plan| Work { scenario: Arc::clone(&scenario), plan }));
            waiting.extend(generate.then(|| large(&mut random, turn)));
            turn += 1;
        }
        waiting.pop_front()
    })
}

/// A large scenario. The strategies have each shape in turn.
fn large(random: &mut Seeded, turn: usize) -> Work {
    let scenario = Arc::new(generate::large(random, Shape::of_turn(turn), 2));
    let seed = random.bits();
    let plan = match turn / Shape::ALL.len() % 3 {
        0 => Plan::Random { seed, schedules: LARGE },
        1 => Plan::Pct { seed, depth: 3, schedules: LARGE },
        _ => Plan::Urw { seed, schedules: LARGE },
    };
    Work { scenario, plan }
}

/// Each random strategy once.
fn at_random(random: &mut Seeded, schedules: usize) -> [Plan; 4] {
    let mut seed = || random.bits();
    [
        Plan::Random { seed: seed(), schedules },
        Plan::Pct { seed: seed(), depth: 2, schedules },
        Plan::Pct { seed: seed(), depth: 3, schedules },
        Plan::Urw { seed: seed(), schedules },
    ]
}
