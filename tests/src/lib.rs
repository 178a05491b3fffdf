//! Checks a concurrent implementation of context variables against the model.
#![deny(unsafe_code)]

pub mod allocator;
pub mod budget;
pub mod bugs;
pub mod check;
pub mod counterexample;
pub mod designs;
pub mod explore;
pub mod fuzz;
pub mod generate;
pub mod limit;
pub mod maps;
pub mod measure;
pub mod outcome;
pub mod platform;
pub mod report;
pub mod scenario;
pub mod stop;
pub mod subject;
pub mod suite;
pub mod verdict;
