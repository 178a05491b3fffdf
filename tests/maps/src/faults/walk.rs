//! Looking into the structure of the sound map: where a hash leads.

use crate::MapKey;
use contextvars::hamt::{Shape, Slot};

/// A node on the way of a hash, and the slot that the hash selects there.
pub(super) struct Step<'a> {
    pub(super) node: &'a Shape<MapKey>,
    pub(super) slot: u32,
}

/// The nodes on the way of a hash, from the root to where it ends.
pub(super) fn path(root: &Shape<MapKey>, hash: u32, bits: u32) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut next = Some(root);
    while let Some(node) = next {
        let slot = slot(hash, steps.len(), bits);
        next = match node {
            Shape::Bitmap { bitmap, slots } if bitmap >> slot & 1 == 1 => match &slots[place(*bitmap, slot)] {
                Slot::Child(child) => Some(child),
                Slot::Key(_) => None,
            },
            Shape::Array { children, .. } => children[slot as usize].as_ref(),
            _ => None,
        };
        steps.push(Step { node, slot });
    }
    steps
}

/// The slot that a hash selects on a level, counted from 0.
pub(super) fn slot(hash: u32, level: usize, bits: u32) -> u32 {
    hash.checked_shr(level as u32 * bits).unwrap_or(0) & ((1 << bits) - 1)
}

/// The index of a slot's entry in a bitmap node.
pub(super) fn place(bitmap: u32, slot: u32) -> usize {
    (bitmap & ((1 << slot) - 1)).count_ones() as usize
}

/// The collision node that a hash leads to, if it does: the node's hash and its keys.
pub(super) fn collision(root: &Shape<MapKey>, hash: u32, bits: u32) -> Option<(u32, Vec<MapKey>)> {
    match path(root, hash, bits).last()?.node {
        Shape::Collision { hash, keys } => Some((*hash, keys.clone())),
        _ => None,
    }
}

/// All keys from a node down, in the order of iteration.
pub(super) fn keys(node: &Shape<MapKey>) -> Vec<MapKey> {
    match node {
        Shape::Empty => Vec::new(),
        Shape::Collision { keys, .. } => keys.clone(),
        Shape::Array { children, .. } => children.iter().flatten().flat_map(keys).collect(),
        Shape::Bitmap { slots, .. } => slots.iter().flat_map(below).collect(),
    }
}

/// All keys of an entry of a bitmap node.
pub(super) fn below(slot: &Slot<MapKey>) -> Vec<MapKey> {
    match slot {
        Slot::Key(key) => vec![*key],
        Slot::Child(child) => keys(child),
    }
}

/// The structure with every node replaced, from the leaves up.
pub(super) fn rebuilt(node: Shape<MapKey>, change: &impl Fn(Shape<MapKey>) -> Shape<MapKey>) -> Shape<MapKey> {
    let slot = |slot| match slot {
        Slot::Key(key) => Slot::Key(key),
        Slot::Child(child) => Slot::Child(rebuilt(child, change)),
    };
    change(match node {
        Shape::Bitmap { bitmap, slots } => Shape::Bitmap { bitmap, slots: slots.into_iter().map(slot).collect() },
        Shape::Array { count, children } => {
            let children = children.into_iter().map(|child| child.map(|child| rebuilt(child, change))).collect();
            Shape::Array { count, children }
        }
        leaf => leaf,
    })
}
