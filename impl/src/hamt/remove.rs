//! Removal: a new path without the key, made smaller where the rules say so.
//!
//! Nothing is allocated before the key is found, so the removal of an absent key costs a lookup.
//! What a node becomes is decided by its parent: only the parent knows whether a pair that is left
//! over may move up (into a bitmap node) or needs a node of its own (in an array node, at the root).

use super::edit::{removed, replaced};
use super::insert::lone;
use super::key::Key;
use super::node::{Entry, Link, place};
use super::width::{Geometry, Width};

/// What is left of a node after a removal.
pub(super) enum Rest<K, V> {
    /// Nothing: the slot becomes free.
    Nothing,
    /// A single pair, for the parent to place. Only pairs move up; a subtree cannot change its
    /// level, because its slots are taken from the hash bits of that level (B19).
    Pair(K, V),
    /// A node.
    Node(Link<K, V>),
}

impl<K: Key, V: Clone> Rest<K, V> {
    /// The rest as a node `shift` bits deep, for a place that holds only nodes.
    pub(super) fn into_link<W: Width>(self, shift: u32) -> Option<Link<K, V>> {
        match self {
            Self::Nothing => None,
            Self::Pair(key, value) => {
                let hash = key.hash();
                Some(lone::<K, V, W>(shift, hash, key, value))
            }
            Self::Node(link) => Some(link),
        }
    }
}

impl<K: Key, V: Clone> Link<K, V> {
    /// What remains of the node, `shift` bits deep, without `key`; `None` if the key is not there.
    pub(super) fn remove<W: Width>(&self, shift: u32, hash: u32, key: &K) -> Option<Rest<K, V>> {
        match self {
            Self::Bitmap { bitmap, entries } => remove_bitmap::<K, V, W>(*bitmap, entries, shift, hash, key),
            Self::Array { count, children } => remove_array::<K, V, W>(*count, children, shift, hash, key),
            Self::Collision { hash: common, pairs } => {
                if *common != hash {
                    return None;
                }
                remove_collision(hash, pairs, key)
            }
        }
    }
}

fn remove_bitmap<K: Key, V: Clone, W: Width>(
    bitmap: u32,
    entries: &[Entry<K, V>],
    shift: u32,
    hash: u32,
    key: &K,
) -> Option<Rest<K, V>> {
    let bit = 1 << Geometry::<W>::slot(hash, shift);
    if bitmap & bit == 0 {
        return None;
    }
    let at = place(bitmap, bit);
    let entry = match &entries[at] {
        Entry::Pair(k, _) if k.same(key) => return Some(without(bitmap, bit, entries, at)),
        Entry::Pair(..) => return None,
        Entry::Child(child) => match child.remove::<W>(Geometry::<W>::below(shift), hash, key)? {
            Rest::Nothing => return Some(without(bitmap, bit, entries, at)),
            // This node would be left with that pair alone: it moves on up.
            Rest::Pair(k, v) if entries.len() == 1 => return Some(Rest::Pair(k, v)),
            Rest::Pair(k, v) => Entry::Pair(k, v),
            Rest::Node(link) => Entry::Child(link),
        },
    };
    Some(Rest::Node(Link::Bitmap { bitmap, entries: replaced(entries, at, entry) }))
}

/// A bitmap node without the entry at `at`, whose slot is `bit`.
fn without<K: Key, V: Clone>(bitmap: u32, bit: u32, entries: &[Entry<K, V>], at: usize) -> Rest<K, V> {
    match entries {
        [_] => Rest::Nothing,
        [Entry::Pair(k, v), _] if at == 1 => Rest::Pair(k.clone(), v.clone()),
        [_, Entry::Pair(k, v)] if at == 0 => Rest::Pair(k.clone(), v.clone()),
        _ => Rest::Node(Link::Bitmap { bitmap: bitmap & !bit, entries: removed(entries, at) }),
    }
}

fn remove_array<K: Key, V: Clone, W: Width>(
    count: u32,
    children: &[Option<Link<K, V>>],
    shift: u32,
    hash: u32,
    key: &K,
) -> Option<Rest<K, V>> {
    let at = Geometry::<W>::slot(hash, shift) as usize;
    let below = Geometry::<W>::below(shift);
    let child = children[at].as_ref()?.remove::<W>(below, hash, key)?.into_link::<W>(below);
    let count = count - u32::from(child.is_none());
    if (count as usize) < Geometry::<W>::HALF {
        return Some(demote(children, at));
    }
    Some(Rest::Node(Link::Array { count, children: replaced(children, at, child) }))
}

/// Turns an array node that has lost the child at `lost` into a bitmap node. Pairs that had a node
/// of their own only because an array holds no pairs move up.
fn demote<K: Key, V: Clone>(children: &[Option<Link<K, V>>], lost: usize) -> Rest<K, V> {
    let mut bitmap = 0;
    let mut entries = Vec::with_capacity(children.len() / 2);
    for (slot, child) in children.iter().enumerate() {
        let Some(child) = child else { continue };
        if slot == lost {
            continue;
        }
        bitmap |= 1 << slot;
        entries.push(match child.only_pair() {
            Some((k, v)) => Entry::Pair(k.clone(), v.clone()),
            None => Entry::Child(child.clone()),
        });
    }
    match entries.as_slice() {
        // In narrow nodes half a fan less one can be a single pair, which the parent must place.
        [Entry::Pair(k, v)] => Rest::Pair(k.clone(), v.clone()),
        _ => Rest::Node(Link::Bitmap { bitmap, entries: entries.into() }),
    }
}

fn remove_collision<K: Key, V: Clone>(hash: u32, pairs: &[(K, V)], key: &K) -> Option<Rest<K, V>> {
    let at = pairs.iter().position(|(k, _)| k.same(key))?;
    Some(match pairs {
        [kept, _] if at == 1 => Rest::Pair(kept.0.clone(), kept.1.clone()),
        [_, kept] if at == 0 => Rest::Pair(kept.0.clone(), kept.1.clone()),
        _ => Rest::Node(Link::Collision { hash, pairs: removed(pairs, at) }),
    })
}
