//! Reads that spin for a while if a thread is changing a binding. No schedule shows a reader that cannot go on: only
//! its steps tell that it waits.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Turns after which a reader gives up waiting. More than a get may make (`BOUND` of PROG-1).
const PATIENCE: usize = 24;

/// No cache, and a word that says whether somebody writes.
pub struct ReaderSpins;

impl<P: Platform, V: 'static> Cache<P, V> for ReaderSpins {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> P::Word {
        P::Word::new("somebody writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) {}

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        for _ in 0..PATIENCE {
            // Acquire: with the release of the one who wrote.
            if place.shared.load(Acquire) == 0 {
                break;
            }
        }
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn begin_bind(place: Place<'_, Self, P, V>) {
        // Release: what was written before is seen by whoever sees this.
        place.shared.store(1, Release);
    }

    fn bind(place: Place<'_, Self, P, V>, _: Option<&V>) {
        // Release: the binding is seen by whoever sees this.
        place.shared.store(0, Release);
    }

    fn leave(_: &P::Word, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, ReaderSpins>;
