//! A reset that notices a used token only when it uses it: the order of the checks is wrong.
//!
//! CPython tests "used" first; here a used token of another variable answers "other variable" (semantics section 2.3).

use super::swap::WithTokenUse;
use contextvars::core::PerThreadDesign;
use contextvars::parts::token_use::{AtomicUse, TokenUse};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Sound but for the first check.
pub struct CheckedLast<P: Platform>(AtomicUse<P>);

impl<P: Platform> TokenUse<P> for CheckedLast<P> {
    fn new() -> Self {
        CheckedLast(AtomicUse::new())
    }

    fn is_used(&self) -> bool {
        false
    }

    fn claim(&self) -> bool {
        self.0.claim()
    }
}

/// `per-thread` with this token.
pub type Faulty = WithTokenUse<PerThreadDesign<SelectedPlatform, Tracked>, CheckedLast<SelectedPlatform>>;
