//! Counts the hits of a cache, by wrapping it: every lookup is passed on, and what it answered is tallied.
//!
//! The tally belongs to the *real* thread that looks. The runs that are counted simulate all their threads on one real
//! thread, so one tally has everything, and what is counted depends on nothing but the program.

use super::Sample;
use contextvars::parts::cache::Cache;
use contextvars::platform::Std;
use contextvars_check::designs::changed::{Change, Changed};
use serde::Serialize;
use std::cell::Cell;

/// The cache `C`, with its lookups counted.
pub type Counted<C> = Changed<C, Counting>;

/// Counts lookups.
pub struct Counting;

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

impl<C: Cache<Std, Sample>> Change<Std, Sample, C> for Counting {
    fn looked_up(found: bool) {
        let mut tally = TALLY.get();
        *(if found { &mut tally.hits } else { &mut tally.misses }) += 1;
        TALLY.set(tally);
    }
}
