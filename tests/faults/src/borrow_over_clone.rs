//! A hit that keeps its borrow while the value is cloned for its reader, only if another thread has bound something
//! since the entry was written: a clone whose code sets the variable finds the table borrowed.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

/// One entry in the thread, and a count of the writes of all.
pub struct Borrows;

/// A thread's entry, with the writes when it was written.
#[derive(Default)]
pub struct Entry {
    held: RefCell<Option<(At, u64, Tracked)>>,
    borrowed: Rc<Cell<bool>>,
}

impl Entry {
    fn write(&self, new: Option<(At, u64, Tracked)>) {
        assert!(!self.borrowed.get(), "the entry is written while it is borrowed");
        let old = self.held.replace(new);
        drop(old);
    }
}

/// A value, and whether its entry stays borrowed as long as it is held.
pub struct Held(Tracked, Option<Rc<Cell<bool>>>);

impl Deref for Held {
    type Target = Tracked;
    fn deref(&self) -> &Tracked {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.1.iter().for_each(|borrowed| borrowed.set(false));
    }
}

impl<P: Platform> Cache<P, Tracked> for Borrows {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = Entry;
    type Held = Held;

    fn shared() -> P::Word {
        P::Word::new("writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) -> Entry {
        Entry::default()
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Held> {
        // Acquire: with the release of the one who wrote.
        let writes = place.shared.load(Acquire);
        let (at, then, value) = place.thread.held.borrow().clone()?;
        let hit = at == place.at;
        let borrowed = (hit && then != writes).then(|| Rc::clone(&place.thread.borrowed));
        borrowed.iter().for_each(|borrowed| borrowed.set(true));
        hit.then_some(Held(value, borrowed))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        // Acquire: with the release of the one who wrote.
        let writes = place.shared.load(Acquire);
        place.thread.write(Some((place.at, writes, value.clone())));
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        // Release: the binding is seen by whoever sees this.
        let writes = place.shared.fetch_add(1, Release) + 1;
        place.thread.write(value.map(|value| (place.at, writes, value.clone())));
    }

    fn leave(_: &P::Word, thread: &Entry, _: u64) {
        thread.write(None);
    }
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Borrows>;
