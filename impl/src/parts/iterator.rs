//! The cursor of an iterator that several threads may advance: each binding is delivered exactly once (property
//! SNAP-1).
//!
//! # Protocol
//! One step of a cursor is several writes (levels, positions), so a step is taken under a lock. The clones that a step
//! delivers are reference counts; no user code runs inside. The ambient layer hands out owned iterators, advanced
//! through `&mut`, and needs none of this. CPython's iterator has no guard (CPython issue 154535).

use crate::platform::{Lock, Platform};

/// A cursor behind a shared reference.
pub trait SharedCursor<P: Platform, I: Iterator>: Send + Sync {
    /// Starts where `cursor` stands.
    fn new(cursor: I) -> Self;
    /// The next item.
    fn next(&self) -> Option<I::Item>;
}

/// The sound form: a lock around each step.
pub struct GuardedCursor<P: Platform, I: Send + 'static> {
    cursor: P::Lock<I>,
}

impl<P: Platform, I: Iterator + Send + 'static> SharedCursor<P, I> for GuardedCursor<P, I> {
    fn new(cursor: I) -> Self {
        GuardedCursor { cursor: P::Lock::new("iterator.cursor", cursor) }
    }

    fn next(&self) -> Option<I::Item> {
        self.cursor.with(Iterator::next)
    }
}
