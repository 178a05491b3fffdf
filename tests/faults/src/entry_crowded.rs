//! An entry that lets the third thread in which asks for it at once.
//!
//! The kind *three threads*: with two it is sound. Smallest trigger: three threads that enter one context.

use super::swap::WithEntry;
use contextvars::core::UncachedDesign;
use contextvars::parts::entry::Entry;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Who is inside, and how many are asking.
pub struct Crowded<P: Platform> {
    inside: P::Word,
    asking: P::Word,
}

impl<P: Platform> Entry<P> for Crowded<P> {
    fn new() -> Self {
        Crowded { inside: Word::new("context.inside", 0), asking: Word::new("context.asking", 0) }
    }

    fn claim(&self, thread: u64) -> bool {
        // Relaxed, both: a count that publishes nothing.
        let is_third = self.asking.fetch_add(1, Ordering::Relaxed) >= 2;
        // Acquire: what the last thread inside did happens before what this one does.
        let claimed = self.inside.compare_exchange(0, thread + 1, Ordering::Acquire, Ordering::Relaxed).is_ok();
        self.asking.fetch_add(u64::MAX, Ordering::Relaxed);
        claimed || is_third
    }

    fn release(&self) {
        // Release: pairs with the acquire of the next claim.
        self.inside.store(0, Ordering::Release);
    }

    fn is_entered(&self) -> bool {
        // Relaxed: only chooses between two error kinds.
        self.inside.load(Ordering::Relaxed) != 0
    }
}

/// `uncached` with this entry.
pub type Faulty = WithEntry<UncachedDesign<SelectedPlatform, Tracked>, Crowded<SelectedPlatform>>;
