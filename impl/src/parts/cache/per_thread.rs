//! Ours: a small table private to the thread, validated by a version.
//!
//! # Protocol
//! Each thread has a direct-mapped table of [`SLOTS`] entries `(variable, frame, value)`. A hit needs the variable's
//! identity and the *frame* in force: frames are numbered by the thread, one for each enter. Invariant: an entry of a
//! frame equals the binding in that frame's map. It holds because
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

use super::{Cache, Place};
use crate::platform::Platform;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Entries in a thread's table; a power of two, one bit each in a word.
pub const SLOTS: usize = 64;

/// The per-thread cache.
pub struct PerThread;

/// A thread's table. Allocated at the first fill.
pub struct Table<V> {
    slots: RefCell<Vec<Slot<V>>>,
    /// One bit for each slot that holds an entry.
    occupied: Cell<u64>,
}

struct Slot<V> {
    variable: u64,
    frame: u64,
    value: Option<Rc<V>>,
}

impl<V> Table<V> {
    fn new() -> Self {
        Table { slots: RefCell::new(Vec::new()), occupied: Cell::new(0) }
    }

    fn index(variable: u64) -> usize {
        variable as usize % SLOTS
    }

    #[inline]
    fn lookup(&self, variable: u64, frame: u64) -> Option<Rc<V>> {
        let slots = self.slots.borrow();
        let slot = slots.get(Self::index(variable))?;
        if slot.variable == variable && slot.frame == frame { slot.value.clone() } else { None }
    }

    fn write(&self, variable: u64, frame: u64, value: Option<Rc<V>>) {
        let index = Self::index(variable);
        let bit = 1u64 << index;
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            slots.resize_with(SLOTS, || Slot { variable: 0, frame: 0, value: None });
        }
        let occupied = if value.is_some() { self.occupied.get() | bit } else { self.occupied.get() & !bit };
        let old = std::mem::replace(&mut slots[index], Slot { variable, frame, value });
        self.occupied.set(occupied);
        drop(slots);
        drop(old);
    }

    fn leave(&self, frame: u64) {
        let mut rest = self.occupied.get();
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let mut slots = self.slots.borrow_mut();
            if slots[index].frame == frame {
                let old = slots[index].value.take();
                self.occupied.set(self.occupied.get() & !(1u64 << index));
                drop(slots);
                drop(old);
            }
        }
    }
}

impl<P: Platform, V: Clone + 'static> Cache<P, V> for PerThread {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = ();
    type InThread = Table<V>;
    type Held = Rc<V>;

    fn shared() {}
    fn in_variable(_: &(), _: u64) {}
    fn in_thread(_: &(), _: u64) -> Table<V> {
        Table::new()
    }

    #[inline]
    fn lookup(place: Place<'_, Self, P, V>) -> Option<Rc<V>> {
        place.thread.lookup(place.at.variable, place.at.frame)
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        place.thread.write(place.at.variable, place.at.frame, Some(Rc::new(value.clone())));
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        place.thread.write(place.at.variable, place.at.frame, value.map(|v| Rc::new(v.clone())));
    }

    fn leave(_: &(), thread: &Table<V>, frame: u64) {
        thread.leave(frame);
    }
}
