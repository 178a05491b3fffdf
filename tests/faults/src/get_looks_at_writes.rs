//! A get that looks at every write since the last get of its thread: it answers, after a number of steps that nothing
//! bounds.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Relaxed, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::cell::Cell;

/// No cache, and a count of the writes, with what each thread has seen of it.
pub struct LooksAtWrites;

impl<P: Platform, V: 'static> Cache<P, V> for LooksAtWrites {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = Cell<u64>;
    type Held = Owned<V>;

    fn shared() -> P::Word {
        P::Word::new("writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) -> Cell<u64> {
        Cell::new(0)
    }

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        // Acquire: with the release of the one who wrote.
        let writes = place.shared.load(Acquire);
        for _ in place.thread.replace(writes)..writes {
            // Relaxed: stands for a look at what the write was.
            place.shared.load(Relaxed);
        }
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn bind(place: Place<'_, Self, P, V>, _: Option<&V>) {
        // Release: the binding is seen by whoever sees this.
        place.shared.fetch_add(1, Release);
    }

    fn leave(_: &P::Word, _: &Cell<u64>, _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, LooksAtWrites>;
