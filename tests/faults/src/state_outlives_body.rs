//! A thread's contexts are left when its state is dropped, not as the last act of its body.
//!
//! This library before issue 14 of this project: the state was a thread-local, destroyed after the body had returned,
//! and `std::thread::scope` does not wait for that. So values of a scope outlived it, now and then (5 times in 300).
//! Smallest trigger: a thread that sets something and ends.

use super::swap::WithContainment;
use contextvars::core::UncachedDesign;
use contextvars::parts::containment::{Contained, Containment};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Leaves it to the drop of the state.
pub struct WithTheState;

impl Containment for WithTheState {
    const ROUNDS_AT_END: u32 = Contained::ROUNDS_AT_END;
    const ENDS_WITH_BODY: bool = false;

    fn contain(body: impl FnOnce()) {
        Contained::contain(body);
    }
}

/// `uncached` with this.
pub type Faulty = WithContainment<UncachedDesign<SelectedPlatform, Tracked>, WithTheState>;
