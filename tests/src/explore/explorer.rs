//! What an engine is asked to do, and what it is to the suite.

use crate::budget::Budget;
use crate::engine::Engine;
use crate::harness::SystemUnderTest;
use crate::outcome::Outcome;
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::verdict::{Evidence, Findings};
use std::sync::Arc;

/// What an engine is asked to do.
pub struct Job<'a> {
    /// The design.
    pub subject: &'static dyn SystemUnderTest,
    /// What to run, by group.
    pub scenarios: &'a Scenarios,
    /// What to judge.
    pub properties: &'a [Property],
    /// How much to do.
    pub budget: Budget,
    /// Where random choices start.
    pub seed: u64,
}

/// Operations of a scenario for which the nominal rates of the engines hold.
const NOMINAL_OPERATIONS: usize = 20;

impl Job<'_> {
    /// The number of executions that the budget buys at a nominal rate per second: fewer if the scenarios given are all
    /// there are, and are long.
    pub(super) fn executions(&self, nominal: u64) -> u64 {
        let given = || self.scenarios.sequential.iter().chain(self.scenarios.concurrent());
        let longest = given().map(|scenario| scenario.operations()).max().unwrap_or(0);
        if self.scenarios.generate || longest <= NOMINAL_OPERATIONS {
            return self.budget.executions(nominal);
        }
        (self.budget.executions(nominal) * NOMINAL_OPERATIONS as u64 / longest as u64).max(1)
    }
}

/// The scenarios of a job.
#[derive(Clone, Default)]
pub struct Scenarios {
    /// Two threads, at most 2 operations each: explored completely where that can be.
    pub pairs: Vec<Arc<Scenario>>,
    /// Two threads, at most 8 operations together: explored up to a bound.
    pub small: Vec<Arc<Scenario>>,
    /// Everything else that has parallel threads.
    pub larger: Vec<Arc<Scenario>>,
    /// Those whose point is what one thread at a time sees.
    pub sequential: Vec<Arc<Scenario>>,
    /// Whether to generate more.
    pub generate: bool,
}

impl Scenarios {
    /// Those with parallel threads, smallest group first.
    pub fn concurrent(&self) -> impl Iterator<Item = &Arc<Scenario>> {
        self.pairs.iter().chain(&self.small).chain(&self.larger)
    }
}

/// An engine's way of exploring.
pub trait Explorer: Sync {
    /// Which engine it is.
    fn engine(&self) -> Engine;
    /// The properties it can judge, of those there are.
    fn judges(&self, property: Property) -> bool;
    /// Explores.
    fn explore(&self, job: &Job<'_>) -> Findings;
}

/// An execution that breaks a property, in full.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The violation, with its trace.
    pub evidence: Evidence,
    /// What the execution left behind; nothing if it did not terminate.
    pub outcome: Option<Outcome>,
}
