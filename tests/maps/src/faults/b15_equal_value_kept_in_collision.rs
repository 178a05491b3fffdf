//! B15: a collision node returns itself when the new value equals the old one (scala collection-strawman #525). Each
//! kind of node needs its own test.

use super::walk::collision;
use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        let equal = map.sound().get(&key) == Some(&value);
        if equal && collision(&map.sound().shape(), key.hash, W::BITS).is_some() {
            return map.clone();
        }
        Map::of(map.sound().insert(key, value))
    }
}
