//! A cursor that loses an item at a border.
//!
//! Catalogue A11, neighbour fault: items are taken 32 at a time, and the one that asks whether there are more is not
//! delivered. Smallest trigger: an iterator over 33 bindings.

use super::swap::{AnyCursor, WithCursor};
use contextvars::core::PerThreadDesign;
use contextvars::parts::iterator::SharedCursor;
use contextvars::platform::{Lock, Platform};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Items taken at a time.
const BATCH: usize = 32;

/// A cursor, and how many of its batch it has delivered.
pub struct Batched<P: Platform, I: Send + 'static>(P::Lock<(I, usize)>);

impl<P: Platform, I: Iterator + Send + 'static> SharedCursor<P, I> for Batched<P, I> {
    fn new(cursor: I) -> Self {
        Batched(Lock::new("iterator.cursor", (cursor, 0)))
    }

    fn next(&self) -> Option<I::Item> {
        // The item that is lost dies outside the lock.
        let (lost, item) = self.0.with(|(cursor, delivered)| {
            let lost = if *delivered == BATCH { cursor.next() } else { None };
            *delivered = *delivered % BATCH + 1;
            (lost, cursor.next())
        });
        drop(lost);
        item
    }
}

/// Makes them.
pub struct InBatches;

impl<P: Platform> AnyCursor<P> for InBatches {
    type Of<I: Iterator + Send + 'static> = Batched<P, I>;
}

/// `per-thread` with this cursor.
pub type Faulty = WithCursor<PerThreadDesign<SelectedPlatform, Tracked>, InBatches>;
