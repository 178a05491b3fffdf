//! A token that forgets that it was used.
//!
//! The simplest break of TOK-1: one thread resets twice with one token.

use super::swap::WithTokenUse;
use contextvars::core::PerThreadDesign;
use contextvars::parts::token_use::TokenUse;
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Never used.
pub struct NeverUsed;

impl<P: Platform> TokenUse<P> for NeverUsed {
    fn new() -> Self {
        NeverUsed
    }

    fn is_used(&self) -> bool {
        false
    }

    fn claim(&self) -> bool {
        true
    }
}

/// `per-thread` with this token.
pub type Faulty = WithTokenUse<PerThreadDesign<SelectedPlatform, Tracked>, NeverUsed>;
