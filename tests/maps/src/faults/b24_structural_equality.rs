//! B24: structural equality on a trie whose structure depends on its history (moonbit core PR 4001).

use crate::{Hamt32, MapFamily, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct StructuralEquality<I>(I);

impl<W: Width> PersistentMap for StructuralEquality<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        StructuralEquality(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    fn equals(&self, other: &Self) -> bool {
        self.0.shape() == other.0.shape() && self.0.iter().map(|(_, v)| v).eq(other.0.iter().map(|(_, v)| v))
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = StructuralEquality<Hamt32<W>>;
}
