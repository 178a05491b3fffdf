//! B4: an in-band marker, which a user's value can equal (immutables PR 42; with values also coreclr #17758, C7).

use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn get(map: &Map<Self, W>, key: MapKey) -> Option<MapValue> {
        map.sound().get(&key).filter(|value| value.class() != 0).cloned()
    }
}
