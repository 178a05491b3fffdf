//! B15: a collision node returns itself when the new value equals the old one (scala collection-strawman #525). Each
//! kind of node needs its own test.

use super::walk::collision;
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct EqualValueKeptInCollision<I>(I);

impl<W: Width> PersistentMap for EqualValueKeptInCollision<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        EqualValueKeptInCollision(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        let equal = self.0.get(&key) == Some(&value);
        if equal && collision(&self.0.shape(), key.hash, W::BITS).is_some() {
            return self.clone();
        }
        Self::of(self.0.insert(key, value))
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = EqualValueKeptInCollision<Hamt32<W>>;
}
