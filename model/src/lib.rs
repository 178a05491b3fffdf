//! What context variables mean: a sequential reference model, histories of concurrent runs, and the question whether
//! the model explains a history.
//!
//! Read in this order: [`op`] (what can be done and answered), [`state`] (what there is), [`step`](mod@step) (what each
//! operation does), [`user_code`] and [`lifetime`] (what runs inside an operation, and what dies after it), [`laws`]
//! (what then always holds), [`history`] and [`linearize`](mod@linearize) (when a concurrent run is explained;
//! [`brute`] says the same slowly). No dependency, no unsafe code, no thread, no clock.
#![forbid(unsafe_code)]

pub mod brute;
pub mod history;
pub mod laws;
pub mod lifetime;
pub mod linearize;
pub mod op;
pub mod state;
pub mod step;
pub mod user_code;

pub use history::{History, Operation};
pub use linearize::{Linearization, linearize};
pub use op::*;
pub use state::{Specs, State};
pub use step::{step, step_observed};
