//! Persistent edits of a slice: the changed copy is built in a single allocation.
//!
//! All iterators below have an exact, trusted length, for which `Arc<[T]>` collects straight into
//! its final place. If a `clone` panics half way, the part built so far is dropped and the original
//! is untouched (B33).

use std::iter::once;
use std::sync::Arc;

/// `old` with the item at `at` replaced. The replaced item is not cloned.
pub(super) fn replaced<T: Clone>(old: &[T], at: usize, new: T) -> Arc<[T]> {
    let (before, after) = (&old[..at], &old[at + 1..]);
    before.iter().cloned().chain(once(new)).chain(after.iter().cloned()).collect()
}

/// `old` with `new` put in at `at`, what was there and beyond moving up.
pub(super) fn inserted<T: Clone>(old: &[T], at: usize, new: T) -> Arc<[T]> {
    let (before, after) = old.split_at(at);
    before.iter().cloned().chain(once(new)).chain(after.iter().cloned()).collect()
}

/// `old` without the item at `at`, which is not cloned.
pub(super) fn removed<T: Clone>(old: &[T], at: usize) -> Arc<[T]> {
    old[..at].iter().chain(&old[at + 1..]).cloned().collect()
}
