//! A design as an object: what an engine is given to run.

use super::observe::observed;
use super::thread_runner::ThreadRunner;
use super::value::Tracked;
use super::{execution, lockstep};
use crate::outcome::Outcome;
use crate::platform::selected::SelectedPlatform;
use crate::scenario::Scenario;
use contextvars::core::Design;
use contextvars_model::ThreadId;
use std::marker::PhantomData;
use std::sync::Arc;

/// A design that engines can run: one object for all platforms.
pub trait SystemUnderTest: Send + Sync {
    /// Runs the scenario once, on threads that the crew provides, made of the primitives in force
    /// ([`with_backend`](crate::platform::selected::with_backend)). Where those are an engine's, only inside an
    /// execution of it.
    fn run(&self, scenario: &Arc<Scenario>, crew: Arc<dyn ThreadRunner>) -> Outcome;
    /// Runs the scenario in one thread, one step at a time, in lockstep with the model. `choose` picks the thread that
    /// goes next among those that can.
    ///
    /// # Panics
    /// If the allocator reads in the scenario and is not [`Calling`](crate::allocator::Calling).
    fn in_lockstep(
        &self,
        scenario: &Arc<Scenario>,
        choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId,
    ) -> lockstep::LockstepRun;
}

/// Makes a subject of a design on the platform that is in force.
pub struct DesignUnderTest<D>(PhantomData<fn() -> D>);

impl<D> DesignUnderTest<D> {
    /// The subject.
    pub const fn new() -> Self {
        DesignUnderTest(PhantomData)
    }
}

impl<D> Default for DesignUnderTest<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Design<Platform = SelectedPlatform, Value = Tracked>> SystemUnderTest for DesignUnderTest<D> {
    fn run(&self, scenario: &Arc<Scenario>, crew: Arc<dyn ThreadRunner>) -> Outcome {
        observed(scenario, || execution::execute::<D>(scenario, crew))
    }

    fn in_lockstep(
        &self,
        scenario: &Arc<Scenario>,
        choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId,
    ) -> lockstep::LockstepRun {
        observed(scenario, || lockstep::run::<D>(scenario, choose))
    }
}
