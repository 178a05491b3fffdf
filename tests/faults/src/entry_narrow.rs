//! A claim that keeps the number of its thread in three bits.
//!
//! Catalogue A4, neighbour fault: the eighth thread's number is kept as 0, which means that nobody is inside. Smallest
//! trigger: a context that the eighth thread is in.

use super::swap::WithEntry;
use contextvars::core::PerThreadDesign;
use contextvars::parts::entry::Entry;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The number in three bits.
pub struct ThreeBits<P: Platform>(P::Word);

impl<P: Platform> Entry<P> for ThreeBits<P> {
    fn new() -> Self {
        ThreeBits(Word::new("context.inside", 0))
    }

    fn claim(&self, thread: u64) -> bool {
        // The orderings are those of the sound form; the fault is the width.
        self.0.compare_exchange(0, (thread + 1) % 8, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn release(&self) {
        self.0.store(0, Ordering::Release);
    }

    fn is_entered(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}

/// `per-thread` with this entry.
pub type Faulty = WithEntry<PerThreadDesign<SelectedPlatform, Tracked>, ThreeBits<SelectedPlatform>>;
