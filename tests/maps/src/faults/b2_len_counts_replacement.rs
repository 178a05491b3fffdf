//! B2: a flag "a key was added" that an insertion sets and nothing clears (immutables PR 10).

use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct LenCountsReplacement<I> {
    inner: I,
    added: bool,
    too_many: usize,
}

impl<W: Width> PersistentMap for LenCountsReplacement<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        LenCountsReplacement { inner, added: false, too_many: 0 }
    }

    fn inner(&self) -> Hamt32<W> {
        self.inner.clone()
    }

    fn len(&self) -> usize {
        self.inner.len() + self.too_many
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        let replaces = self.inner.contains(&key);
        LenCountsReplacement {
            inner: self.inner.insert(key, value),
            added: self.added || !replaces,
            too_many: self.too_many + usize::from(replaces && self.added),
        }
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = LenCountsReplacement<Hamt32<W>>;
}
