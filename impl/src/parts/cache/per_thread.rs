//! Ours: a small table private to the thread, validated by a version.
//!
//! # Protocol
//! Each thread has a direct-mapped table of [`SLOTS`] (or `N`) entries `(variable, frame, value)`. A hit needs the
//! variable's identity and the *frame* in force: frames are numbered by the thread, one for each enter. Invariant: an
//! entry of a frame equals the binding in that frame's map. It holds because
//!
//! 1. an entry is written from the map itself (`fill`), or by the call that changed the map (`bind`);
//! 2. while a frame exists its context is entered by this thread, so nobody else changes that map;
//! 3. when a frame is left, its entries are removed, so a frame number may even be used again later.
//!
//! Points 2 and 3 make an inner frame harmless: after it is left, the outer frame's entries are still right.
//!
//! No access is shared: a hit clones an `Rc`, which no other thread sees, so reads scale whatever the others do. An
//! entry never keeps a value alive longer than the frame's map does, so a cache never delays a drop, and removing an
//! entry never runs user code.
//!
//! Code that is hooked into the allocator may run wherever memory is taken or given back here, and may read variables.
//! So an entry is built before it is put, and put only if nothing was bound or left meanwhile; the one that it replaces
//! is dropped when the table is whole; and there is no fill inside another write, so that reads which miss cannot call
//! each other without end.

use super::{Cache, Place};
use crate::platform::Platform;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// Entries in a thread's table, as shipped; one bit each in a word.
pub const SLOTS: usize = 64;

/// The per-thread cache. A small `N` lets a test or a model checker replace entries with a handful of variables.
pub struct PerThread<const N: usize = SLOTS>;

/// A thread's table. Allocated at the first fill.
pub struct Table<V, const N: usize = SLOTS> {
    slots: OnceCell<Box<[Slot<V>; N]>>,
    /// One bit for each slot that holds an entry.
    occupied: Cell<u64>,
    /// Whether a write is under way.
    writing: Cell<bool>,
    /// Binds and leaves so far.
    changes: Cell<u64>,
}

/// An entry, if there is a value.
struct Slot<V> {
    variable: Cell<u64>,
    frame: Cell<u64>,
    /// Taken out and put back to be cloned, so that no borrow has to be counted. The clone of an `Rc` is no user code.
    value: Cell<Option<Rc<V>>>,
}

impl<V, const N: usize> Table<V, N> {
    /// Refused at compile time: no slot at all, or more than a word has bits.
    const CHECKED: () = assert!(1 <= N && N <= 64, "a table has 1 to 64 slots");

    fn new() -> Self {
        let () = Self::CHECKED;
        Table { slots: OnceCell::new(), occupied: Cell::new(0), writing: Cell::new(false), changes: Cell::new(0) }
    }

    #[inline]
    fn index(variable: u64) -> usize {
        variable as usize % N
    }

    #[inline]
    fn lookup(&self, variable: u64, frame: u64) -> Option<Rc<V>> {
        let slot = &self.slots.get()?[Self::index(variable)];
        if slot.variable.get() != variable || slot.frame.get() != frame {
            return None;
        }
        let value = slot.value.take();
        let held = value.clone();
        slot.value.set(value);
        held
    }

    /// Puts an entry that holds `value`, if nothing is bound or left while it is built; if something is, or there is no
    /// value, leaves the slot empty.
    fn write(&self, variable: u64, frame: u64, value: Option<&V>)
    where
        V: Clone,
    {
        let outermost = !self.writing.replace(true);
        let before = self.changes.get();
        let slots = self.slots();
        // Inside another write no memory is taken: the entry is removed instead.
        let entry = value.filter(|_| outermost).map(|value| Rc::new(value.clone()));
        let entry = entry.filter(|_| self.changes.get() == before);
        let index = Self::index(variable);
        let bit = 1u64 << index;
        self.occupied.set(if entry.is_some() { self.occupied.get() | bit } else { self.occupied.get() & !bit });
        slots[index].variable.set(variable);
        slots[index].frame.set(frame);
        drop(slots[index].value.replace(entry));
        self.writing.set(!outermost);
    }

    fn slots(&self) -> &[Slot<V>; N] {
        if self.slots.get().is_none() {
            let empty = || Slot { variable: Cell::new(0), frame: Cell::new(0), value: Cell::new(None) };
            // Not `get_or_init`, inside which a read by the allocator's code would be a second initialisation.
            drop(self.slots.set(Box::new(std::array::from_fn(|_| empty()))));
        }
        self.slots.get().expect("set above")
    }

    fn changed(&self) {
        self.changes.set(self.changes.get().wrapping_add(1));
    }

    fn leave(&self, frame: u64) {
        self.changed();
        let Some(slots) = self.slots.get() else { return };
        let mut rest = self.occupied.get();
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if slots[index].frame.get() == frame {
                self.occupied.set(self.occupied.get() & !(1u64 << index));
                drop(slots[index].value.take());
            }
        }
    }
}

impl<P: Platform, V: Clone + 'static, const N: usize> Cache<P, V> for PerThread<N> {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = ();
    type InThread = Table<V, N>;
    type Held = Rc<V>;

    fn shared() {}
    fn in_variable(_: &(), _: u64) {}
    fn in_thread(_: &(), _: u64) -> Table<V, N> {
        Table::new()
    }

    #[inline]
    fn lookup(place: Place<'_, Self, P, V>) -> Option<Rc<V>> {
        place.thread.lookup(place.at.variable, place.at.frame)
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        if !place.thread.writing.get() {
            place.thread.write(place.at.variable, place.at.frame, Some(value));
        }
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        place.thread.changed();
        place.thread.write(place.at.variable, place.at.frame, value);
    }

    fn leave(_: &(), thread: &Table<V, N>, frame: u64) {
        thread.leave(frame);
    }
}
