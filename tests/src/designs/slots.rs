//! An array of cache entries with a free list threaded through the free ones: what both slot-array designs share.
//!
//! ```text
//! | Entry 1 | | Entry 2 | | Free Entry 1 | | Entry 3 | | Free Entry 2 |
//! | value   | | value   | | ---> next    | | value   | | ---> none    |
//! | thread  | | thread  | |              | | thread  | |              |
//! | version | | version | |              | | version | |              |
//! ```
//! An entry is taken off the list when a variable needs one for the first time, and put back when the variable dies.
//! The link of a free entry is kept where its value was. One lock guards the list and all writes; the fields are words
//! of their own, because reads do not take it. The array does not grow: when it is full a variable goes without an
//! entry, since to move the entries under the eyes of readers without a lock is a problem of its own.

use super::names::{NONE, Names};
use crate::harness::value::Followed;
use contextvars::platform::{Lock, Ordering::Relaxed, Platform, Word};

/// The fields of one entry.
pub struct Fields<P: Platform> {
    /// The name of the value, [`NONE`], or the link of a free entry.
    pub value: P::Word,
    /// The identity of the thread that found it.
    pub thread: P::Word,
    /// That thread's count of context switches.
    pub version: P::Word,
}

/// The array.
pub struct Slots<P: Platform> {
    /// The first free entry.
    free: P::Lock<u64>,
    entries: Box<[Fields<P>]>,
}

/// The array, locked.
pub struct Guarded<'a, P: Platform> {
    free: &'a mut u64,
    slots: &'a Slots<P>,
}

impl<P: Platform> Slots<P> {
    /// An array of a number of entries, all free.
    pub fn new(entries: usize) -> Self {
        let link = |index: usize| if index + 1 < entries { index as u64 + 1 } else { NONE };
        let fields = |index| Fields {
            value: Word::new("entry.value", link(index)),
            thread: Word::new("entry.thread", NONE),
            version: Word::new("entry.version", NONE),
        };
        let first = if entries == 0 { NONE } else { 0 };
        Slots { free: Lock::new("slot array", first), entries: (0..entries).map(fields).collect() }
    }

    /// The fields of an entry.
    pub fn fields(&self, entry: u64) -> &Fields<P> {
        &self.entries[entry as usize]
    }

    /// Runs `body` with the array locked.
    pub fn locked<R>(&self, body: impl FnOnce(&mut Guarded<'_, P>) -> R) -> R {
        self.free.with(|free| body(&mut Guarded { free, slots: self }))
    }
}

impl<P: Platform> Guarded<'_, P> {
    /// The entry that `variable` points to, taken off the free list if it has none yet; `None` if the array is full.
    pub fn entry(&mut self, variable: &P::Word) -> Option<u64> {
        // Relaxed: written under this lock only.
        let known = variable.load(Relaxed);
        if known != NONE {
            return Some(known);
        }
        let entry = *self.free;
        // Relaxed: the link was written under this lock. The list ends at whatever is no entry.
        *self.free = self.slots.entries.get(entry as usize)?.value.load(Relaxed);
        // Relaxed: a reader may find the entry before anything was written to it for this variable.
        variable.store(entry, Relaxed);
        Some(entry)
    }

    /// Puts an entry back. The caller writes the link that this returns where the value was.
    #[must_use]
    pub fn free(&mut self, entry: u64) -> u64 {
        std::mem::replace(self.free, entry)
    }
}

/// A variable's pointer to its entry.
pub struct Pointer<P: Platform, V: Followed> {
    /// The entry's number, or [`NONE`].
    pub entry: P::Word,
    /// Names its values.
    pub names: Names<V>,
}

impl<P: Platform, V: Followed> Pointer<P, V> {
    /// To nothing.
    pub fn new() -> Self {
        Pointer { entry: Word::new("variable.entry", NONE), names: Names::new() }
    }
}

impl<P: Platform, V: Followed> Default for Pointer<P, V> {
    fn default() -> Self {
        Self::new()
    }
}
