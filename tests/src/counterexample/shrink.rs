//! Making a failure smaller: first the scenario, then the schedule.

use super::reproduction::Reproduction;
use super::switches;
use super::{Effort, End};
use crate::budget::Budget;
use crate::designs::DesignEntry;
use crate::explore::shuttle::{Hunt, Plans, Switch, show};
use crate::explore::{Engine, loom, sequential};
use crate::generate::LARGE_NAME;
use crate::generate::shrink::{Edit, edits, exchanged};
use crate::limit;
use crate::scenario::Scenario;
use crate::suite;
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

/// Smaller scenarios that are made before the first of them is tried.
const TOGETHER: usize = 32;

/// Operations beyond which a scenario is large: one schedule of it takes long, few tell much, and most of what it does
/// has nothing to do with the failure.
const LARGE: usize = 40;

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

impl By {
    /// With a fraction of the schedules, for what is large.
    fn coarse(self) -> By {
        match self {
            By::Shuttle(plans) => By::Shuttle(Plans { at_most: EACH / 15, random: RANDOM / 5, ..plans }),
            other => other,
        }
    }
}

/// A scenario in which the failure was found, and the schedule, if it was found under shuttle.
struct Failing {
    scenario: Arc<Scenario>,
    schedule: Vec<u8>,
}

impl Search {
    fn smallest(&mut self, evidence: &Evidence) -> Option<(Scenario, Reproduction)> {
        let (by, first) = match self.in_a_named_one(evidence) {
            Some(found) => found,
            None => self.again(evidence)?,
        };
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

    /// For a failure in a large generated scenario: a small scenario of the library in which the property is broken
    /// as well. Most failures that a large scenario shows first do not need its size.
    fn in_a_named_one(&mut self, evidence: &Evidence) -> Option<(By, Failing)> {
        let is_generated = evidence.scenario.name == LARGE_NAME && evidence.engine == Engine::Shuttle;
        if !is_generated || evidence.scenario.operations() <= LARGE {
            return None;
        }
        let plans = Plans { from: 0, preemptions: BOUNDED, at_most: EACH, random: 0 };
        let shipped = suite::shipped();
        let small: Vec<Arc<Scenario>> = shipped.pairs.iter().chain(&shipped.small).map(Arc::clone).collect();
        let (number, schedule) = self.hunt.among(&small, None, plans)?;
        let plans = Plans { random: RANDOM, ..plans };
        Some((By::Shuttle(plans), Failing { scenario: Arc::clone(&small[number]), schedule }))
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
        // What depends on a size shows in any order of the steps, mostly.
        let alone =
            evidence.engine == Engine::Sequential || scenario.threads.len() < 2 || scenario.operations() > LARGE;
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
        let (mut at, mut changed, mut thorough) = (0, false, false);
        while !self.hunt.is_over() {
            thorough |= failing.scenario.operations() <= LARGE;
            let by = if thorough { by } else { by.coarse() };
            let edits = edits(&failing.scenario);
            // The switches that are known often still fit.
            let known =
                matches!(by, By::Shuttle(_)).then(|| switches::of(&self.hunt, &failing.scenario, &failing.schedule));
            match self.first_edit(by, &failing.scenario, edits.get(at..).unwrap_or_default(), known.as_deref()) {
                Some((number, smaller)) => (failing, at, changed) = (smaller, at + number, true),
                None if !changed && thorough => break,
                None => (at, changed, thorough) = (0, false, thorough || !changed),
            }
        }
        failing
    }

    /// The first of these edits that leaves the failure, by number, and what it leaves.
    fn first_edit(
        &mut self,
        by: By,
        scenario: &Scenario,
        edits: &[Edit],
        known: Option<&[Switch]>,
    ) -> Option<(usize, Failing)> {
        // A few at a time: of a large scenario there are thousands, and an early one is often taken.
        for (chunk, edits) in edits.chunks(TOGETHER).enumerate() {
            let applied = edits.iter().enumerate().filter_map(|(n, edit)| Some((n, Arc::new(edit.apply(scenario)?))));
            let (numbers, scenarios): (Vec<usize>, Vec<Arc<Scenario>>) = applied.unzip();
            if self.hunt.is_over() {
                break;
            }
            if let Some((number, schedule)) = self.first(by, &scenarios, known) {
                self.scenarios += number as u64 + 1;
                let scenario = Arc::clone(&scenarios[number]);
                return Some((chunk * TOGETHER + numbers[number], Failing { scenario, schedule }));
            }
            self.scenarios += scenarios.len() as u64;
        }
        None
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
