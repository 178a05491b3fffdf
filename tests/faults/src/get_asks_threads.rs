//! A get that asks every thread that was ever started: its steps grow with their number.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Relaxed, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// No cache, and a count of the threads.
pub struct AsksThreads;

impl<P: Platform, V: 'static> Cache<P, V> for AsksThreads {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> P::Word {
        P::Word::new("threads", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(shared: &P::Word, _: u64) {
        // Release: what the thread did before is seen by whoever counts it.
        shared.fetch_add(1, Release);
    }

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        // Acquire: with the release of the thread that counted itself.
        for _ in 0..place.shared.load(Acquire) {
            // Relaxed: stands for a question to one thread.
            place.shared.load(Relaxed);
        }
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn bind(_: Place<'_, Self, P, V>, _: Option<&V>) {}

    fn leave(_: &P::Word, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, AsksThreads>;
