//! A cache that drops the value it gives up while it holds its lock.
//!
//! Catalogue C13, and the second half of the fix of A3. The cache owns its value; when it gives it up that may have
//! been the last reference, so the drop is user code, and user code that reads the variable waits for the lock for
//! ever.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache, Owned, Place};
use contextvars::platform::{Lock, Platform};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// One entry in the variable, under a lock.
pub struct DropsInLock;

type Entry = Option<(At, Tracked)>;

fn write<P: Platform>(lock: &P::Lock<Entry>, entry: Entry) {
    // The old entry is dropped here, inside: this is the fault.
    lock.with(|old| *old = entry);
}

impl<P: Platform> Cache<P, Tracked> for DropsInLock {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = P::Lock<Entry>;
    type InThread = ();
    type Held = Owned<Tracked>;

    fn shared() {}
    fn in_thread(_: &(), _: u64) {}
    fn in_variable(_: &(), _: u64) -> P::Lock<Entry> {
        Lock::new("cache entry", None)
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Owned<Tracked>> {
        let found = place.variable.with(|entry| entry.clone());
        found.filter(|(at, _)| *at == place.at).map(|(_, value)| Owned(value))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        write::<P>(place.variable, Some((place.at, value.clone())));
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        write::<P>(place.variable, value.map(|value| (place.at, value.clone())));
    }

    fn leave(_: &(), _: &(), _: u64) {}
}

/// `uncached` with this cache.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, DropsInLock>;
