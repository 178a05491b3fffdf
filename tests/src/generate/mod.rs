//! Generated scenarios: one generator with three front ends, one shrinker, and an exhaustive enumeration.
//!
//! A [`Source`] gives choices, a [`Profile`] says what kind of scenarios is wanted, [`scenario`] makes one. The front
//! ends for the property-testing crates and for fuzzers are in [`proptest`], [`quickcheck`] and [`arbitrary`].

mod actor;
pub mod arbitrary;
pub mod enumerate;
mod maker;
mod moves;
pub mod profile;
pub mod program;
pub mod proptest;
pub mod quickcheck;
pub mod shrink;
pub mod source;

pub use profile::{Allow, Profile};
pub use program::scenario;
pub use source::{Bytes, Seeded, Source};

use crate::scenario::Scenario;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A profile as a type, for front ends that generate by type.
pub trait Shape: Clone + Send + 'static {
    /// The profile.
    const PROFILE: Profile;
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = $profile:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name;

        impl Shape for $name {
            const PROFILE: Profile = Profile::$profile;
        }
    )*};
}

shapes! {
    /// [`Profile::SEQUENTIAL`].
    Sequential = SEQUENTIAL;
    /// [`Profile::CONCURRENT`].
    Concurrent = CONCURRENT;
    /// [`Profile::STRESS`].
    Stress = STRESS;
    /// [`Profile::WIDE`].
    Wide = WIDE;
    /// [`Profile::REENTRANT`].
    Reentrant = REENTRANT;
}

/// A scenario of a shape, for the front ends that generate by type. Shown as its text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Generated<P>(pub Scenario, PhantomData<P>);

impl<P> Generated<P> {
    /// Wraps a scenario.
    pub fn new(scenario: Scenario) -> Self {
        Generated(scenario, PhantomData)
    }
}

impl<P> Deref for Generated<P> {
    type Target = Scenario;

    fn deref(&self) -> &Scenario {
        &self.0
    }
}

impl<P> fmt::Debug for Generated<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.0)
    }
}
