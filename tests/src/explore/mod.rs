//! The engines, one file each. Each explores executions of scenarios on a subject, has every outcome judged, counts
//! what it did, keeps to a deadline, and returns [`Findings`].

pub mod judge;
pub mod loom;
pub mod maps;
mod panics;
pub mod sequential;
pub mod shuttle;
pub mod threads;

pub use panics::quietly;
pub(crate) use panics::{no_end, panic_message};

use crate::budget::Budget;
use crate::check::Property;
use crate::nearest::unknown;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::verdict::{Evidence, Findings};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Engine {
    /// One thread at a time, compared with the model after every operation.
    Sequential,
    /// Exhaustive over interleavings and weak-memory behaviours within bounds.
    Loom,
    /// Schedules: all with few preemptions, then random ones.
    Shuttle,
    /// Real threads on real hardware.
    Threads,
    /// Map operations on the persistent map alone.
    Maps,
}

/// What an engine is asked to do.
pub struct Job<'a> {
    /// The design.
    pub subject: &'static dyn Subject,
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
    fn executions(&self, nominal: u64) -> u64 {
        let given = || self.scenarios.corners.iter().chain(self.scenarios.concurrent());
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
    pub quads: Vec<Arc<Scenario>>,
    /// Everything else that has parallel threads.
    pub larger: Vec<Arc<Scenario>>,
    /// Those whose point is what one thread at a time sees.
    pub corners: Vec<Arc<Scenario>>,
    /// Whether to generate more.
    pub generate: bool,
}

impl Scenarios {
    /// Those with parallel threads, smallest group first.
    pub fn concurrent(&self) -> impl Iterator<Item = &Arc<Scenario>> {
        self.pairs.iter().chain(&self.quads).chain(&self.larger)
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
    /// What the execution left behind; nothing if it came to no end.
    pub outcome: Option<Outcome>,
}

/// All engines, in the order in which the default run uses them.
pub static ENGINES: &[&dyn Explorer] =
    &[&sequential::Sequential, &shuttle::ShuttleEngine, &loom::LoomEngine, &threads::Threads, &maps::Maps];

impl Engine {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sequential => "sequential",
            Engine::Loom => "loom",
            Engine::Shuttle => "shuttle",
            Engine::Threads => "threads",
            Engine::Maps => "maps",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Engine {
    type Err = String;
    fn from_str(text: &str) -> Result<Engine, String> {
        ENGINES.iter().map(|e| e.engine()).find(|e| e.name() == text).ok_or_else(|| {
            let known: Vec<_> = ENGINES.iter().map(|e| e.engine().name()).collect();
            unknown("engine", text, &known)
        })
    }
}
