//! B1: the count of an array node is wrong, so that its demotion sizes the bitmap node wrong (immutables #24).

use super::walk::{below, path};
use crate::{Behaviour, Map, MapKey};
use contextvars::hamt::{Shape, Width};

/// The behaviour. Beside it: keys that were lost and still count.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = usize;

    fn len(map: &Map<Self, W>) -> usize {
        map.sound().len() + map.beside
    }

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        let mut inner = map.sound().remove(&key)?;
        let (before, after) = (map.sound().shape(), inner.shape());
        let steps = path(&before, key.hash, W::BITS);
        for (old, new) in steps.iter().zip(path(&after, key.hash, W::BITS)) {
            if let (Shape::Array { .. }, Shape::Bitmap { slots, .. }) = (old.node, new.node) {
                let lost = slots.last().map(below).unwrap_or_default();
                inner = lost.iter().fold(inner, |inner, key| inner.remove(key).unwrap_or(inner));
            }
        }
        let beside = Self::len(map) - 1 - inner.len();
        Some(Map::with(inner, beside))
    }
}
