//! How a violation is shown again, always in the same way.

use crate::budget::Budget;
use crate::deadline::Deadline;
use crate::designs::DesignEntry;
use crate::explore::shuttle::Switch;
use crate::explore::{Engine, Shown, loom, sequential, shuttle};
use crate::limit;
use crate::properties::Property;
use crate::scenario::Scenario;
use std::sync::Arc;

/// How a violation of a scenario is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reproduction {
    /// One thread at a time, beside the model: the first order of the steps that shows it.
    Lockstep,
    /// Under shuttle, by these switches.
    Switches(Vec<Switch>),
    /// Under loom, which finds it by itself with at most this number of preemptions, or without a bound: for what weak
    /// memory alone can do.
    Loom(Option<usize>),
}

/// Operations that a replay in lockstep may take.
const OPERATIONS: u64 = 2_000_000;

/// Executions that a replay under loom may take.
const EXECUTIONS: u64 = 2_000_000;

impl Reproduction {
    /// The engine.
    pub fn engine(&self) -> Engine {
        match self {
            Reproduction::Lockstep => Engine::Sequential,
            Reproduction::Switches(_) => Engine::Shuttle,
            Reproduction::Loom(_) => Engine::Loom,
        }
    }

    /// The switches, where there are any.
    pub fn switches(&self) -> &[Switch] {
        if let Reproduction::Switches(switches) = self { switches } else { &[] }
    }

    /// Runs it, with the trace on. Nothing if the property is kept.
    pub fn show(&self, entry: &DesignEntry, scenario: &Arc<Scenario>, property: Property) -> Option<Shown> {
        match self {
            Reproduction::Lockstep => {
                let _limit = limit::until(Deadline::of_a_replay());
                sequential::search(entry.subject, scenario, property, OPERATIONS).0
            }
            Reproduction::Switches(switches) => shuttle::show(entry.subject, scenario, property, switches),
            Reproduction::Loom(bound) => {
                let deadline = Budget::seconds(600.0).deadline();
                loom::search(entry.subject, scenario, property, *bound, EXECUTIONS, deadline).0
            }
        }
    }
}
