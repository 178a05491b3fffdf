//! Random cases on one map, and the smallest one that refutes it.
//!
//! Shows: that the map is a map and is persistent, for hashes that collide in all the ways that have broken such maps.
//! Cannot show: anything about a design. Maps are never changed, so threads cannot disturb each other in them.

use crate::check::{MapCovered, MapViolation};
use crate::{MapCase, MapUnderTest, map_case, shrink};
use contextvars_check_base::budget::Budget;
use contextvars_check_base::source::Seeded;
use contextvars_check_base::{limit, stop};

/// Cases per second of budget; a slow machine does more.
const NOMINAL: u64 = 1_000;

/// Candidates tried at most to make a failing case smaller.
const ATTEMPTS: usize = 20_000;

/// What was found out about a map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explored {
    /// Cases run, the refuting one included.
    pub cases: u64,
    /// What they did and reached.
    pub reached: MapCovered,
    /// Why fewer cases were run than were planned.
    pub shortfall: Option<String>,
    /// The case that refutes MAP-1, if one does.
    pub refuted: Option<Refuted>,
}

/// A case that refutes MAP-1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refuted {
    /// What is wrong.
    pub violation: MapViolation,
    /// The case, made small.
    pub smallest: MapCase,
    /// Whether no single edit makes it smaller; else the time or the attempts ran out.
    pub is_minimal: bool,
}

/// Runs as many cases as the budget buys, or up to the first that refutes MAP-1. The same budget and seed run the same.
pub fn explore(subject: &dyn MapUnderTest, budget: Budget, seed: u64) -> Explored {
    let (deadline, planned) = (budget.deadline(), budget.executions(NOMINAL));
    let _limit = limit::until(deadline);
    let mut source = Seeded::new(seed);
    let mut explored = Explored { cases: 0, reached: MapCovered::default(), shortfall: None, refuted: None };
    while explored.cases < planned && explored.refuted.is_none() {
        if deadline.has_passed() {
            explored.shortfall = Some(format!("{} of {planned} cases {}", explored.cases, stop::reason()));
            break;
        }
        let case = map_case(&mut source);
        explored.cases += 1;
        match subject.check(&case) {
            Ok(reached) => explored.reached += reached,
            Err(violation) => {
                explored.reached.operations += violation.operation as u64;
                explored.refuted = Some(made_small(subject, &case, violation));
            }
        }
    }
    explored
}

fn made_small(subject: &dyn MapUnderTest, case: &MapCase, found: MapViolation) -> Refuted {
    let fails = |candidate: &MapCase| !limit::is_over() && subject.check(candidate).is_err();
    let (smallest, tried) = shrink(case, ATTEMPTS, fails);
    let violation = subject.check(&smallest).err().unwrap_or(found);
    Refuted { violation, smallest, is_minimal: tried < ATTEMPTS && !limit::has_cut() }
}
