//! Runs a scenario on a design: names become objects, steps become calls, answers become a history.
//!
//! - [`value`]: values that are followed from creation to drop;
//! - [`handles`]: the objects that a thread holds, by name;
//! - [`executor`]: one thread's program;
//! - [`execution`]: one run of all threads;
//! - [`lockstep`]: a run in one thread, compared with the model after every operation;
//! - `reads`: what code inside the allocator may read;
//! - `user_panic`: panics of user code, told apart from an engine's;
//! - [`family`]: a design on every platform, as one object.

pub mod execution;
pub mod executor;
pub mod family;
pub mod handles;
pub mod lockstep;
mod reads;
mod user_panic;
pub mod value;

pub use execution::{Body, Crew, Spawned};
pub use family::{Family, Plug, Subject};
