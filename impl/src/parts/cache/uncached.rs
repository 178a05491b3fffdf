//! No cache: the fix that was merged.
//!
//! *The thread's words:* "I'd be more tempted to just disable the cache in the free-threaded build and pay the
//! increased access cost, but still scale well."
//!
//! # Protocol
//! Every read searches the map of the current context. The map is immutable and the thread holds it, so nothing can
//! race: soundness rests on the entry (one thread in a context) and on the vars cell (readers elsewhere) alone.

use super::{Cache, Owned, Place};
use crate::platform::Platform;

/// No cache.
pub struct Uncached;

impl<P: Platform, V: 'static> Cache<P, V> for Uncached {
    const ACTIVE: bool = false;
    type Shared = ();
    type InVariable = ();
    type InThread = ();
    type Held = Owned<V>;

    fn shared() {}
    fn in_variable(_: &(), _: u64) {}
    fn in_thread(_: &(), _: u64) {}

    #[inline]
    fn lookup(_: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        None
    }
    #[inline]
    fn fill(_: Place<'_, Self, P, V>, _: &V) {}
    #[inline]
    fn bind(_: Place<'_, Self, P, V>, _: Option<&V>) {}
    #[inline]
    fn leave(_: &(), _: &(), _: u64) {}
}
