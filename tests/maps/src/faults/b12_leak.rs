//! B12: a replaced child is not released (immer, 2022).

use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour. Beside it: what was replaced.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = Vec<MapValue>;

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        let mut kept = map.beside.clone();
        kept.extend(map.sound().get(&key).cloned());
        Map::with(map.sound().insert(key, value), kept)
    }
}
