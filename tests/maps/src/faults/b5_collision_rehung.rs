//! B5: a collision node is pushed down under the newcomer's hash (immutable-js #64).

use super::lost::Lost;
use super::walk::collision;
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct CollisionRehung<I>(Lost<I>);

impl<W: Width> PersistentMap for CollisionRehung<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        CollisionRehung(Lost::new(inner))
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.inner.clone()
    }

    fn get(&self, key: MapKey) -> Option<MapValue> {
        self.0.get(key)
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        let met = collision(&self.0.inner.shape(), key.hash, W::BITS);
        let lost = met.filter(|(hash, _)| *hash != key.hash).map(|(_, keys)| keys);
        CollisionRehung(self.0.inserted(key, value, lost.unwrap_or_default()))
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        self.0.removed(key).map(CollisionRehung)
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = CollisionRehung<Hamt32<W>>;
}
