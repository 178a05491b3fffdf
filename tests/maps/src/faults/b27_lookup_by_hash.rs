//! B27: lookup by hash alone (ponylang/ponyc #2866).

use super::walk::{path, place};
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::{Shape, Slot, Width};

/// The map.
#[derive(Clone)]
pub struct LookupByHash<I>(I);

impl<W: Width> PersistentMap for LookupByHash<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        LookupByHash(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn get(&self, key: MapKey) -> Option<MapValue> {
        let shape = self.0.shape();
        let end = path(&shape, key.hash, W::BITS).pop()?;
        let found = match end.node {
            Shape::Bitmap { bitmap, slots } if bitmap >> end.slot & 1 == 1 => match &slots[place(*bitmap, end.slot)] {
                Slot::Key(found) => Some(*found),
                Slot::Child(_) => None,
            },
            Shape::Collision { keys, .. } => Some(if keys.contains(&key) { key } else { keys[0] }),
            _ => None,
        };
        found.filter(|found| found.hash == key.hash).and_then(|found| self.0.get(&found).cloned())
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = LookupByHash<Hamt32<W>>;
}
