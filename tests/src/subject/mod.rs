//! Runs a scenario on a design: names become objects, steps become calls, answers become a history.
//!
//! - [`value`]: values that are followed from creation to drop;
//! - [`handles`]: the objects that a thread holds, by name;
//! - `crew`: who runs the threads;
//! - `shared`: what the threads of a run share, and what becomes of it;
//! - `executor`: one thread's program;
//! - `execution`: one run of all threads;
//! - [`lockstep`]: a run in one thread, and `comparison`: the model beside it, compared after every operation;
//! - [`observe`]: told of every execution;
//! - `reads`: what code inside the allocator may read;
//! - `user_panic`: panics of user code, told apart from an engine's;
//! - [`plug`]: a design as an object, for engines.

mod comparison;
mod crew;
mod difference;
mod execution;
mod executor;
pub mod handles;
pub mod lockstep;
pub mod observe;
pub mod plug;
mod reads;
mod shared;
mod user_panic;
pub mod value;

pub use crew::{Body, Crew, Spawned};
pub use plug::{Plug, Subject};
