//! A design on every platform: what an engine is given to run.

use super::execution::Crew;
use super::lockstep;
use super::value::Tracked;
use crate::outcome::Outcome;
use crate::platform::TestPlatform;
use crate::scenario::Scenario;
use contextvars::core::Design;
use contextvars_model::ThreadId;
use std::marker::PhantomData;
use std::sync::Arc;

/// A design, whatever the platform.
pub trait Family: Send + Sync + 'static {
    /// The design on a platform.
    type On<P: TestPlatform>: Design<Platform = P, Value = Tracked>;
}

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

/// Makes a subject of a family.
pub struct Plug<F>(PhantomData<F>);

impl<F> Plug<F> {
    /// The subject.
    pub const fn new() -> Self {
        Plug(PhantomData)
    }
}

impl<F> Default for Plug<F> {
    fn default() -> Self {
        Self::new()
    }
}
