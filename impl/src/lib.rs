//! Context variables (PEP 567) for threads that really run in parallel.
#![forbid(unsafe_code)]

pub mod core;
pub mod hamt;
pub mod parts;
pub mod platform;
