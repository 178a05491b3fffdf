//! A set that takes a lock which its thread holds already: of the operating system, so that no engine sees it wait.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::sync::{Mutex, PoisonError};

/// No cache, and the number of sets under a lock.
pub struct Twice;

impl<P: Platform, V: 'static> Cache<P, V> for Twice {
    const ACTIVE: bool = true;
    type Shared = Mutex<u64>;
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> Mutex<u64> {
        Mutex::new(0)
    }
    fn in_variable(_: &Mutex<u64>, _: u64) {}
    fn in_thread(_: &Mutex<u64>, _: u64) {}

    fn lookup(_: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn bind(place: Place<'_, Self, P, V>, _: Option<&V>) {
        let count = place.shared.lock().unwrap_or_else(PoisonError::into_inner);
        // While the guard above lives: this is the fault.
        *place.shared.lock().unwrap_or_else(PoisonError::into_inner) = *count + 1;
    }

    fn leave(_: &Mutex<u64>, (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Twice>;
