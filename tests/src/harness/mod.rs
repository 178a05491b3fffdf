//! Runs a scenario on a design: names become objects, steps become calls, answers become a history.
//!
//! - [`value`]: values that are followed from creation to drop;
//! - [`handles`]: the objects that a thread holds, by name;
//! - `thread_runner`: who runs the threads;
//! - `shared`: what the threads of a run share, and what becomes of it;
//! - `executor`: one thread's program;
//! - `execution`: one run of all threads;
//! - [`lockstep`]: a run in one thread, and `comparison`: the model beside it, compared after every operation;
//! - [`observe`]: told of every execution;
//! - `reads`: what code inside the allocator may read;
//! - `user_panic`: panics of user code, told apart from an engine's;
//! - [`design_under_test`]: a design as an object, for engines.

mod comparison;
pub mod design_under_test;
mod difference;
mod execution;
mod executor;
pub mod handles;
pub mod lockstep;
pub mod observe;
mod reads;
mod shared;
mod thread_runner;
mod user_panic;
pub mod value;

pub use design_under_test::{DesignUnderTest, SystemUnderTest};
pub use thread_runner::{Body, PlatformThreads, ThreadRunner};
