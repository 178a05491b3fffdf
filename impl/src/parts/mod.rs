//! The mechanisms that can race, one file each: a small trait that says what is guarded, and the sound form of it.
//!
//! A [`Design`](crate::core::Design) names one of each. A faulty twin is another type that implements the same trait;
//! the library ships none.

pub mod cache;
pub mod containment;
pub mod entry;
pub mod iterator;
pub mod registry;
pub mod token_use;
pub mod vars;
