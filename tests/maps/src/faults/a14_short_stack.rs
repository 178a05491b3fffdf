//! A14: the iterator's stack has no place for the level below the last hash bits (CPython #93065, immutables #84).

use super::walk::below;
use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::{Shape, Slot, Width, depth_bound};

/// Adds the keys from a node down; false when the stack is full.
fn walk(node: &Shape<MapKey>, levels_left: u32, keys: &mut Vec<MapKey>) -> bool {
    if levels_left == 0 {
        return false;
    }
    match node {
        Shape::Empty => true,
        Shape::Array { children, .. } => children.iter().flatten().all(|child| walk(child, levels_left - 1, keys)),
        Shape::Collision { keys: colliding, .. } => {
            keys.extend(colliding);
            true
        }
        Shape::Bitmap { slots, .. } => slots.iter().all(|slot| match slot {
            Slot::Child(child) => walk(child, levels_left - 1, keys),
            pair => {
                keys.extend(below(pair));
                true
            }
        }),
    }
}

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn pairs(map: &Map<Self, W>) -> Vec<(MapKey, MapValue)> {
        Self::cursor(map).collect()
    }

    fn cursor(map: &Map<Self, W>) -> Box<dyn Iterator<Item = (MapKey, MapValue)>> {
        let mut keys = Vec::new();
        walk(&map.sound().shape(), depth_bound(W::BITS) - 1, &mut keys);
        let map = map.sound();
        Box::new(keys.into_iter().map(move |key| (key, map.get(&key).expect("a key of the map").clone())))
    }
}
