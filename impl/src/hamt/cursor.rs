//! Iteration by an owner: a snapshot that is read bit by bit.

use std::fmt;
use std::iter::FusedIterator;

use super::key::Key;
use super::map::Hamt;
use super::node::{Entry, Link};
use super::width::Width;

/// The pairs of one version of a map, cloned one at a time; made by [`Hamt::cursor`].
///
/// It owns the version it reads: whatever happens to other versions, and even if every other handle
/// is gone, it yields the pairs that were there when it was made, in the order of [`Hamt::iter`].
/// Advancing needs `&mut`, so two threads cannot advance one cursor at once (A11). It runs once: when
/// it is exhausted it stays so.
///
/// A step takes O(depth) at worst and clones one pair. It clones and drops links to nodes too, but
/// never the last link to any: the root is kept until the cursor itself is dropped, so that no value
/// is destroyed, and no destructor of a user runs, within [`next`](Iterator::next).
pub struct Cursor<K, V, W> {
    /// The open nodes from the root down, each with the position of its next item.
    stack: Vec<(Link<K, V>, usize)>,
    left: usize,
    /// Held for its lifetime only.
    _map: Hamt<K, V, W>,
}

/// What the item at the position leads to.
enum Step<K, V> {
    Yield(K, V),
    Down(Link<K, V>),
    Skip,
    Up,
}

fn step<K: Clone, V: Clone>(link: &Link<K, V>, at: usize) -> Step<K, V> {
    match link {
        Link::Bitmap { entries, .. } => match entries.get(at) {
            Some(Entry::Pair(key, value)) => Step::Yield(key.clone(), value.clone()),
            Some(Entry::Child(child)) => Step::Down(child.clone()),
            None => Step::Up,
        },
        Link::Array { children, .. } => match children.get(at) {
            Some(Some(child)) => Step::Down(child.clone()),
            Some(None) => Step::Skip,
            None => Step::Up,
        },
        Link::Collision { pairs, .. } => match pairs.get(at) {
            Some((key, value)) => Step::Yield(key.clone(), value.clone()),
            None => Step::Up,
        },
    }
}

impl<K, V, W> Cursor<K, V, W> {
    pub(super) fn new(map: Hamt<K, V, W>) -> Self {
        let stack = map.root.iter().map(|root| (root.clone(), 0)).collect();
        Self { stack, left: map.len, _map: map }
    }
}

impl<K: Clone, V: Clone, W> Iterator for Cursor<K, V, W> {
    type Item = (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (link, position) = self.stack.last_mut()?;
            let at = *position;
            // Forward before any clone of a user's runs: one that panics costs its own pair only.
            *position += 1;
            match step(link, at) {
                Step::Yield(key, value) => {
                    self.left -= 1;
                    return Some((key, value));
                }
                Step::Down(child) => self.stack.push((child, 0)),
                Step::Skip => {}
                Step::Up => drop(self.stack.pop()),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K: Clone, V: Clone, W> ExactSizeIterator for Cursor<K, V, W> {}
impl<K: Clone, V: Clone, W> FusedIterator for Cursor<K, V, W> {}

impl<K, V, W> fmt::Debug for Cursor<K, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<K: Key, V: Clone, W: Width> Hamt<K, V, W> {
    /// An iterator over this version that owns it and yields clones. O(1).
    pub fn cursor(&self) -> Cursor<K, V, W> {
        Cursor::new(self.clone())
    }
}
