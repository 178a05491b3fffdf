//! B40: a legal hash is taken for the error return of the hash function (generic; CPython reserves -1).

use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct ReservedHash<I>(I);

impl<W: Width> PersistentMap for ReservedHash<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        ReservedHash(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        if key.hash == u32::MAX { self.clone() } else { Self::of(self.0.insert(key, value)) }
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = ReservedHash<Hamt32<W>>;
}
