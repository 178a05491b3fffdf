//! A10: "same value" is tested by equality instead of identity (review of CPython PR 5027).

use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        if map.sound().get(&key) == Some(&value) { map.clone() } else { Map::of(map.sound().insert(key, value)) }
    }
}
