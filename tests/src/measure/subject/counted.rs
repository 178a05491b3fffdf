//! Counts the hits of a cache, by wrapping it: every lookup is passed on, and what it answered is tallied.
//!
//! The tally belongs to the *real* thread that looks. The runs that are counted simulate all their threads on one real
//! thread, so one tally has everything, and what is counted depends on nothing but the program.

use super::Sample;
use contextvars::parts::cache::{Cache, Place};
use contextvars::platform::Std;
use serde::Serialize;
use std::cell::Cell;
use std::marker::PhantomData;

/// The cache `C`, with its lookups counted.
pub struct Counted<C>(PhantomData<C>);

/// What lookups answered.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Tally {
    /// A value.
    pub hits: u64,
    /// Nothing, so that the map was searched.
    pub misses: u64,
}

impl Tally {
    /// Hits in a hundred lookups; 0 of none.
    pub fn percent(self) -> f64 {
        let lookups = self.hits + self.misses;
        if lookups == 0 { 0.0 } else { 100.0 * self.hits as f64 / lookups as f64 }
    }

    /// What the lookups of `body` answer, on this real thread.
    pub fn of(body: impl FnOnce()) -> Tally {
        TALLY.set(Tally::default());
        body();
        TALLY.take()
    }
}

thread_local! {
    static TALLY: Cell<Tally> = const { Cell::new(Tally { hits: 0, misses: 0 }) };
}

fn passed_on<'a, C: Cache<Std, Sample>>(place: Place<'a, Counted<C>, Std, Sample>) -> Place<'a, C, Std, Sample> {
    Place { shared: place.shared, variable: place.variable, thread: place.thread, at: place.at }
}

impl<C: Cache<Std, Sample>> Cache<Std, Sample> for Counted<C> {
    const ACTIVE: bool = C::ACTIVE;
    type Shared = C::Shared;
    type InVariable = C::InVariable;
    type InThread = C::InThread;
    type Held = C::Held;

    fn shared() -> C::Shared {
        C::shared()
    }

    fn in_variable(shared: &C::Shared, variable: u64) -> C::InVariable {
        C::in_variable(shared, variable)
    }

    fn in_thread(shared: &C::Shared, thread: u64) -> C::InThread {
        C::in_thread(shared, thread)
    }

    fn lookup(place: Place<'_, Self, Std, Sample>) -> Option<C::Held> {
        let found = C::lookup(passed_on(place));
        let mut tally = TALLY.get();
        *(if found.is_some() { &mut tally.hits } else { &mut tally.misses }) += 1;
        TALLY.set(tally);
        found
    }

    fn fill(place: Place<'_, Self, Std, Sample>, value: &Sample) {
        C::fill(passed_on(place), value);
    }

    fn begin_bind(place: Place<'_, Self, Std, Sample>) {
        C::begin_bind(passed_on(place));
    }

    fn bind(place: Place<'_, Self, Std, Sample>, value: Option<&Sample>) {
        C::bind(passed_on(place), value);
    }

    fn leave(shared: &C::Shared, thread: &C::InThread, frame: u64) {
        C::leave(shared, thread, frame);
    }

    fn variable_died(shared: &C::Shared, variable: &C::InVariable, id: u64) {
        C::variable_died(shared, variable, id);
    }

    fn thread_ended(shared: &C::Shared, thread: &C::InThread, id: u64) {
        C::thread_ended(shared, thread, id);
    }
}
