//! Checks a concurrent implementation of context variables against the model.
#![deny(unsafe_code)]

pub mod allocator;
pub mod analysis;
pub mod counterexample;
pub mod counts;
pub mod designs;
pub mod engine;
pub mod explore;
pub mod fuzz;
pub mod generate;
pub mod harness;
pub mod outcome;
pub mod panics;
pub mod platform;
pub mod process;
pub mod properties;
pub mod property;
pub mod rendering;
pub mod scenario;
pub mod suite;
pub mod verdict;

pub use contextvars_check_base::{budget, deadline, digest, limit, mutex, stop, suggest};
