//! Insertion: a new path from the root to the key; everything off the path is shared.
//!
//! One allocation per node of the new path. The recursion is at most as deep as the tree, which the
//! hash bounds (9 calls when shipped), not the number of keys.

use std::sync::Arc;

use super::edit::{inserted, replaced};
use super::key::Key;
use super::node::{Entry, Link, place};
use super::width::{Geometry, Width};

/// What an insertion leads to.
pub(super) struct Inserted<K, V> {
    /// The new version of the node.
    pub(super) link: Link<K, V>,
    /// Whether a key was added, rather than the value of an old one replaced. Part of the result,
    /// as a flag that outlives one insertion is a flag that someone forgets to clear (B2).
    pub(super) grew: bool,
}

impl<K: Key, V: Clone> Link<K, V> {
    /// The node, `shift` bits deep, with `key` bound to `value`. `hash` is the key's.
    pub(super) fn insert<W: Width>(&self, shift: u32, hash: u32, key: K, value: V) -> Inserted<K, V> {
        match self {
            Self::Bitmap { bitmap, entries } => insert_bitmap::<K, V, W>(*bitmap, entries, shift, hash, key, value),
            Self::Array { count, children } => insert_array::<K, V, W>(*count, children, shift, hash, key, value),
            Self::Collision { hash: common, pairs } if *common == hash => insert_collision(hash, pairs, key, value),
            Self::Collision { hash: common, .. } => {
                // The collision goes one level down, to the slot of *its* hash (B5).
                let (old, new) = (Entry::Child(self.clone()), Entry::Pair(key, value));
                Inserted { link: fork::<K, V, W>(shift, *common, old, hash, new), grew: true }
            }
        }
    }
}

fn insert_bitmap<K: Key, V: Clone, W: Width>(
    bitmap: u32,
    entries: &[Entry<K, V>],
    shift: u32,
    hash: u32,
    key: K,
    value: V,
) -> Inserted<K, V> {
    let bit = 1 << Geometry::<W>::slot(hash, shift);
    let at = place(bitmap, bit);
    if bitmap & bit == 0 {
        let link = if entries.len() < Geometry::<W>::most(shift) {
            let entries = inserted(entries, at, Entry::Pair(key, value));
            Link::Bitmap { bitmap: bitmap | bit, entries }
        } else {
            promote::<K, V, W>(bitmap, entries, shift, hash, key, value)
        };
        return Inserted { link, grew: true };
    }
    let (entry, grew) = match &entries[at] {
        // The old key stays: it is the one that earlier versions and iterators hold, too.
        Entry::Pair(old, _) if old.same(&key) => (Entry::Pair(old.clone(), value), false),
        Entry::Pair(old, old_value) => {
            let pair = (old.clone(), old_value.clone());
            (Entry::Child(part::<K, V, W>(Geometry::<W>::below(shift), pair, hash, key, value)), true)
        }
        Entry::Child(child) => {
            let child = child.insert::<W>(Geometry::<W>::below(shift), hash, key, value);
            (Entry::Child(child.link), child.grew)
        }
    };
    Inserted { link: Link::Bitmap { bitmap, entries: replaced(entries, at, entry) }, grew }
}

fn insert_array<K: Key, V: Clone, W: Width>(
    count: u32,
    children: &[Option<Link<K, V>>],
    shift: u32,
    hash: u32,
    key: K,
    value: V,
) -> Inserted<K, V> {
    let at = Geometry::<W>::slot(hash, shift) as usize;
    let below = Geometry::<W>::below(shift);
    let child = match &children[at] {
        None => Inserted { link: lone::<K, V, W>(below, hash, key, value), grew: true },
        Some(child) => child.insert::<W>(below, hash, key, value),
    };
    let count = count + u32::from(children[at].is_none());
    let children = replaced(children, at, Some(child.link));
    Inserted { link: Link::Array { count, children }, grew: child.grew }
}

fn insert_collision<K: Key, V: Clone>(hash: u32, pairs: &[(K, V)], key: K, value: V) -> Inserted<K, V> {
    let (pairs, grew) = match pairs.iter().position(|(k, _)| k.same(&key)) {
        Some(at) => (replaced(pairs, at, (pairs[at].0.clone(), value)), false),
        None => (inserted(pairs, pairs.len(), (key, value)), true),
    };
    Inserted { link: Link::Collision { hash, pairs }, grew }
}

/// A node for a pair that is alone `shift` bits deep.
pub(super) fn lone<K, V, W: Width>(shift: u32, hash: u32, key: K, value: V) -> Link<K, V> {
    Link::single(Geometry::<W>::slot(hash, shift), key, value)
}

/// Turns a full bitmap node into an array node with one more key, whose slot is free.
fn promote<K: Key, V: Clone, W: Width>(
    bitmap: u32,
    entries: &[Entry<K, V>],
    shift: u32,
    hash: u32,
    key: K,
    value: V,
) -> Link<K, V> {
    let below = Geometry::<W>::below(shift);
    let new_slot = Geometry::<W>::slot(hash, shift);
    let mut new = Some(lone::<K, V, W>(below, hash, key, value));
    let child = |slot: u32| {
        let bit = 1 << slot;
        if slot == new_slot {
            new.take()
        } else if bitmap & bit == 0 {
            None
        } else {
            Some(match &entries[place(bitmap, bit)] {
                // One level down it is this key's own hash that counts (B39).
                Entry::Pair(k, v) => lone::<K, V, W>(below, k.hash(), k.clone(), v.clone()),
                Entry::Child(child) => child.clone(),
            })
        }
    };
    let children = (0..Geometry::<W>::FAN as u32).map(child).collect();
    Link::Array { count: entries.len() as u32 + 1, children }
}

/// A node for two pairs that share a slot one level up: a collision right here if nothing tells
/// their hashes apart, else a fork.
fn part<K: Key, V, W: Width>(shift: u32, old: (K, V), hash: u32, key: K, value: V) -> Link<K, V> {
    let old_hash = old.0.hash();
    if old_hash == hash {
        return Link::Collision { hash, pairs: Arc::new([old, (key, value)]) };
    }
    fork::<K, V, W>(shift, old_hash, Entry::Pair(old.0, old.1), hash, Entry::Pair(key, value))
}

/// Bitmap nodes from `shift` bits down to the level where the two hashes, which must differ, select
/// different slots. Above that level each node has a single child.
fn fork<K, V, W: Width>(shift: u32, old_hash: u32, old: Entry<K, V>, new_hash: u32, new: Entry<K, V>) -> Link<K, V> {
    debug_assert_ne!(old_hash, new_hash, "equal hashes never part");
    let (old_slot, new_slot) = (Geometry::<W>::slot(old_hash, shift), Geometry::<W>::slot(new_hash, shift));
    if old_slot == new_slot {
        let child = fork::<K, V, W>(Geometry::<W>::below(shift), old_hash, old, new_hash, new);
        return Link::bitmap(1 << old_slot, [Entry::Child(child)]);
    }
    let entries = if old_slot < new_slot { [old, new] } else { [new, old] };
    Link::bitmap(1 << old_slot | 1 << new_slot, entries)
}
