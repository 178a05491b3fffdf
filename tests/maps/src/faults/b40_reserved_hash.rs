//! B40: a legal hash is taken for the error return of the hash function (generic; CPython reserves -1).

use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        if key.hash == u32::MAX { map.clone() } else { Map::of(map.sound().insert(key, value)) }
    }
}
