//! The use of a token as a test followed by a store.
//!
//! Catalogue A5b. It takes two threads in the context of the token to use it twice, so the entry is faulty here as
//! well, as it is in the builds in which this was seen.

use super::entry_check_then_set::CheckThenSet;
use super::swap::{WithEntry, WithTokenUse};
use contextvars::core::UncachedDesign;
use contextvars::parts::token_use::TokenUse;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Test, then store.
pub struct CheckThenUse<P: Platform>(P::Word);

impl<P: Platform> TokenUse<P> for CheckThenUse<P> {
    fn new() -> Self {
        CheckThenUse(P::Word::new("token.used", 0))
    }

    fn is_used(&self) -> bool {
        // Relaxed: a plain load in C.
        self.0.load(Ordering::Relaxed) != 0
    }

    fn claim(&self) -> bool {
        // Relaxed: a plain store in C, after the test in `is_used`.
        self.0.store(1, Ordering::Relaxed);
        true
    }
}

/// `uncached` with this token and the faulty entry.
pub type Faulty = WithTokenUse<
    WithEntry<UncachedDesign<SelectedPlatform, Tracked>, CheckThenSet<SelectedPlatform>>,
    CheckThenUse<SelectedPlatform>,
>;
