//! B37: the index of an entry is off by one for the last slot, for example by a signed shift (generic; B18).

use super::walk::path;
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::{Shape, Width};

/// The map.
#[derive(Clone)]
pub struct LastSlot<I>(I);

impl<W: Width> PersistentMap for LastSlot<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        LastSlot(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn get(&self, key: MapKey) -> Option<MapValue> {
        let shape = self.0.shape();
        // One place too low is another entry, if there is one, and that has another key.
        let missed = path(&shape, key.hash, W::BITS).iter().any(|step| {
            let last = step.slot == (1 << W::BITS) - 1;
            last && matches!(step.node, Shape::Bitmap { slots, .. } if slots.len() > 1)
        });
        if missed { None } else { self.0.get(&key).cloned() }
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = LastSlot<Hamt32<W>>;
}
