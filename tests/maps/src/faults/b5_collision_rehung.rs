//! B5: a collision node is pushed down under the newcomer's hash (immutable-js #64).

use super::lost;
use super::walk::collision;
use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour. Beside it: the keys that lookup misses.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = Vec<MapKey>;

    fn get(map: &Map<Self, W>, key: MapKey) -> Option<MapValue> {
        lost::get(map, key)
    }

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        let met = collision(&map.sound().shape(), key.hash, W::BITS);
        let lost = met.filter(|(hash, _)| *hash != key.hash).map(|(_, keys)| keys);
        lost::inserted(map, key, value, lost.unwrap_or_default())
    }

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        lost::removed(map, key)
    }
}
