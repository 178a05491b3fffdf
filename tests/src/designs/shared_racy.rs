//! CPython's cache before the fix of CPython issue 121546: three plain fields in the variable.
//!
//! *The thread's words:* "The ContextVar implementation is not thread-safe in the free-threaded build: in particular,
//! the caching is not thread-safe."
//!
//! # Protocol
//! Each variable caches one value, the identity of the thread that found it, and that thread's count of context
//! switches. A read is a hit if all three fit; a fill and a set write the three one after the other; set and reset
//! clear the value first. The value is *borrowed*: the cache holds its name, as CPython held a pointer, not a
//! reference.
//!
//! # Who wins which race
//! Nobody. A thread that has stored its value and not yet its identity leaves another thread's identity beside it, and
//! that other thread hits and reads a value of a context it is not in (ISO-1). A delayed store leaves an old value
//! beside a fresh identity (FRESH-1). And the value may die between the check and the use of the borrowed name (MEM-1).
//!
//! Each field is an atomic word accessed with relaxed ordering: that is what plain fields do on hardware, without the
//! undefined behaviour of a data race in Rust.

use super::names::{NONE, Names};
use crate::harness::value::{Followed, Tracked};
use crate::platform::selected::SelectedPlatform;
use contextvars::core::Sound;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::{Ordering::Relaxed, Platform, Word};

/// The cache.
pub struct SharedRacy;

/// The three fields.
pub struct Fields<P: Platform, V: Followed> {
    value: P::Word,
    thread: P::Word,
    version: P::Word,
    names: Names<V>,
}

impl<P: Platform, V: Followed> Fields<P, V> {
    fn write<C: Cache<P, V, InVariable = Self>>(place: &Place<'_, C, P, V>, value: &V) {
        let fields = place.variable;
        // Relaxed, all three: plain stores in C. Their order and their distance are the fault.
        fields.value.store(fields.names.name(value), Relaxed);
        fields.thread.store(place.at.thread, Relaxed);
        fields.version.store(place.at.switches, Relaxed);
    }
}

impl<P: Platform, V: Followed> Cache<P, V> for SharedRacy {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = Fields<P, V>;
    type InThread = ();
    type Held = Owned<V>;

    fn shared() {}
    fn in_thread(_: &(), _: u64) {}
    fn in_variable(_: &(), _: u64) -> Fields<P, V> {
        Fields {
            value: P::Word::new("cached value", NONE),
            thread: P::Word::new("cached thread", NONE),
            version: P::Word::new("cached version", NONE),
            names: Names::new(),
        }
    }

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        let fields = place.variable;
        // Relaxed, all: plain loads in C. The value is loaded twice, as `PyContextVar_Get` did.
        let hit = fields.value.load(Relaxed) != NONE
            && fields.thread.load(Relaxed) == place.at.thread
            && fields.version.load(Relaxed) == place.at.switches;
        let value = if hit { fields.value.load(Relaxed) } else { NONE };
        if value == NONE { None } else { fields.names.follow(value) }
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        Fields::write(&place, value);
    }

    fn begin_bind(place: Place<'_, Self, P, V>) {
        // Relaxed: a plain store in C.
        place.variable.value.store(NONE, Relaxed);
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        if let Some(value) = value {
            Fields::write(&place, value);
        }
    }

    fn leave(_: &(), _: &(), _: u64) {}
}

/// `shared-racy`.
pub type SharedRacyDesign = Sound<SelectedPlatform, Tracked, SharedRacy>;
