//! What a child is asked to do.

use super::wire::{Wire, fields, variants};
use crate::budget::Budget;
use crate::counterexample::codec::{Broken, Read, Reader, Writer};
use crate::counterexample::reproduction::Reproduction;
use crate::designs::DesignEntry;
use crate::explore::{Engine, Scenarios};
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::verdict::Evidence;
use std::sync::Arc;

/// A piece of work. What it answers is in brackets.
#[derive(Clone)]
pub(super) enum Work {
    /// Explores [`Findings`](crate::verdict::Findings).
    Explore {
        entry: &'static DesignEntry,
        engine: Engine,
        scenarios: Arc<Scenarios>,
        properties: Vec<Property>,
        budget: Budget,
        seed: u64,
    },
    /// Makes a failure small [`Counterexample`](crate::counterexample::Counterexample).
    Explain { entry: &'static DesignEntry, evidence: Arc<Evidence>, budget: Budget },
    /// Finds a failure and makes it small [the same, if there is one].
    Find { entry: &'static DesignEntry, scenario: Arc<Scenario>, property: Property, budget: Budget },
    /// Shows a failure again [`Evidence`, if it is still there].
    Show { entry: &'static DesignEntry, way: Reproduction, scenario: Arc<Scenario>, property: Property },
    /// Runs these scenarios, one after the other, to see which of them kills the process [whether it came through].
    Survive { entry: &'static DesignEntry, way: Reproduction, scenarios: Vec<Arc<Scenario>> },
}

variants! {
    Work {
        0 => Explore { entry, engine, scenarios, properties, budget, seed },
        1 => Explain { entry, evidence, budget },
        2 => Find { entry, scenario, property, budget },
        3 => Show { entry, way, scenario, property },
        4 => Survive { entry, way, scenarios },
    }
}

/// Work, and how it is to be watched.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) work: Work,
    /// Seconds after which it is cut.
    pub(super) seconds: f64,
    /// Whether each execution is written down as it begins and ends, and not only each scenario. That costs two
    /// microseconds for each, so it is done where a process has died, and for real threads, which do not do the same
    /// again.
    pub(super) exact: bool,
    /// The execution before which the work ends as if a signal had asked for it.
    pub(super) stop_before: Option<u64>,
    /// Looks, a twentieth of a second apart, at an execution that takes no step, before it is taken for one that hangs.
    pub(super) patience: usize,
}

fields! {
    Request { work, seconds, exact, stop_before, patience }
}
