//! B7: a removal changes a collision node that earlier versions share (Clojure CLJ-829).

use super::walk::collision;
use crate::{Behaviour, Map, MapKey};
use contextvars::hamt::Width;

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        let without = map.sound().remove(&key)?;
        if collision(&map.sound().shape(), key.hash, W::BITS).is_some() {
            map.place().replace(without.clone());
        }
        Some(Map::of(without))
    }
}
