//! Checks a concurrent implementation of context variables against the model.
#![forbid(unsafe_code)]

pub mod check;
pub mod counterexample;
pub mod designs;
pub mod explore;
pub mod fuzz;
pub mod generate;
pub mod outcome;
pub mod platform;
pub mod report;
pub mod scenario;
pub mod subject;
pub mod suite;
pub mod verdict;

pub use contextvars_check_base::{budget, limit, stop};
