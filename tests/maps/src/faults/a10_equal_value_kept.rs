//! A10: "same value" is tested by equality instead of identity (review of CPython PR 5027).

use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct EqualValueKept<I>(I);

impl<W: Width> PersistentMap for EqualValueKept<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        EqualValueKept(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        if self.0.get(&key) == Some(&value) { self.clone() } else { Self::of(self.0.insert(key, value)) }
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = EqualValueKept<Hamt32<W>>;
}
