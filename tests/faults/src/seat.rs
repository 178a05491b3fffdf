//! Which thread is using a part, for faults that treat threads differently.

use contextvars_check::platform::selected::SelectedPlatform;
use contextvars_check::platform::{Actor, TestPlatform};

/// The number of the running thread of the scenario.
pub fn mine() -> usize {
    SelectedPlatform::actor().map_or(0, |actor| Actor::thread(&*actor).0.into())
}
