//! A guard around user code that panics in its own drop when that code has panicked: the second panic ends the process.

use crate::swap::WithContainment;
use contextvars::core::UncachedDesign;
use contextvars::parts::containment::{Contained, Containment};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Contains panics, and asks afterwards whether there was one.
pub struct Asks;

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        assert!(!std::thread::panicking(), "user code has panicked");
    }
}

impl Containment for Asks {
    const ENDS_WITH_BODY: bool = true;
    const ROUNDS_AT_END: u32 = Contained::ROUNDS_AT_END;

    fn contain(body: impl FnOnce()) {
        Contained::contain(|| {
            let _guard = Guard;
            body();
        });
    }
}

/// `uncached` with this.
pub type Faulty = WithContainment<UncachedDesign<SelectedPlatform, Tracked>, Asks>;
