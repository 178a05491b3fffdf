//! The array of entries, repaired: each entry under a sequence lock.
//!
//! *The thread's words:* as for `slot-array-as-sketched`. That a hit is not atomic was not said there.
//!
//! # Protocol
//! The array, its free list and the lock are as sketched. Each entry has a sequence number besides. A writer holds the
//! lock and
//!
//! 1. makes the number odd, then a release fence;
//! 2. writes the three fields (relaxed);
//! 3. makes it even again (release).
//!
//! A reader
//!
//! 1. reads the number (acquire); if it is odd it goes to the map;
//! 2. reads the three fields (relaxed), then an acquire fence;
//! 3. reads the number again (relaxed); if it has changed it goes to the map.
//!
//! It does not try again: the map has the answer. Two other changes are one relaxed store each, also under the lock,
//! and leave the number alone: a reset to "absent" writes nobody as the thread, and freeing writes the link where the
//! value was. Neither can make a hit of what was none.
//!
//! # Who wins which race
//! The writer; the reader finds out and searches the map. Of two writers, the one that takes the lock last.
//!
//! # Why a hit is right
//! *Whole.* If a reader sees a field of a write, that write's number was odd before it (release fence), so that the
//! second reading of the number (after the acquire fence) gives that odd number or a later one, and differs from the
//! first, unless the first was already the even number of that write, or a later one; and then (release, acquire) every
//! field that it reads is of that write or a later one. So three fields between two equal even numbers are of one
//! write, but for a name taken off or a link put in.
//!
//! *Its own.* A write with this thread as its thread was made by this thread: identities are unique. The count of
//! switches says that it was made since the last switch. By coherence the thread cannot read its own write after one
//! of its own that came later in the same entry. So the value is what it bound, or found, last, in the context that it
//! is inside. This also covers a variable that is given the entry of a dead one, with a link in the place of the value:
//! what this thread wrote there in this stretch it has taken its name off before the dead variable could die, because
//! the map that it is inside would have kept the variable alive. The pointer to the entry may therefore be relaxed.
//!
//! *Alive.* That the reading was whole says nothing of the value's life, which ends with a binding, not with an entry.
//! But the binding is in the context that this thread is inside, its frame holds that map, and only this thread can
//! replace it. So the name may be followed after the validation, however late. Were the entry valid for more than one
//! thread, or for longer than a stretch between two switches, this would not hold.
//!
//! # Why nothing weaker works
//! Each step left out is a fault of the catalogue that is refuted: `slot-array-no-recheck`,
//! `slot-array-reads-while-written`, `slot-array-opens-relaxed`, `slot-array-closes-relaxed`,
//! `slot-array-no-reader-fence`, `slot-array-no-writer-fence`, `slot-array-clears-value-only`. One word for all three
//! fields would need no sequence number, but at 64 bits each of them would come round again soon. An entry replaced by
//! one swap of a pointer is read whole, but then the entry itself must not be freed under its reader.
//!
//! # What is left
//! A miss and a set wait for one lock that all variables share, a fill after every lost race included. A get that
//! misses can therefore be blocked by a thread that is stopped inside the lock.

use super::names::NONE;
use super::slots::{Pointer, Slots};
use crate::harness::value::{Followed, Tracked};
use crate::platform::selected::SelectedPlatform;
use contextvars::core::Sound;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Relaxed, Release};
use contextvars::platform::{Ordering, Platform, Word};
use std::marker::PhantomData;

/// The steps of the sequence lock, as they must be. A fault changes one of them.
pub trait Steps: 'static {
    /// How a reader reads the number first. Acquire: with the release of the write's end.
    const OPEN: Ordering = Acquire;
    /// Whether a reader goes away when the number is odd.
    const SEES_WRITERS: bool = true;
    /// Whether a reader has an acquire fence before it reads the number again.
    const READER_FENCE: bool = true;
    /// Whether it does read it again.
    const RECHECKS: bool = true;
    /// Whether a writer has a release fence after it made the number odd.
    const WRITER_FENCE: bool = true;
    /// How a writer makes the number even. Release: what it wrote comes before.
    const CLOSE: Ordering = Release;
    /// Whether a reset takes the thread's name off the entry, and not just the value.
    const CLEARS_THREAD: bool = true;
}

/// The sound steps.
pub struct Sequenced;
impl Steps for Sequenced {}

/// The cache, with a number of entries.
pub struct SlotArray<S, const ENTRIES: usize>(PhantomData<S>);

/// The array and the sequence numbers of its entries.
pub struct Numbered<P: Platform> {
    /// The array.
    pub slots: Slots<P>,
    numbers: Box<[P::Word]>,
}

impl<P: Platform> Numbered<P> {
    /// Writes an entry; the array is locked.
    fn write<S: Steps>(&self, entry: u64, value: u64, thread: u64, version: u64) {
        let (number, fields) = (&self.numbers[entry as usize], self.slots.fields(entry));
        // Relaxed: written under the lock only.
        let even = number.load(Relaxed);
        // Relaxed: the fence orders it before the fields.
        number.store(even + 1, Relaxed);
        if S::WRITER_FENCE {
            P::fence(Release);
        }
        // Relaxed, all three: between the fence and the release.
        fields.value.store(value, Relaxed);
        fields.thread.store(thread, Relaxed);
        fields.version.store(version, Relaxed);
        number.store(even + 2, S::CLOSE);
    }

    /// The value of an entry, if it was written whole and by this thread since its last switch.
    fn read<S: Steps>(&self, entry: u64, thread: u64, version: u64) -> Option<u64> {
        let (number, fields) = (&self.numbers[entry as usize], self.slots.fields(entry));
        let first = number.load(S::OPEN);
        if S::SEES_WRITERS && !first.is_multiple_of(2) {
            return None;
        }
        // Relaxed, all three: between the acquire and the fence.
        let value = fields.value.load(Relaxed);
        let own = fields.thread.load(Relaxed) == thread && fields.version.load(Relaxed) == version;
        if S::READER_FENCE {
            P::fence(Acquire);
        }
        // Relaxed: the fence orders it after the fields.
        let whole = !S::RECHECKS || number.load(Relaxed) == first;
        (whole && own && value != NONE).then_some(value)
    }

    /// Frees an entry.
    pub fn free(&self, entry: u64) {
        self.slots.locked(|slots| {
            let link = slots.free(entry);
            // Relaxed: no thread's name that could make this a value is on the entry.
            self.slots.fields(entry).value.store(link, Relaxed);
        });
    }
}

impl<P: Platform, V: Followed, S: Steps, const ENTRIES: usize> Cache<P, V> for SlotArray<S, ENTRIES> {
    const ACTIVE: bool = true;
    type Shared = Numbered<P>;
    type InVariable = Pointer<P, V>;
    type InThread = ();
    type Held = Owned<V>;

    fn shared() -> Numbered<P> {
        let numbers = (0..ENTRIES).map(|_| Word::new("entry.sequence", 0)).collect();
        Numbered { slots: Slots::new(ENTRIES), numbers }
    }

    fn in_variable(_: &Numbered<P>, _: u64) -> Pointer<P, V> {
        Pointer::new()
    }

    fn in_thread(_: &Numbered<P>, _: u64) {}

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        // Relaxed: see "Its own" above.
        let entry = place.variable.entry.load(Relaxed);
        if entry == NONE {
            return None;
        }
        let value = place.shared.read::<S>(entry, place.at.thread, place.at.switches)?;
        place.variable.names.follow(value)
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        let name = place.variable.names.name(value);
        place.shared.slots.locked(|slots| {
            if let Some(entry) = slots.entry(&place.variable.entry) {
                place.shared.write::<S>(entry, name, place.at.thread, place.at.switches);
            }
        });
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        if let Some(value) = value {
            return Self::fill(place, value);
        }
        place.shared.slots.locked(|_| {
            // Relaxed: written under this lock only.
            let entry = place.variable.entry.load(Relaxed);
            if entry != NONE {
                let fields = place.shared.slots.fields(entry);
                // Relaxed: the reader that this concerns is this thread, which reads its own writes.
                if S::CLEARS_THREAD { &fields.thread } else { &fields.value }.store(NONE, Relaxed);
            }
        });
    }

    fn leave(_: &Numbered<P>, (): &(), _: u64) {}

    fn variable_died(shared: &Numbered<P>, variable: &Pointer<P, V>, _: u64) {
        // Relaxed: whoever drops the last reference has seen all that was done with the others.
        let entry = variable.entry.load(Relaxed);
        if entry != NONE {
            shared.free(entry);
        }
    }
}

/// `slot-array`.
pub type SlotArrayDesign = Sound<SelectedPlatform, Tracked, SlotArray<Sequenced, 4>>;
