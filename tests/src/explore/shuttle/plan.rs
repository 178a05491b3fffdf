//! What to run, without its state.

use super::adversary::Adversary;
use super::bounded::Bounded;
use super::random::Random;
use super::replay::Replay;
use super::standing::Standing;
use super::strategy::Strategy;
use super::switches::{Point, Recording, Switch, Switching};
use super::theirs::Theirs;
use crate::generate::Seeded;
use contextvars_model::ThreadId;
use shuttle::scheduler::{PctScheduler, UrwRandomScheduler};
use std::sync::{Arc, Mutex};

/// What to run, without its state: a plan is a list of these.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// All schedules with at most so many preemptions, at most so many schedules.
    Bounded { preemptions: usize, at_most: u64 },
    /// A task chosen uniformly at each point.
    Random { seed: u64, schedules: usize },
    /// Probabilistic concurrency testing with this depth: finds a fault of that depth with a guaranteed probability.
    Pct { seed: u64, depth: usize, schedules: usize },
    /// Uniform random walk over the orders of the tasks' steps.
    Urw { seed: u64, schedules: usize },
    /// The other tasks lead by so many steps; then as `Bounded`, but one task is stopped after so many steps of its
    /// own, for as long as another can go on.
    Stopped { task: usize, lead: usize, after: usize, preemptions: usize, at_most: u64 },
    /// The others complete operations while this thread is inside a get.
    Adversary { reader: ThreadId, seed: u64, schedules: usize },
    /// One schedule, given. Where it ends or does not fit the running task goes on, else the first that can.
    Replay(Vec<u8>),
    /// One schedule, given by its switches.
    Switches(Vec<Switch>),
    /// The schedule given, whose points are added to the list.
    Record(Vec<u8>, Arc<Mutex<Vec<Point>>>),
}

impl Plan {
    pub(super) fn strategy(&self) -> Box<dyn Strategy> {
        match *self {
            Plan::Bounded { preemptions, at_most } => Box::new(Bounded::new(preemptions, at_most)),
            Plan::Stopped { task, lead, after, preemptions, at_most } => {
                Box::new(Standing::new(task, lead, after, Bounded::new(preemptions, at_most)))
            }
            Plan::Adversary { reader, seed, schedules } => Box::new(Adversary::new(reader, seed, schedules)),
            Plan::Random { seed, schedules } => Box::new(Random::new(Seeded::new(seed), schedules)),
            Plan::Pct { seed, depth, schedules } => {
                Box::new(Theirs::new(PctScheduler::new_from_seed(seed, depth, schedules)))
            }
            Plan::Urw { seed, schedules } => Box::new(Theirs::new(UrwRandomScheduler::new_from_seed(seed, schedules))),
            Plan::Replay(ref schedule) => Box::new(Replay::new(schedule.clone())),
            Plan::Switches(ref switches) => Box::new(Switching::new(switches.clone())),
            Plan::Record(ref schedule, ref into) => Box::new(Recording::new(schedule.clone(), Arc::clone(into))),
        }
    }
}
