//! The engines, one file each. Each explores executions of scenarios on a subject, has every outcome judged, counts
//! what it did, keeps to a deadline, and returns [`Findings`](crate::verdict::Findings).

mod contention;
mod explorer;
pub mod judge;
pub mod loom;
pub mod sequential;
pub mod shuttle;
pub mod threads;

pub(crate) use crate::panics::no_end;
pub use crate::panics::quietly;
pub(crate) use contextvars_check_base::panic_message;

pub use crate::engine::Engine;
pub use explorer::{Explorer, Job, Scenarios, Shown};

/// All engines, in the order in which the default run uses them.
pub static ENGINES: &[&dyn Explorer] =
    &[&sequential::Sequential, &shuttle::ShuttleEngine, &loom::LoomEngine, &threads::Threads];
