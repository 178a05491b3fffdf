//! A reset that calls itself for ever, until the stack is full.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::hint::black_box;

/// No cache, and a walk that does not end.
pub struct Recurses;

/// The depth of a chain that has no end; not a loop, because something is left to be done after each call.
fn depth(link: u64) -> u64 {
    if black_box(link) == u64::MAX { 0 } else { black_box(depth(link + 1)) + 1 }
}

impl<P: Platform, V: 'static> Cache<P, V> for Recurses {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() {}
    fn in_variable((): &(), _: u64) {}
    fn in_thread((): &(), _: u64) {}

    fn lookup(_: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        None
    }

    fn fill(_: Place<'_, Self, P, V>, _: &V) {}

    fn bind(_: Place<'_, Self, P, V>, value: Option<&V>) {
        if value.is_none() {
            black_box(depth(0));
        }
    }

    fn leave((): &(), (): &(), _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Recurses>;
