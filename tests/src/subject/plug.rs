//! A design as an object: what an engine is given to run.

use super::crew::Crew;
use super::observe::observed;
use super::value::Tracked;
use super::{execution, lockstep};
use crate::outcome::Outcome;
use crate::platform::checked::Checked;
use crate::scenario::Scenario;
use contextvars::core::Design;
use contextvars_model::ThreadId;
use std::marker::PhantomData;
use std::sync::Arc;

/// A design that engines can run: one object for all platforms.
pub trait Subject: Send + Sync {
    /// Runs the scenario once, on threads that the crew provides, made of the primitives in force
    /// ([`under`](crate::platform::checked::under)). Where those are an engine's, only inside an execution of it.
    fn run(&self, scenario: &Arc<Scenario>, crew: Arc<dyn Crew>) -> Outcome;
    /// Runs the scenario in one thread, one step at a time, in lockstep with the model. `choose` picks the thread that
    /// goes next among those that can.
    ///
    /// # Panics
    /// If the allocator reads in the scenario and is not [`Calling`](crate::allocator::Calling).
    fn in_lockstep(
        &self,
        scenario: &Arc<Scenario>,
        choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId,
    ) -> lockstep::Report;
}

/// Makes a subject of a design on the platform that is in force.
pub struct Plug<D>(PhantomData<fn() -> D>);

impl<D> Plug<D> {
    /// The subject.
    pub const fn new() -> Self {
        Plug(PhantomData)
    }
}

impl<D> Default for Plug<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Design<Platform = Checked, Value = Tracked>> Subject for Plug<D> {
    fn run(&self, scenario: &Arc<Scenario>, crew: Arc<dyn Crew>) -> Outcome {
        observed(scenario, || execution::execute::<D>(scenario, crew))
    }

    fn in_lockstep(
        &self,
        scenario: &Arc<Scenario>,
        choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId,
    ) -> lockstep::Report {
        observed(scenario, || lockstep::run::<D>(scenario, choose))
    }
}
