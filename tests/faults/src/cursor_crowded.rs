//! A cursor that loses an item when three threads are in it at once.
//!
//! The kind *three threads*: with two it is sound. Smallest trigger: three threads that take one step each.

use super::swap::{AnyCursor, WithCursor};
use contextvars::core::UncachedDesign;
use contextvars::parts::iterator::SharedCursor;
use contextvars::platform::{Lock, Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The cursor, and how many threads are in it.
pub struct Crowded<P: Platform, I: Send + 'static> {
    inside: P::Word,
    cursor: P::Lock<I>,
}

impl<P: Platform, I: Iterator + Send + 'static> SharedCursor<P, I> for Crowded<P, I> {
    fn new(cursor: I) -> Self {
        Crowded { inside: P::Word::new("iterator.inside", 0), cursor: P::Lock::new("iterator.cursor", cursor) }
    }

    fn next(&self) -> Option<I::Item> {
        // Relaxed, both: counts, and publishes nothing.
        let is_third = self.inside.fetch_add(1, Ordering::Relaxed) >= 2;
        let lost = if is_third { self.cursor.with(Iterator::next) } else { None };
        let item = self.cursor.with(Iterator::next);
        self.inside.fetch_add(u64::MAX, Ordering::Relaxed);
        drop(lost);
        item
    }
}

/// Makes them.
pub struct Crowd;

impl<P: Platform> AnyCursor<P> for Crowd {
    type Of<I: Iterator + Send + 'static> = Crowded<P, I>;
}

/// `uncached` with this cursor.
pub type Faulty = WithCursor<UncachedDesign<SelectedPlatform, Tracked>, Crowd>;
