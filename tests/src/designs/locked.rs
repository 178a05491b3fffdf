//! The three fields behind one lock for each variable.
//!
//! *The thread's words:* "Is throwing a lock on all modifications of the cache a valid solution? Or would that be too
//! slow?" And the answer: "A lock would mean that concurrent accesses to ContextVars would not scale well."
//!
//! # Protocol
//! Each variable caches one value with the identity of the thread that found it and that thread's count of context
//! switches. All three are read and written together, under the lock: reads take it, too, since a lock that only the
//! writers take keeps no reader from a half-written entry (see `slot-array-as-sketched`). A hit needs thread and count.
//! A fill and a set write the entry, a reset to "absent" clears it. Set needs no second critical section before the map
//! changes: between that change and the write no other operation of this thread runs, and no other thread's entry can
//! match this thread.
//!
//! # Who wins which race
//! The last writer. Any thread may overwrite the entry of any other, which costs the other a search and nothing else.
//!
//! # Why a hit may follow a borrowed name, even after the lock was given back
//! An entry that fits `(thread, switches)` was written by this very thread since its last switch, and no set or reset
//! of the variable by this thread came later, for that would have overwritten it. So the value is bound in the
//! context that this thread is inside, and the thread's own frame holds the map that holds it. Only this thread can
//! change that, and it is busy reading. The argument needs identities and counts that do not come round again
//! (`thread-id-reused` and `version-wraps` of the catalogue).
//!
//! An entry that *owned* its value would keep it alive after the context that bound it has gone, for as long as nobody
//! asks for the variable; to give it up in time each thread would have to list what it filled.

use super::names::Names;
use crate::harness::value::{Followed, Tracked};
use crate::platform::selected::SelectedPlatform;
use contextvars::core::Sound;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::{Lock, Platform};

/// The cache.
pub struct Locked;

/// The three fields.
#[derive(Clone, Copy)]
pub struct Fields {
    value: u64,
    thread: u64,
    version: u64,
}

/// An entry under its lock.
pub struct Entry<P: Platform, V: Followed> {
    fields: P::Lock<Option<Fields>>,
    names: Names<V>,
}

impl<P: Platform, V: Followed> Entry<P, V> {
    fn write<C: Cache<P, V, InVariable = Self>>(place: &Place<'_, C, P, V>, value: Option<&V>) {
        let entry = place.variable;
        let (thread, version) = (place.at.thread, place.at.switches);
        let new = value.map(|value| Fields { value: entry.names.name(value), thread, version });
        entry.fields.with(|fields| *fields = new);
    }
}

impl<P: Platform, V: Followed> Cache<P, V> for Locked {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = Entry<P, V>;
    type InThread = ();
    type Held = Owned<V>;

    fn shared() {}
    fn in_thread(_: &(), _: u64) {}
    fn in_variable(_: &(), _: u64) -> Entry<P, V> {
        Entry { fields: Lock::new("cache entry", None), names: Names::new() }
    }

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        let fields = place.variable.fields.with(|fields| *fields)?;
        let hit = fields.thread == place.at.thread && fields.version == place.at.switches;
        if hit { place.variable.names.follow(fields.value) } else { None }
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        Entry::write(&place, Some(value));
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        Entry::write(&place, value);
    }

    fn leave(_: &(), _: &(), _: u64) {}
}

/// `locked`.
pub type LockedDesign = Sound<SelectedPlatform, Tracked, Locked>;
