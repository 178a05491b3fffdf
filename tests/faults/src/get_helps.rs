//! A get that helps whoever has announced a write, until nobody has: those who announce again and again keep it busy.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// No cache, and a word that announces a write.
pub struct Helps;

impl<P: Platform, V: 'static> Cache<P, V> for Helps {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> P::Word {
        P::Word::new("announced", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) {}

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        // Acquire: with the release of the one who announced.
        while place.shared.load(Acquire) != 0 {
            // Release: what was done for the other one is seen by whoever sees this.
            place.shared.store(0, Release);
        }
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn begin_bind(place: Place<'_, Self, P, V>) {
        // Release: what is to be done is seen by whoever sees this.
        place.shared.store(1, Release);
    }

    fn bind(place: Place<'_, Self, P, V>, _: Option<&V>) {
        // Release: the binding is seen by whoever sees this.
        place.shared.store(0, Release);
    }

    fn leave(_: &P::Word, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Helps>;
