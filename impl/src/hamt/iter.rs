//! Iteration by reference.

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::slice;

use super::map::Hamt;
use super::node::{Entry, Link};

/// The items of one node that are still to come.
enum Level<'a, K, V> {
    Entries(slice::Iter<'a, Entry<K, V>>),
    Children(slice::Iter<'a, Option<Link<K, V>>>),
    Pairs(slice::Iter<'a, (K, V)>),
}

/// What one look at the deepest open level leads to.
enum Step<'a, K, V> {
    Yield(&'a K, &'a V),
    Down(&'a Link<K, V>),
    Skip,
    Up,
}

impl<'a, K, V> Level<'a, K, V> {
    fn of(link: &'a Link<K, V>) -> Self {
        match link {
            Link::Bitmap { entries, .. } => Self::Entries(entries.iter()),
            Link::Array { children, .. } => Self::Children(children.iter()),
            Link::Collision { pairs, .. } => Self::Pairs(pairs.iter()),
        }
    }

    fn step(&mut self) -> Step<'a, K, V> {
        match self {
            Self::Entries(left) => match left.next() {
                Some(Entry::Pair(key, value)) => Step::Yield(key, value),
                Some(Entry::Child(link)) => Step::Down(link),
                None => Step::Up,
            },
            Self::Children(left) => match left.next() {
                Some(Some(link)) => Step::Down(link),
                Some(None) => Step::Skip,
                None => Step::Up,
            },
            Self::Pairs(left) => match left.next() {
                Some((key, value)) => Step::Yield(key, value),
                None => Step::Up,
            },
        }
    }
}

/// The pairs of a map by reference, in the map's order; made by [`Hamt::iter`].
///
/// The order is depth first by increasing slot, keys of equal hash in stored order. The whole is
/// O(n); one step is O(depth) at worst. The stack is a `Vec` that grows with the depth that is
/// really there, so no bound on the depth is written down here to be one too low (A14, B9).
pub struct Iter<'a, K, V, W> {
    stack: Vec<Level<'a, K, V>>,
    left: usize,
    width: PhantomData<fn() -> W>,
}

impl<'a, K, V, W> Iter<'a, K, V, W> {
    pub(super) fn new(map: &'a Hamt<K, V, W>) -> Self {
        let stack = map.root.iter().map(Level::of).collect();
        Self { stack, left: map.len, width: PhantomData }
    }
}

impl<'a, K, V, W> Iterator for Iter<'a, K, V, W> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.stack.last_mut()?.step() {
                Step::Yield(key, value) => {
                    self.left -= 1;
                    return Some((key, value));
                }
                Step::Down(link) => self.stack.push(Level::of(link)),
                Step::Skip => {}
                Step::Up => drop(self.stack.pop()),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V, W> ExactSizeIterator for Iter<'_, K, V, W> {}
impl<K, V, W> FusedIterator for Iter<'_, K, V, W> {}

impl<K, V, W> fmt::Debug for Iter<'_, K, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<K, V, W> Hamt<K, V, W> {
    /// The pairs, depth first by increasing slot, keys of equal hash in stored order
    /// (`_PyHamt_NewIterItems`). O(n) for all of them; allocates a small stack.
    pub fn iter(&self) -> Iter<'_, K, V, W> {
        Iter::new(self)
    }
}

impl<'a, K, V, W> IntoIterator for &'a Hamt<K, V, W> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V, W>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, W> fmt::Debug for Hamt<K, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
