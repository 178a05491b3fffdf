//! A cache that drops the value it gives up inside its lock, only if somebody else was about to write the entry, too:
//! user code that reads the variable then waits for the lock for ever.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Lock, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// One entry in the variable, under a lock, and the number of those who write it.
pub struct DropsIfContended;

/// The entry, and its writers.
pub struct Entry<P: Platform> {
    entry: P::Lock<Option<(At, Tracked)>>,
    writers: P::Word,
}

impl<P: Platform> Entry<P> {
    fn write(&self, new: Option<(At, Tracked)>) {
        // Acquire: with the release of the one who has written.
        let contended = self.writers.fetch_add(1, Acquire) != 0;
        let old = self.entry.with(|entry| {
            let old = std::mem::replace(entry, new);
            // Dropped here, inside, if contended: this is the fault.
            old.filter(|_| !contended)
        });
        // Release: adding the largest word subtracts one; the entry is written by then.
        self.writers.fetch_add(u64::MAX, Release);
        drop(old);
    }
}

impl<P: Platform> Cache<P, Tracked> for DropsIfContended {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = Entry<P>;
    type InThread = ();
    type Held = Owned<Tracked>;

    fn shared() {}
    fn in_thread(_: &(), _: u64) {}
    fn in_variable(_: &(), _: u64) -> Entry<P> {
        Entry { entry: P::Lock::new("cache entry", None), writers: P::Word::new("writers", 0) }
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Owned<Tracked>> {
        let found = place.variable.entry.with(|entry| entry.clone());
        found.filter(|(at, _)| *at == place.at).map(|(_, value)| Owned(value))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        place.variable.write(Some((place.at, value.clone())));
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        place.variable.write(value.map(|value| (place.at, value.clone())));
    }

    fn leave(_: &(), _: &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, DropsIfContended>;
