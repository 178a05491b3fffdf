//! B39: when a bitmap node becomes an array node its keys go one level down, by the wrong hash (generic; B5).

use super::lost::Lost;
use super::walk::{path, slot};
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::{Shape, Slot, Width};

/// The map.
#[derive(Clone)]
pub struct PromotionMisplaces<I>(Lost<I>);

/// The keys of a node that goes down by `hash` instead of theirs, and thereby into another slot.
fn misplaced(node: &Shape<MapKey>, level: usize, hash: u32, bits: u32) -> Vec<MapKey> {
    let Shape::Bitmap { slots, .. } = node else { return Vec::new() };
    let direct = slots.iter().filter_map(|slot| match slot {
        Slot::Key(key) => Some(*key),
        Slot::Child(_) => None,
    });
    direct.filter(|key| slot(key.hash, level + 1, bits) != slot(hash, level + 1, bits)).collect()
}

impl<W: Width> PersistentMap for PromotionMisplaces<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        PromotionMisplaces(Lost::new(inner))
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.inner.clone()
    }

    fn get(&self, key: MapKey) -> Option<MapValue> {
        self.0.get(key)
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        let (before, after) = (self.0.inner.shape(), self.0.inner.insert(key, value.clone()).shape());
        let old = path(&before, key.hash, W::BITS);
        let new = path(&after, key.hash, W::BITS);
        let promoted = old.iter().zip(&new).enumerate().find_map(|(level, (old, new))| {
            let promoted = matches!((old.node, new.node), (Shape::Bitmap { .. }, Shape::Array { .. }));
            promoted.then(|| misplaced(old.node, level, key.hash, W::BITS))
        });
        PromotionMisplaces(self.0.inserted(key, value, promoted.unwrap_or_default()))
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        self.0.removed(key).map(PromotionMisplaces)
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = PromotionMisplaces<Hamt32<W>>;
}
