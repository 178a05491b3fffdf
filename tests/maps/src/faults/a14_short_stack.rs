//! A14: the iterator's stack has no place for the level below the last hash bits (CPython #93065, immutables #84).

use super::walk::below;
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::{Shape, Slot, Width, depth_bound};

/// The map.
#[derive(Clone)]
pub struct ShortStack<I>(I);

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

impl<W: Width> PersistentMap for ShortStack<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        ShortStack(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn pairs(&self) -> Vec<(MapKey, MapValue)> {
        self.cursor().collect()
    }

    fn cursor(&self) -> Box<dyn Iterator<Item = (MapKey, MapValue)>> {
        let mut keys = Vec::new();
        walk(&self.0.shape(), depth_bound(W::BITS) - 1, &mut keys);
        let map = self.inner();
        Box::new(keys.into_iter().map(move |key| (key, map.get(&key).expect("a key of the map").clone())))
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = ShortStack<Hamt32<W>>;
}
