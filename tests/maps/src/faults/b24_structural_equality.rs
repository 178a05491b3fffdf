//! B24: structural equality on a trie whose structure depends on its history (moonbit core PR 4001).

use crate::{Behaviour, Map};
use contextvars::hamt::Width;

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn equals(map: &Map<Self, W>, other: &Map<Self, W>) -> bool {
        map.sound().shape() == other.sound().shape()
            && map.sound().iter().map(|(_, v)| v).eq(other.sound().iter().map(|(_, v)| v))
    }
}
