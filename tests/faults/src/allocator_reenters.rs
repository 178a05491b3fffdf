//! The per-thread cache takes memory for an entry, and inside `get_or_init` for its table, without a mark that it does.
//!
//! This library before issue 14 of this project: code in the allocator that reads finds a binding which is not cached,
//! and fills the cache, for which it takes memory, where it reads again, without end. With a guard against its own
//! recursion it may still fill the table that is being made; then the outer initialisation, in an operation of the
//! program, panics. Smallest trigger: `allocator reads`, then the first `set` of a thread. The fix: there is no fill
//! inside another write, and the table is made first and then put in its place (`slots` in
//! `impl/src/parts/cache/per_thread.rs`).

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Place, SLOTS};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// The cache.
pub struct Reentered;

/// A binding of a variable in a frame.
struct Entry {
    variable: u64,
    frame: u64,
    value: Rc<Tracked>,
}

/// A thread's table, allocated at the first fill.
#[derive(Default)]
pub struct Table(OnceCell<Box<[Cell<Option<Entry>>]>>);

impl Table {
    fn write(&self, variable: u64, frame: u64, value: Option<Rc<Tracked>>) {
        let slots = self.0.get_or_init(|| (0..SLOTS).map(|_| Cell::new(None)).collect());
        let entry = value.map(|value| Entry { variable, frame, value });
        drop(slots[variable as usize % SLOTS].replace(entry));
    }
}

impl<P: Platform> Cache<P, Tracked> for Reentered {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = ();
    type InThread = Table;
    type Held = Rc<Tracked>;

    fn shared() {}
    fn in_variable(_: &(), _: u64) {}
    fn in_thread(_: &(), _: u64) -> Table {
        Table::default()
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Rc<Tracked>> {
        let slot = &place.thread.0.get()?[place.at.variable as usize % SLOTS];
        let entry = slot.take();
        let hit = |entry: &&Entry| (entry.variable, entry.frame) == (place.at.variable, place.at.frame);
        let held = entry.as_ref().filter(hit).map(|entry| Rc::clone(&entry.value));
        slot.set(entry);
        held
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        place.thread.write(place.at.variable, place.at.frame, Some(Rc::new(value.clone())));
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        place.thread.write(place.at.variable, place.at.frame, value.map(|value| Rc::new(value.clone())));
    }

    fn leave(_: &(), table: &Table, frame: u64) {
        for slot in table.0.get().into_iter().flatten() {
            let entry = slot.take().filter(|entry| entry.frame != frame);
            slot.set(entry);
        }
    }
}

/// `per-thread` with this.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Reentered>;
