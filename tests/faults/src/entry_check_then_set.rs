//! The claim on a context as a test followed by a store.
//!
//! Catalogue A4, CPython issue 116738; present in the free-threaded builds of 3.13 and 3.14. Two threads both see that
//! nobody is inside, and both go in: writes of one are visible to the other, and updates of the map are lost.

use super::swap::WithEntry;
use contextvars::core::UncachedDesign;
use contextvars::parts::entry::Entry;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Test, then store.
pub struct CheckThenSet<P: Platform>(P::Word);

impl<P: Platform> Entry<P> for CheckThenSet<P> {
    fn new() -> Self {
        CheckThenSet(P::Word::new("context.inside", 0))
    }

    fn claim(&self, thread: u64) -> bool {
        // Acquire and release, as strong as the sound form: it is the two steps that are wrong, not their order.
        let free = self.0.load(Ordering::Acquire) == 0;
        if free {
            self.0.store(thread + 1, Ordering::Release);
        }
        free
    }

    fn release(&self) {
        // Release: pairs with the acquire of the next claim.
        self.0.store(0, Ordering::Release);
    }

    fn is_entered(&self) -> bool {
        // Relaxed: chooses between two error kinds.
        self.0.load(Ordering::Relaxed) != 0
    }
}

/// `uncached` with this entry.
pub type Faulty = WithEntry<UncachedDesign<SelectedPlatform, Tracked>, CheckThenSet<SelectedPlatform>>;
