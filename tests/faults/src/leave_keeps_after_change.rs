//! A per-thread cache that keeps the entries of a context that is left, if another thread bound something while it was
//! being left: they stay until the thread ends.

use crate::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, PerThread, Place, Table};
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::rc::Rc;

/// The per-thread cache, and a count of the writes of all.
pub struct Keeps;

type Sound = PerThread;

fn sound<P: Platform>(place: Place<'_, Keeps, P, Tracked>) -> Place<'_, Sound, P, Tracked> {
    Place { shared: &(), variable: &(), thread: place.thread, at: place.at }
}

impl<P: Platform> Cache<P, Tracked> for Keeps {
    const ACTIVE: bool = true;
    type Shared = P::Word;
    type InVariable = ();
    type InThread = Table<Tracked>;
    type Held = Rc<Tracked>;

    fn shared() -> P::Word {
        P::Word::new("writes", 0)
    }
    fn in_variable(_: &P::Word, _: u64) {}
    fn in_thread(_: &P::Word, thread: u64) -> Table<Tracked> {
        <Sound as Cache<P, Tracked>>::in_thread(&(), thread)
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Rc<Tracked>> {
        Sound::lookup(sound(place))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        Sound::fill(sound(place), value);
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        // Release: the binding is seen by whoever sees this.
        place.shared.fetch_add(1, Release);
        Sound::bind(sound(place), value);
    }

    fn leave(shared: &P::Word, thread: &Table<Tracked>, frame: u64) {
        // Acquire, both: with the release of the one who wrote.
        if shared.load(Acquire) == shared.load(Acquire) {
            <Sound as Cache<P, Tracked>>::leave(&(), thread, frame);
        }
    }
}

/// `uncached` with it.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Keeps>;
