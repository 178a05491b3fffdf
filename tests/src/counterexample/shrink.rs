//! Making a failure smaller: first the scenario, then the schedule.

use super::reproduction::Reproduction;
use super::switches;
use super::{Effort, End};
use crate::budget::Budget;
use crate::designs::DesignEntry;
use crate::explore::shuttle::{Hunt, Plans, Switch, show};
use crate::explore::{Engine, loom, sequential};
use crate::generate::shrink::{edits, exchanged};
use crate::limit;
use crate::scenario::Scenario;
use crate::verdict::Evidence;
use contextvars_model::ThreadId;
use std::sync::Arc;

/// Executions under shuttle per second of budget; a slow machine does more.
const NOMINAL: u64 = 14_000;

/// Preemptions of the bounded search at most.
const BOUNDED: usize = 2;

/// Schedules of a smaller scenario for each number of preemptions at most.
const EACH: u64 = 300;

/// Random schedules of a smaller scenario, if it may take more than one switch.
const RANDOM: usize = 100;

/// Schedules of the smallest scenario for each number of preemptions at most.
const FINAL: u64 = 3_000;

/// What an execution under loom counts, in executions under shuttle.
const PER_LOOM: u64 = 2;

/// Operations in lockstep that count as one execution under shuttle.
const PER_LOCKSTEP: u64 = 4;

/// The smallest scenario found to break the property, with the way to show it; nothing if the failure is not found
/// again.
pub fn shrink(
    entry: &'static DesignEntry,
    evidence: &Evidence,
    budget: Budget,
) -> (Option<(Scenario, Reproduction)>, Effort) {
    let bought = budget.executions(NOMINAL);
    let hunt = Hunt {
        subject: entry.subject,
        property: evidence.violation.property,
        left: bought,
        deadline: budget.deadline(),
    };
    let _limit = limit::until(hunt.deadline);
    let mut search = Search { entry, hunt, scenarios: 0 };
    let smallest = search.smallest(evidence);
    let end = match smallest {
        None if search.hunt.is_over() => End::NoTime,
        None => End::NotSeenAgain,
        Some(_) if search.hunt.is_over() => End::Budget,
        Some(_) => End::Smallest,
    };
    let effort = Effort { scenarios: search.scenarios, executions: bought - search.hunt.left, end };
    (smallest, effort)
}

struct Search {
    entry: &'static DesignEntry,
    /// Under shuttle; what the other engines do is counted there too.
    hunt: Hunt,
    scenarios: u64,
}

/// By which engine the failure is looked for in smaller scenarios.
#[derive(Clone, Copy)]
enum By {
    /// In all orders of the steps, this number of operations at most.
    Lockstep(u64),
    /// By these plans.
    Shuttle(Plans),
    /// With at most this number of preemptions, and of executions.
    Loom(Option<usize>, u64),
}

/// A scenario in which the failure was found, and the schedule, if it was found under shuttle.
struct Failing {
    scenario: Arc<Scenario>,
    schedule: Vec<u8>,
}

impl Search {
    fn smallest(&mut self, evidence: &Evidence) -> Option<(Scenario, Reproduction)> {
        let (by, first) = self.again(evidence)?;
        let failing = self.smaller(by, first);
        let (failing, way) = match by {
            By::Loom(bound, _) => (failing, Reproduction::Loom(bound)),
            By::Shuttle(plans) => self.told(plans, failing),
            By::Lockstep(_) => self.with_switches(failing),
        };
        Some((Arc::unwrap_or_clone(failing.scenario), way))
    }

    fn may(&self, engine: Engine) -> bool {
        !self.entry.skip.contains(&engine)
    }

    /// Finds the failure again in the scenario it was found in.
    fn again(&mut self, evidence: &Evidence) -> Option<(By, Failing)> {
        let scenario = Arc::clone(&evidence.scenario);
        let found = |schedule| Failing { scenario: Arc::clone(&scenario), schedule };
        let lockstep = |search: &mut Self| {
            let by = By::Lockstep(200_000);
            let (_, schedule) = search.first(by, std::slice::from_ref(&scenario), None)?;
            Some((By::Lockstep(4_000), found(schedule)))
        };
        let alone = evidence.engine == Engine::Sequential || scenario.threads.len() < 2;
        if alone
            && self.may(Engine::Sequential)
            && let Some(again) = lockstep(self)
        {
            return Some(again);
        }
        if self.may(Engine::Shuttle) {
            let schedule = match &evidence.schedule[..] {
                [] => self.searched(&scenario),
                known => Some(known.to_vec()),
            };
            let switches = schedule.map(|schedule| {
                let all = switches::of(&self.hunt, &scenario, &schedule);
                switches::fewest(&mut self.hunt, &scenario, all)
            });
            if let Some(switches) = switches
                && let Some(shown) = show(self.entry.subject, &scenario, self.hunt.property, &switches)
            {
                // As many switches as it takes here are enough in smaller scenarios, too.
                let preemptions = switches.len().min(BOUNDED);
                let random = if switches.len() > 1 { RANDOM } else { 0 };
                let by = By::Shuttle(Plans { from: 0, preemptions, at_most: EACH, random });
                return Some((by, found(shown.evidence.schedule)));
            }
        }
        if self.may(Engine::Loom) {
            for bound in [Some(0), Some(1), Some(2), None] {
                let before = self.hunt.left;
                let by = By::Loom(bound, before / 4 / PER_LOOM);
                if let Some((_, schedule)) = self.first(by, std::slice::from_ref(&scenario), None) {
                    let each = ((before - self.hunt.left) / PER_LOOM * 2).clamp(300, 3_000);
                    return Some((By::Loom(bound, each), found(schedule)));
                }
            }
        }
        if !alone && self.may(Engine::Sequential) { lockstep(self) } else { None }
    }

    /// A schedule under shuttle that refutes the property: with few preemptions, else a random one.
    fn searched(&mut self, scenario: &Arc<Scenario>) -> Option<Vec<u8>> {
        let at_most = (self.hunt.left / 10).max(1);
        let bounded = |preemptions| Plans { from: preemptions, preemptions, at_most, random: 0 };
        let random = |preemptions, random| Plans { from: 1, preemptions, at_most: 0, random };
        let plans = [bounded(0), bounded(1), random(1, 1_000), random(2, 1_000), bounded(2), random(2, 5_000)];
        plans.into_iter().find_map(|plans| Some(self.hunt.among(std::slice::from_ref(scenario), None, plans)?.1))
    }

    /// The first of these scenarios in which the failure is found, with the schedule.
    fn first(&mut self, by: By, scenarios: &[Arc<Scenario>], known: Option<&[Switch]>) -> Option<(usize, Vec<u8>)> {
        let Hunt { subject, property, deadline, .. } = self.hunt;
        if let By::Shuttle(plans) = by {
            return self.hunt.among(scenarios, known, plans);
        }
        for (number, scenario) in scenarios.iter().enumerate() {
            if self.hunt.is_over() {
                break;
            }
            let (shown, used) = match by {
                By::Lockstep(operations) => {
                    let (shown, used) = sequential::search(subject, scenario, property, operations);
                    (shown, used.div_ceil(PER_LOCKSTEP))
                }
                By::Loom(bound, executions) => {
                    let (shown, used) = loom::search(subject, scenario, property, bound, executions, deadline);
                    (shown, used * PER_LOOM)
                }
                By::Shuttle(_) => unreachable!("handled above"),
            };
            self.hunt.left = self.hunt.left.saturating_sub(used);
            if shown.is_some() {
                return Some((number, Vec::new()));
            }
        }
        None
    }

    /// The smallest scenario that single edits lead to: round after round over all edits, until a round changes
    /// nothing.
    fn smaller(&mut self, by: By, mut failing: Failing) -> Failing {
        let (mut at, mut changed) = (0, false);
        while !self.hunt.is_over() {
            let edits = edits(&failing.scenario);
            let rest = edits.iter().enumerate().skip(at);
            let candidates: Vec<(usize, Arc<Scenario>)> =
                rest.filter_map(|(n, edit)| edit.apply(&failing.scenario).map(|new| (n, Arc::new(new)))).collect();
            let scenarios: Vec<Arc<Scenario>> = candidates.iter().map(|(_, scenario)| Arc::clone(scenario)).collect();
            // The switches that are known often still fit.
            let known =
                matches!(by, By::Shuttle(_)).then(|| switches::of(&self.hunt, &failing.scenario, &failing.schedule));
            match self.first(by, &scenarios, known.as_deref()) {
                Some((number, schedule)) => {
                    self.scenarios += number as u64 + 1;
                    failing = Failing { scenario: Arc::clone(&scenarios[number]), schedule };
                    (at, changed) = (candidates[number].0, true);
                }
                None => {
                    self.scenarios += scenarios.len() as u64;
                    if !changed {
                        break;
                    }
                    (at, changed) = (0, false);
                }
            }
        }
        failing
    }

    /// Under shuttle, if it shows there what several threads did in lockstep: that tells more of the story.
    fn with_switches(&mut self, failing: Failing) -> (Failing, Reproduction) {
        if failing.scenario.threads.len() > 1 && self.may(Engine::Shuttle) {
            for preemptions in 0..=2 {
                let plans = Plans { from: 0, preemptions, at_most: 2_000, random: 0 };
                if let Some((_, schedule)) = self.hunt.among(std::slice::from_ref(&failing.scenario), None, plans) {
                    return self.told(plans, Failing { schedule, ..failing });
                }
            }
        }
        (failing, Reproduction::Lockstep)
    }

    /// The schedule in as few switches, at as good places, as can be found; with the numbers of the threads exchanged,
    /// if that makes it simpler.
    fn told(&mut self, plans: Plans, mut failing: Failing) -> (Failing, Reproduction) {
        // Fewest preemptions first.
        let plans = Plans { from: 0, at_most: FINAL, random: 0, ..plans };
        if let Some((_, schedule)) = self.hunt.among(std::slice::from_ref(&failing.scenario), None, plans) {
            failing.schedule = schedule;
        }
        let mut best = self.simplest(failing);
        let count = best.0.scenario.threads.len() as u16;
        let states_answers = *best.0.scenario != best.0.scenario.without_answers();
        for (a, b) in (1..=count).flat_map(|a| (a + 1..=count).map(move |b| (ThreadId(a), ThreadId(b)))) {
            // Stated answers may hold in the order of the text only.
            if states_answers || self.hunt.is_over() {
                break;
            }
            let scenario = Arc::new(exchanged(&best.0.scenario, a, b));
            if let Some((_, schedule)) = self.hunt.among(std::slice::from_ref(&scenario), None, plans) {
                let other = self.simplest(Failing { scenario, schedule });
                if self.cost(&other) < self.cost(&best) {
                    best = other;
                }
            }
        }
        (best.0, Reproduction::Switches(best.1))
    }

    fn simplest(&mut self, failing: Failing) -> (Failing, Vec<Switch>) {
        let all = switches::of(&self.hunt, &failing.scenario, &failing.schedule);
        let fewest = switches::fewest(&mut self.hunt, &failing.scenario, all);
        let placed = switches::placed(&mut self.hunt, &failing.scenario, fewest);
        (failing, placed)
    }

    fn cost(&self, (failing, told): &(Failing, Vec<Switch>)) -> impl Ord + use<> {
        switches::cost(&self.hunt, &failing.scenario, told)
    }
}
