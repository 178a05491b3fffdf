//! B12: a replaced child is not released (immer, 2022).

use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct Leak<I> {
    inner: I,
    kept: Vec<MapValue>,
}

impl<W: Width> PersistentMap for Leak<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        Leak { inner, kept: Vec::new() }
    }

    fn inner(&self) -> Hamt32<W> {
        self.inner.clone()
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        let mut kept = self.kept.clone();
        kept.extend(self.inner.get(&key).cloned());
        Leak { inner: self.inner.insert(key, value), kept }
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = Leak<Hamt32<W>>;
}
