//! Maps in which some keys are not where lookup looks. Those keys are what such a map keeps beside the sound one.

use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The value of a key that is not lost.
pub(super) fn get<B, W: Width>(map: &Map<B, W>, key: MapKey) -> Option<MapValue>
where
    B: Behaviour<W, Beside = Vec<MapKey>>,
{
    if map.beside.contains(&key) { None } else { map.sound().get(&key).cloned() }
}

/// After an insertion of `key`, by which these keys get lost.
pub(super) fn inserted<B, W: Width>(map: &Map<B, W>, key: MapKey, value: MapValue, lost: Vec<MapKey>) -> Map<B, W>
where
    B: Behaviour<W, Beside = Vec<MapKey>>,
{
    let still = map.beside.iter().copied().filter(|other| *other != key);
    Map::with(map.sound().insert(key, value), still.chain(lost).collect())
}

/// Without a key that is not lost.
pub(super) fn removed<B, W: Width>(map: &Map<B, W>, key: MapKey) -> Option<Map<B, W>>
where
    B: Behaviour<W, Beside = Vec<MapKey>>,
{
    if map.beside.contains(&key) { None } else { Some(Map::with(map.sound().remove(&key)?, map.beside.clone())) }
}
