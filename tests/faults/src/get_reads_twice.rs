//! A get that reads a count of the writes until it reads the same twice: lock-free, for somebody always goes on, and
//! not wait-free, for the reader need not.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// No cache, and a count of the writes.
pub struct ReadsTwice;

impl<P: Platform, V: 'static> Cache<P, V> for ReadsTwice {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> P::Word {
        P::Word::new("writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) {}

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        // Acquire, both: with the release of the one who wrote.
        while place.shared.load(Acquire) != place.shared.load(Acquire) {}
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn bind(place: Place<'_, Self, P, V>, _: Option<&V>) {
        // Release: the binding is seen by whoever sees this.
        place.shared.fetch_add(1, Release);
    }

    fn leave(_: &P::Word, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, ReadsTwice>;
