//! Programs of map operations beside a `BTreeMap`, in nodes of both widths.
//!
//! Shows: that the map is a map and is persistent, for hashes that collide in all the ways that have broken such maps.
//! Cannot show: anything about a design. Maps are never changed, so threads cannot disturb each other in them; all
//! designs have this one.

use super::{Engine, Explorer, Job};
use crate::budget::Budget;
use crate::check::map_1::{MapCovered, MapViolation};
use crate::check::{Property, Violation};
use crate::generate::Seeded;
use crate::limit;
use crate::maps::{MapCase, MapPlug, MapSubject, Sound, map_case, shrink};
use crate::scenario::Scenario;
use crate::verdict::{Evidence, Findings, Tally, mix};
use std::sync::Arc;

/// The engine.
pub struct Maps;

/// Cases per second of budget; a slow machine does more.
const NOMINAL: u64 = 1_000;

/// Candidates tried at most to make a failing case smaller.
const ATTEMPTS: usize = 20_000;

impl Explorer for Maps {
    fn engine(&self) -> Engine {
        Engine::Maps
    }

    fn judges(&self, property: Property) -> bool {
        property == Property::Map1
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        if job.properties.contains(&Property::Map1) {
            explore(&MapPlug::<Sound>::new(), job.budget, job.seed)
        } else {
            Findings::new(Engine::Maps)
        }
    }
}

/// Explores any map.
pub fn explore(subject: &dyn MapSubject, budget: Budget, seed: u64) -> Findings {
    let mut findings = Findings::new(Engine::Maps);
    let (deadline, planned) = (budget.deadline(), budget.executions(NOMINAL));
    let _limit = limit::until(deadline);
    let mut source = Seeded::new(seed);
    let mut reached = MapCovered::default();
    while findings.covered.executions < planned {
        if deadline.has_passed() {
            let done = findings.covered.executions;
            findings.shortfall = Some(format!("{done} of {planned} cases {}", crate::stop::reason()));
            break;
        }
        let case = map_case(&mut source);
        let outcome = subject.check(&case);
        let covered = &mut findings.covered;
        covered.executions += 1;
        covered.outcomes += 1;
        match outcome {
            Ok(of_case) => {
                covered.operations += of_case.operations;
                covered.digest = mix(covered.digest, of_case.digest);
                reached += of_case;
            }
            Err(violation) => {
                covered.operations += violation.operation as u64;
                let execution = covered.executions;
                findings.violations.push(evidence(subject, &case, violation, execution));
                break;
            }
        }
    }
    findings.tallies.push(Tally { decided: findings.covered.executions, ..Tally::of(Property::Map1) });
    let MapCovered { versions, reread, deepest, largest_collision, .. } = reached;
    findings.notes.push(format!(
        "{versions} versions made, {reread} readings of earlier versions; deepest map {deepest} levels, largest \
         collision {largest_collision} keys"
    ));
    findings
}

/// The smallest case that shows it, below the sentence.
fn evidence(subject: &dyn MapSubject, case: &MapCase, found: MapViolation, execution: u64) -> Evidence {
    let (smallest, _) = shrink(case, ATTEMPTS, |candidate| !limit::is_over() && subject.check(candidate).is_err());
    let shown = subject.check(&smallest).err().unwrap_or(found);
    Evidence {
        engine: Engine::Maps,
        violation: Violation {
            property: Property::Map1,
            operations: Vec::new(),
            sentence: format!("{shown}\n{smallest}"),
        },
        scenario: Arc::new(Scenario { name: "map-operations".into(), ..Scenario::default() }),
        schedule: Vec::new(),
        execution,
        trace: Vec::new(),
    }
}
