//! B4: an in-band marker, which a user's value can equal (immutables PR 42; with values also coreclr #17758, C7).

use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct NullValue<I>(I);

impl<W: Width> PersistentMap for NullValue<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        NullValue(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn get(&self, key: MapKey) -> Option<MapValue> {
        self.0.get(&key).filter(|value| value.class() != 0).cloned()
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = NullValue<Hamt32<W>>;
}
