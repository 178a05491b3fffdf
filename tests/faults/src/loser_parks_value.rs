//! A value that is kept longer than anything holds it, only after a race: who finds that somebody else has bound
//! something while it did parks its value, until its thread ends. At the end of the run nothing is left.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::cell::{Cell, RefCell};

/// No cache, a count of the writes, and what lost a race.
pub struct Parks;

/// What a thread knows: the writes when its own began, and what it has parked.
#[derive(Default)]
pub struct Parked {
    begun: Cell<u64>,
    values: RefCell<Vec<Tracked>>,
}

impl<P: Platform> Cache<P, Tracked> for Parks {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = Parked;
    type Held = Owned<Tracked>;

    fn shared() -> P::Word {
        P::Word::new("writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, _: u64) -> Parked {
        Parked::default()
    }

    fn lookup(_: Place<'_, Self, P, Tracked>) -> Option<Owned<Tracked>> {
        None
    }

    fn fill(_: Place<'_, Self, P, Tracked>, _: &Tracked) {}

    fn begin_bind(place: Place<'_, Self, P, Tracked>) {
        // Acquire: with the release of the one who wrote.
        place.thread.begun.set(place.shared.load(Acquire));
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        // Release: the binding is seen by whoever sees this.
        let lost = place.shared.fetch_add(1, Release) != place.thread.begun.get();
        if lost && let Some(value) = value {
            place.thread.values.borrow_mut().push(value.clone());
        }
    }

    fn leave(_: &P::Word, _: &Parked, _: u64) {}
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Parks>;
