//! The claim on a context in one step, but relaxed.
//!
//! Exactly one thread gets in. But what the thread before did inside need not be visible to it, whatever that thread
//! used: an exit does not happen before the next enter.

use super::swap::WithEntry;
use contextvars::core::UncachedDesign;
use contextvars::parts::entry::Entry;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// One compare-exchange that orders nothing.
pub struct Relaxed<P: Platform>(P::Word);

impl<P: Platform> Entry<P> for Relaxed<P> {
    fn new() -> Self {
        Relaxed(P::Word::new("context.inside", 0))
    }

    fn claim(&self, thread: u64) -> bool {
        // Relaxed: the fault.
        self.0.compare_exchange(0, thread + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn release(&self) {
        // Relaxed: the fault.
        self.0.store(0, Ordering::Relaxed);
    }

    fn is_entered(&self) -> bool {
        // Relaxed: chooses between two error kinds.
        self.0.load(Ordering::Relaxed) != 0
    }
}

/// `uncached` with this entry.
pub type Faulty = WithEntry<UncachedDesign<SelectedPlatform, Tracked>, Relaxed<SelectedPlatform>>;
