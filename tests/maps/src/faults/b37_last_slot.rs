//! B37: the index of an entry is off by one for the last slot, for example by a signed shift (generic; B18).

use super::walk::path;
use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::{Shape, Width};

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn get(map: &Map<Self, W>, key: MapKey) -> Option<MapValue> {
        let shape = map.sound().shape();
        // One place too low is another entry, if there is one, and that has another key.
        let missed = path(&shape, key.hash, W::BITS).iter().any(|step| {
            let last = step.slot == (1 << W::BITS) - 1;
            last && matches!(step.node, Shape::Bitmap { slots, .. } if slots.len() > 1)
        });
        if missed { None } else { map.sound().get(&key).cloned() }
    }
}
