//! A get that counts itself by a compare-exchange, and tries again when somebody else has changed the word: gets and
//! sets of others may make it try for ever.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{AcqRel, Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// No cache, and a count of all reads and writes.
pub struct RetriesExchange;

impl<P: Platform, V: 'static> Cache<P, V> for RetriesExchange {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> P::Word {
        P::Word::new("reads and writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) {}

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        loop {
            // Acquire: with the release of the one who wrote.
            let count = place.shared.load(Acquire);
            // Release and acquire: as a write does; a failed one reads nothing that is used.
            if place.shared.compare_exchange(count, count + 1, AcqRel, Acquire).is_ok() {
                return None;
            }
        }
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn bind(place: Place<'_, Self, P, V>, _: Option<&V>) {
        // Release: the binding is seen by whoever sees this.
        place.shared.fetch_add(1, Release);
    }

    fn leave(_: &P::Word, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, RetriesExchange>;
