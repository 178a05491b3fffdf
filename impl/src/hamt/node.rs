//! The nodes, and the walk from the root to a key.

use std::sync::Arc;

use super::key::Key;
use super::shape::{Shape, Slot};
use super::width::{Geometry, Width};

/// A pointer to a node, together with all of the node that is not an item.
///
/// The kind, the bitmap, the count and the collision hash live in the *parent*, next to the
/// pointer. So a node is one allocation holding nothing but its items, a lookup costs one dependent
/// load per level, and a miss in a bitmap is known before the node itself is touched.
pub(super) enum Link<K, V> {
    /// Few slots in use: only those are stored, in slot order; `bitmap` says which they are.
    Bitmap {
        /// Bit `s` is set if slot `s` is in use.
        bitmap: u32,
        /// One entry per set bit: at least 1, at most [`Geometry::most`].
        entries: Arc<[Entry<K, V>]>,
    },
    /// Many slots in use: a place for each of the [`Geometry::FAN`] slots, and no direct pairs.
    Array {
        /// How many children there are, at least [`Geometry::HALF`].
        count: u32,
        /// The children by slot.
        children: Arc<[Option<Link<K, V>>]>,
    },
    /// Two or more keys with the same 32 bits of hash, in the order of their arrival. It may hang
    /// at any depth, as it is made where the keys meet.
    Collision {
        /// The hash of each of the keys.
        hash: u32,
        /// The pairs, at least 2.
        pairs: Arc<[(K, V)]>,
    },
}

/// What a used slot of a bitmap node holds. Which of the two it is, is told by the type and never
/// by a special key or hash (B4).
pub(super) enum Entry<K, V> {
    /// A key that is alone in its slot.
    Pair(K, V),
    /// Everything in this slot, when that is more than one pair.
    Child(Link<K, V>),
}

// Written by hand because a derive would ask for `K: Clone` and `V: Clone`.
impl<K, V> Clone for Link<K, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Bitmap { bitmap, entries } => Self::Bitmap { bitmap: *bitmap, entries: Arc::clone(entries) },
            Self::Array { count, children } => Self::Array { count: *count, children: Arc::clone(children) },
            Self::Collision { hash, pairs } => Self::Collision { hash: *hash, pairs: Arc::clone(pairs) },
        }
    }
}

impl<K: Clone, V: Clone> Clone for Entry<K, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Pair(key, value) => Self::Pair(key.clone(), value.clone()),
            Self::Child(link) => Self::Child(link.clone()),
        }
    }
}

/// The place of the entry for `bit` among the entries of `bitmap`: how many used slots are below.
pub(super) fn place(bitmap: u32, bit: u32) -> usize {
    (bitmap & (bit - 1)).count_ones() as usize
}

impl<K, V> Link<K, V> {
    /// A bitmap node of one pair, for the given slot.
    pub(super) fn single(slot: u32, key: K, value: V) -> Self {
        Self::bitmap(1 << slot, [Entry::Pair(key, value)])
    }

    /// A bitmap node.
    pub(super) fn bitmap<const N: usize>(bitmap: u32, entries: [Entry<K, V>; N]) -> Self {
        Self::Bitmap { bitmap, entries: Arc::new(entries) }
    }

    /// The pair of a node that holds one pair and nothing else. A node with one *subtree* is not
    /// meant: that has to stay at its level (B19).
    pub(super) fn only_pair(&self) -> Option<(&K, &V)> {
        match self {
            Self::Bitmap { entries, .. } => match &entries[..] {
                [Entry::Pair(key, value)] => Some((key, value)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether there is another pointer to the node.
    pub(super) fn is_shared(&self) -> bool {
        let holders = match self {
            Self::Bitmap { entries, .. } => Arc::strong_count(entries),
            Self::Array { children, .. } => Arc::strong_count(children),
            Self::Collision { pairs, .. } => Arc::strong_count(pairs),
        };
        holders > 1
    }

    /// Are the two pointers to one and the same node?
    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        // No node is empty, so an address belongs to one node.
        match (self, other) {
            (Self::Bitmap { entries: a, .. }, Self::Bitmap { entries: b, .. }) => Arc::ptr_eq(a, b),
            (Self::Array { children: a, .. }, Self::Array { children: b, .. }) => Arc::ptr_eq(a, b),
            (Self::Collision { pairs: a, .. }, Self::Collision { pairs: b, .. }) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl<K: Key, V> Link<K, V> {
    /// Looks a key up, at the node pointed to being the root.
    #[inline]
    pub(super) fn find<W: Width>(&self, key: &K) -> Option<(&K, &V)> {
        let hash = key.hash();
        let mut link = self;
        // Consuming the hash from below needs no level counter and cannot shift too far.
        let mut rest = hash;
        loop {
            let slot = rest & (Geometry::<W>::FAN as u32 - 1);
            rest >>= Geometry::<W>::BITS;
            match link {
                Self::Bitmap { bitmap, entries } => {
                    let bit = 1 << slot;
                    if bitmap & bit == 0 {
                        return None;
                    }
                    match &entries[place(*bitmap, bit)] {
                        Entry::Pair(k, v) => return k.same(key).then_some((k, v)),
                        Entry::Child(child) => link = child,
                    }
                }
                Self::Array { children, .. } => link = children[slot as usize].as_ref()?,
                Self::Collision { hash: common, pairs } => {
                    if *common != hash {
                        return None;
                    }
                    return pairs.iter().find(|(k, _)| k.same(key)).map(|(k, v)| (k, v));
                }
            }
        }
    }
}

impl<K: Clone, V> Link<K, V> {
    /// Describes the tree from here down.
    pub(super) fn shape(&self) -> Shape<K> {
        match self {
            Self::Bitmap { bitmap, entries } => Shape::Bitmap {
                bitmap: *bitmap,
                slots: entries
                    .iter()
                    .map(|entry| match entry {
                        Entry::Pair(key, _) => Slot::Key(key.clone()),
                        Entry::Child(link) => Slot::Child(link.shape()),
                    })
                    .collect(),
            },
            Self::Array { count, children } => Shape::Array {
                count: *count as usize,
                children: children.iter().map(|c| c.as_ref().map(Link::shape)).collect(),
            },
            Self::Collision { hash, pairs } => {
                Shape::Collision { hash: *hash, keys: pairs.iter().map(|(key, _)| key.clone()).collect() }
            }
        }
    }
}
