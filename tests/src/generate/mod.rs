//! Generated scenarios: one generator, one shrinker, and an exhaustive enumeration.
//!
//! A [`Source`] gives choices, a [`Profile`] says what kind of scenarios is wanted, [`scenario()`] makes one;
//! [`contended()`] makes one whose threads contend for one thing.
//! [`arbitrary`] is the front end for fuzzers; those for the property-testing crates are in `tests/tests/front_ends/`.

mod actor;
pub mod arbitrary;
mod contended;
pub mod endless;
pub mod enumerate;
pub mod large;
mod maker;
mod moves;
pub mod profile;
pub mod program;
pub mod shrink;

pub use contended::contended;
pub use contextvars_check_base::source::{Bytes, Seeded, Source};
pub use large::{NAME as LARGE_NAME, Shape, large};
pub use profile::{Allow, Profile};
pub use program::scenario;
