//! B39: when a bitmap node becomes an array node its keys go one level down, by the wrong hash (generic; B5).

use super::lost;
use super::walk::{path, slot};
use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::{Shape, Slot, Width};

/// The keys of a node that goes down by `hash` instead of theirs, and thereby into another slot.
fn misplaced(node: &Shape<MapKey>, level: usize, hash: u32, bits: u32) -> Vec<MapKey> {
    let Shape::Bitmap { slots, .. } = node else { return Vec::new() };
    let direct = slots.iter().filter_map(|slot| match slot {
        Slot::Key(key) => Some(*key),
        Slot::Child(_) => None,
    });
    direct.filter(|key| slot(key.hash, level + 1, bits) != slot(hash, level + 1, bits)).collect()
}

/// The behaviour. Beside it: the keys that lookup misses.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = Vec<MapKey>;

    fn get(map: &Map<Self, W>, key: MapKey) -> Option<MapValue> {
        lost::get(map, key)
    }

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        let (before, after) = (map.sound().shape(), map.sound().insert(key, value.clone()).shape());
        let old = path(&before, key.hash, W::BITS);
        let new = path(&after, key.hash, W::BITS);
        let promoted = old.iter().zip(&new).enumerate().find_map(|(level, (old, new))| {
            let promoted = matches!((old.node, new.node), (Shape::Bitmap { .. }, Shape::Array { .. }));
            promoted.then(|| misplaced(old.node, level, key.hash, W::BITS))
        });
        lost::inserted(map, key, value, promoted.unwrap_or_default())
    }

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        lost::removed(map, key)
    }
}
