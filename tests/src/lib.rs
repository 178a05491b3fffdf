//! Checks a concurrent implementation of context variables against the model.
#![forbid(unsafe_code)]

pub mod check;
pub mod outcome;
pub mod platform;
pub mod scenario;
pub mod subject;
