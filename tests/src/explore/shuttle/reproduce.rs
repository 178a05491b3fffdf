//! A known failure under shuttle: looked for, written down as its switches, and shown again.

use super::driver::{Limits, Work, drive};
use super::plan::Plan;
use super::switches::{Point, Switch};
use crate::deadline::Deadline;
use crate::explore::judge::Judge;
use crate::explore::{Engine, Shown, no_end};
use crate::harness::SystemUnderTest;
use crate::mutex::lock;
use crate::platform::trace;
use crate::properties::{Judgement, Property, check};
use crate::scenario::Scenario;
use crate::verdict::Evidence;
use contextvars_model::ThreadId;
use std::sync::{Arc, Mutex};

/// Threads whose gets are disturbed by all others in a hunt for PROG-1, at most.
const READERS: usize = 3;

/// Schedules of each of them.
const ADVERSARIES: usize = 12;

/// Operations that one execution may have to count as one.
const OPERATIONS: u64 = 64;

/// What is tried on each scenario of a hunt, in this order.
#[derive(Clone, Copy, Debug)]
pub struct Plans {
    /// All schedules with this many preemptions, ...
    pub from: usize,
    /// ..., and this many.
    pub preemptions: usize,
    /// Schedules for each of those numbers at most.
    pub at_most: u64,
    /// The number of random ones after these.
    pub random: usize,
}

/// Looks for executions that break a property.
pub struct Hunt {
    /// The design.
    pub subject: &'static dyn SystemUnderTest,
    /// The property.
    pub property: Property,
    /// Executions left; a long one counts as several.
    pub left: u64,
    /// The end.
    pub deadline: Deadline,
}

impl Hunt {
    /// The first of these scenarios on which these switches, or else the plans, break the property: its number, and
    /// that schedule.
    pub fn among(
        &mut self,
        scenarios: &[Arc<Scenario>],
        switches: Option<&[Switch]>,
        plans: Plans,
    ) -> Option<(usize, Vec<u8>)> {
        let Plans { from, preemptions, at_most, random } = plans;
        let bounded = (from..=preemptions).map(|preemptions| Plan::Bounded { preemptions, at_most });
        let depth = preemptions + 1;
        let random = (random > 0).then_some(Plan::Pct { seed: 1, depth, schedules: random });
        let known = switches.map(|switches| Plan::Switches(switches.to_vec()));
        let first = known.into_iter().collect::<Vec<_>>();
        let plans: Vec<Plan> =
            first.into_iter().chain(bounded).chain(random).chain(self.adversaries(scenarios)).collect();
        let work = |scenario: &Arc<Scenario>, plan: &Plan| Work { scenario: Arc::clone(scenario), plan: plan.clone() };
        let works = scenarios.iter().flat_map(|scenario| plans.iter().map(move |plan| work(scenario, plan))).collect();
        self.first(works).map(|(number, schedule)| (number / plans.len(), schedule))
    }

    /// For PROG-1: the others go on while a thread is inside a get.
    fn adversaries(&self, scenarios: &[Arc<Scenario>]) -> Vec<Plan> {
        let threads = scenarios.iter().map(|scenario| scenario.threads.len()).max().unwrap_or(0);
        let readers = 1..=threads.min(READERS) as u16;
        let readers = readers.filter(|_| self.property == Property::Prog1).map(ThreadId);
        readers.map(|reader| Plan::Adversary { reader, seed: 1, schedules: ADVERSARIES }).collect()
    }

    /// The first of these lists of switches that refutes the property on a scenario.
    pub fn by_switches(&mut self, scenario: &Arc<Scenario>, lists: Vec<Vec<Switch>>) -> Option<usize> {
        let work = |switches| Work { scenario: Arc::clone(scenario), plan: Plan::Switches(switches) };
        self.first(lists.into_iter().map(work).collect()).map(|(number, _)| number)
    }

    /// The first work that finds a violation.
    fn first(&mut self, mut works: Vec<Work>) -> Option<(usize, Vec<u8>)> {
        let mut skipped = 0;
        while !works.is_empty() && !self.is_over() {
            let limits = Limits { executions: self.left, deadline: self.deadline };
            let judge = Judge::new([self.property]);
            let (mut drive, crash) = drive(self.subject, works.clone().into_iter(), judge, limits);
            let executions = drive.covered.executions + u64::from(crash.is_some());
            self.left = self.left.saturating_sub(executions.max(drive.covered.operations / OPERATIONS));
            let begun = drive.done.len();
            if let Some(evidence) = drive.violations.pop() {
                return Some((skipped + begun - 1, evidence.schedule));
            }
            let crash = crash?;
            if self.property == Property::Prog2 {
                return Some((skipped + begun - 1, crash.schedule));
            }
            // An execution that does not terminate refutes another property: on with the work behind it.
            works.drain(..begun);
            skipped += begun;
        }
        None
    }

    /// Whether its executions or its time are used up.
    pub fn is_over(&self) -> bool {
        self.left == 0 || self.deadline.has_passed()
    }
}

/// The scheduling points of a schedule; those that depart from the default are its switches.
pub fn points_of(subject: &'static dyn SystemUnderTest, scenario: &Arc<Scenario>, schedule: &[u8]) -> Vec<Point> {
    let into = Arc::new(Mutex::new(Vec::new()));
    let work = Work { scenario: Arc::clone(scenario), plan: Plan::Record(schedule.to_vec(), Arc::clone(&into)) };
    drive(subject, std::iter::once(work), Judge::keeping_the_last(), one());
    let mut into = lock(&into);
    std::mem::take(&mut *into)
}

/// Runs the schedule that these switches tell, with the trace on. The same switches of the same scenario give the same
/// trace, always. None if the execution keeps the property.
pub fn show(
    subject: &'static dyn SystemUnderTest,
    scenario: &Arc<Scenario>,
    property: Property,
    switches: &[Switch],
) -> Option<Shown> {
    let work = Work { scenario: Arc::clone(scenario), plan: Plan::Switches(switches.to_vec()) };
    let judge = match property {
        Property::Prog1 => Judge::keeping_the_last().watching(property),
        _ => Judge::keeping_the_last(),
    };
    trace::start();
    let (mut drive, crash) = drive(subject, std::iter::once(work), judge, one());
    let trace = trace::finish();
    let outcome = drive.judge.take_last();
    let (violation, schedule) = match (crash, &outcome) {
        (Some(crash), _) if property == Property::Prog2 => (no_end(&crash.message), crash.schedule),
        (None, _) if !drive.violations.is_empty() => (drive.violations.remove(0).violation, drive.schedule),
        (None, Some(outcome)) => match check(property, outcome) {
            Judgement::Refuted(violation) => (violation, drive.schedule),
            _ => return None,
        },
        _ => return None,
    };
    let scenario = Arc::clone(scenario);
    let evidence = Evidence { engine: Engine::Shuttle, violation, scenario, schedule, execution: 1, trace };
    Some(Shown { evidence, outcome })
}

fn one() -> Limits {
    Limits { executions: 1, deadline: Deadline::of_a_replay() }
}
