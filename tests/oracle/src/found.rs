//! A finding: made small by the suite's own shrinker.

use crate::dialect::{Dialect, Fault, Version};
use crate::interpreter::{Failure, Interpreter};
use crate::plan::{Cut, Order, Plan, Way};
use crate::trial::{Alone, Job, Trouble, perform};
use contextvars_check::generate::shrink::shrink as smaller;
use contextvars_check::scenario::Scenario;
use std::sync::Arc;

/// Smaller scenarios that are tried.
const ATTEMPTS: usize = 4_000;

/// Those that are tried if each costs a process.
const COSTLY: usize = 120;

/// Those that are tried if each costs seconds.
const HANGING: usize = 8;

/// A difference, or a death, with the smallest scenario that shows it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The interpreter.
    pub version: Version,
    /// The scenario, in the order that shows it.
    pub plan: Plan,
    /// What is wrong.
    pub trouble: Trouble,
    /// Events that were performed before an interpreter died.
    pub performed: usize,
    /// Operations of the scenario that was found.
    pub cut_from: usize,
    /// Smaller scenarios that were tried.
    pub tried: usize,
    /// Whether it shows by itself, performed alone in a process that has done little else.
    pub again: bool,
}

impl Found {
    /// Whether the scenario touches this fault, so that it is not looked at where the fault is kept away from.
    pub fn touches(&self, fault: &'static Fault) -> bool {
        let plan = Plan::new(&self.plan.scenario, &Dialect::common(&self.version), &self.plan.way);
        plan.cut == Some(Cut::Fault(fault))
    }
}

/// Makes a finding small: once as the shrinker does, which prefers few threads, and once with a thread besides thread
/// 0, because some need more operations without. Of both the one with fewer operations.
///
/// # Errors
/// One line, if the interpreter cannot be started again.
pub(crate) fn shrink(
    interpreter: &mut Interpreter,
    plan: Plan,
    trouble: Trouble,
    dialect: &Dialect,
    job: &Job<'_>,
) -> Result<Found, String> {
    let mut search = Search { interpreter, dialect, job, like: trouble.clone(), way: plan.way.clone(), broken: None };
    let cut_from = plan.scenario.operations();
    let attempts = match trouble {
        Trouble::Failed(Failure::Hung(_)) => HANGING,
        Trouble::Failed(_) => COSTLY,
        _ => ATTEMPTS,
    };
    let mut best = Found {
        version: search.interpreter.version().clone(),
        performed: 0,
        plan,
        trouble,
        cut_from,
        tried: 0,
        again: false,
    };
    let Some((plan, trouble, performed)) = search.shows(&best.plan.scenario) else {
        return search.broken.map_or(Ok(best), Err);
    };
    best = Found { plan, trouble, performed, again: true, ..best };
    let whole = Arc::clone(&best.plan.scenario);
    let most = if let Trouble::Failed(_) = best.trouble { 0 } else { 1 };
    for least in 0..=most {
        let (scenario, tried) = smaller(&whole, attempts, |candidate| {
            candidate.threads.len() >= least && search.shows(&Arc::new(candidate.clone())).is_some()
        });
        best.tried += tried;
        if scenario.operations() < best.plan.scenario.operations()
            && let Some((plan, trouble, performed)) = search.shows(&Arc::new(scenario))
        {
            best = Found { plan, trouble, performed, ..best };
        }
    }
    search.broken.map_or(Ok(best), Err)
}

struct Search<'a> {
    interpreter: &'a mut Interpreter,
    dialect: &'a Dialect,
    job: &'a Job<'a>,
    like: Trouble,
    way: Way,
    broken: Option<String>,
}

impl Search<'_> {
    /// The way in which a scenario shows the like, if one does: the simple orders first.
    fn shows(&mut self, scenario: &Arc<Scenario>) -> Option<(Plan, Trouble, usize)> {
        let in_turn = |probe_every| Way { order: Order::InTurn, probe_every };
        let ways = [in_turn(0), in_turn(1), self.way.clone()];
        let plans: Vec<Plan> = ways.iter().map(|way| Plan::new(scenario, self.dialect, way)).collect();
        // All in one question, unless it is likely that there is no answer.
        let size = if let Trouble::Failed(_) = self.like { 1 } else { plans.len() };
        for round in plans.chunks(size) {
            if self.broken.is_some() || self.job.deadline.has_passed() {
                return None;
            }
            match perform(self.interpreter, round, self.dialect, self.job) {
                Ok(performed) => {
                    for (plan, Alone { comparison, trouble, .. }) in round.iter().zip(performed) {
                        match trouble {
                            Some(Trouble::Failed(Failure::Stopped)) => return None,
                            Some(trouble) if trouble.is_like(&self.like) => {
                                return Some((plan.clone(), trouble, comparison.operations as usize));
                            }
                            _ => {}
                        }
                    }
                }
                Err(broken) => self.broken = Some(broken),
            }
        }
        None
    }
}
