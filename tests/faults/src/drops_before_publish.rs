//! A cache that drops what it gives up before the new binding is there, only if another thread is binding something at
//! that time: code of the value finds the operation undone.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Lock, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// One entry in the variable, and the number of those who bind.
pub struct DropsFirst;

/// An entry under its lock.
type Entry<P> = <P as Platform>::Lock<Option<(At, Tracked)>>;

impl<P: Platform> Cache<P, Tracked> for DropsFirst {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = Entry<P>;
    type InThread = ();
    type Held = Owned<Tracked>;

    fn shared() -> P::Word {
        P::Word::new("writers", 0)
    }
    fn in_thread(_: &P::Word, _: u64) {}
    fn in_variable(_: &P::Word, _: u64) -> Entry<P> {
        P::Lock::new("cache entry", None)
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Owned<Tracked>> {
        let found = place.variable.with(|entry| entry.clone());
        found.filter(|(at, _)| *at == place.at).map(|(_, value)| Owned(value))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        let old = place.variable.with(|entry| entry.replace((place.at, value.clone())));
        drop(old);
    }

    fn begin_bind(place: Place<'_, Self, P, Tracked>) {
        // Acquire: with the release of the one who has bound.
        if place.shared.fetch_add(1, Acquire) != 0 {
            let old = place.variable.with(Option::take);
            drop(old);
        }
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        let new = value.map(|value| (place.at, value.clone()));
        let old = place.variable.with(|entry| std::mem::replace(entry, new));
        // Release: adding the largest word subtracts one; the binding is there by then.
        place.shared.fetch_add(u64::MAX, Release);
        drop(old);
    }

    fn leave(_: &P::Word, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, DropsFirst>;
