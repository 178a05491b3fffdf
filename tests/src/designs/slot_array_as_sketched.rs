//! An array of entries; hits read without the lock, misses and sets write under it.
//!
//! *The thread's words:* "var_entry points to an entry in an array (something like a freelist). […] A cache hit is
//! lockless and returns directly the entry in the array. A cache miss needs to be locked to modify the array to update
//! the cache. ContextVar_Set needs to lock when setting. Therefore, most reads (cache hits) should scale well."
//!
//! # Protocol
//! A variable points to its entry `(value, thread, version)`, which is taken off a free list at the first fill and put
//! back when the variable dies. A read compares thread and version without the lock. A fill takes the lock and writes
//! the three fields; a set clears the value under the lock, changes the map, and writes the three under the lock.
//!
//! # Who wins which race
//! Among writers, the lock orders them. Between a writer and a reader, nobody: the lock that the reader does not take
//! keeps nothing from it. It reads the new value beside the identity of the thread before, which is its own, and hits
//! (ISO-1; FRESH-1 if it had been the reader's own value before). The value may die before it is used (MEM-1). And an
//! entry that was used by a variable that has died still carries that use's thread and version, and a link of the free
//! list where its value was, when the next variable is given it: a reader takes the link for a value.
//!
//! Each field is an atomic word accessed with relaxed ordering: that is what plain fields do on hardware. That the
//! three are written under a lock is all the sketch says; which is written first does not matter.

use super::names::NONE;
use super::slots::{Pointer, Slots};
use crate::harness::value::{Followed, Tracked};
use crate::platform::selected::SelectedPlatform;
use contextvars::core::Sound;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::{Ordering::Relaxed, Platform, Word};

/// The cache, with a number of entries.
pub struct AsSketched<const ENTRIES: usize>;

impl<P: Platform, V: Followed, const ENTRIES: usize> Cache<P, V> for AsSketched<ENTRIES> {
    const ACTIVE: bool = true;
    type Shared = Slots<P>;
    type InVariable = Pointer<P, V>;
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> Slots<P> {
        Slots::new(ENTRIES)
    }

    fn in_variable(_: &Slots<P>, _: u64) -> Pointer<P, V> {
        Pointer::new()
    }

    fn in_thread(_: &Slots<P>, _: u64) {}

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        // Relaxed, all: plain loads in C.
        let entry = place.variable.entry.load(Relaxed);
        if entry == NONE {
            return None;
        }
        let fields = place.shared.fields(entry);
        let value = fields.value.load(Relaxed);
        let hit = value != NONE
            && fields.thread.load(Relaxed) == place.at.thread
            && fields.version.load(Relaxed) == place.at.switches;
        if hit { place.variable.names.follow(value) } else { None }
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        let name = place.variable.names.name(value);
        place.shared.locked(|slots| {
            if let Some(entry) = slots.entry(&place.variable.entry) {
                let fields = place.shared.fields(entry);
                // Relaxed, all three: plain stores in C. The lock orders them for those who take it.
                fields.value.store(name, Relaxed);
                fields.thread.store(place.at.thread, Relaxed);
                fields.version.store(place.at.switches, Relaxed);
            }
        });
    }

    fn begin_bind(place: Place<'_, Self, P, V>) {
        place.shared.locked(|_| {
            // Relaxed: written under this lock only.
            let entry = place.variable.entry.load(Relaxed);
            if entry != NONE {
                // Relaxed: a plain store in C.
                place.shared.fields(entry).value.store(NONE, Relaxed);
            }
        });
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        if let Some(value) = value {
            Self::fill(place, value);
        }
    }

    fn leave(_: &Slots<P>, (): &(), _: u64) {}

    fn variable_died(shared: &Slots<P>, variable: &Pointer<P, V>, _: u64) {
        // Relaxed: whoever drops the last reference has seen all that was done with the others.
        let entry = variable.entry.load(Relaxed);
        if entry != NONE {
            shared.locked(|slots| {
                let link = slots.free(entry);
                // Relaxed: a plain store in C.
                shared.fields(entry).value.store(link, Relaxed);
            });
        }
    }
}

/// `slot-array-as-sketched`.
pub type AsSketchedDesign = Sound<SelectedPlatform, Tracked, AsSketched<4>>;
