//! A count of context switches that comes round.
//!
//! Catalogue A2, neighbour fault: a version that wraps. The cache of `thread-registered` compares the low two bits
//! only, so after four switches the entry of a context that was left fits again: it is another context's value, or an
//! older one, and it may be dead. With 64 bits the same takes 584 years at one switch a nanosecond.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache};
use contextvars::platform::Platform;
use contextvars_check::designs::changed::{Change, Changed};
use contextvars_check::designs::thread_registered::ThreadRegistered;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The low two bits.
pub struct TwoBits;

impl<P: Platform, V, C: Cache<P, V>> Change<P, V, C> for TwoBits {
    fn seen(at: At) -> At {
        At { switches: at.switches % 4, ..at }
    }
}

/// `thread-registered` with this count.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Changed<ThreadRegistered, TwoBits>>;
