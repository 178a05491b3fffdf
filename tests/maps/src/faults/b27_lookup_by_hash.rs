//! B27: lookup by hash alone (ponylang/ponyc #2866).

use super::walk::{path, place};
use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::{Shape, Slot, Width};

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    fn get(map: &Map<Self, W>, key: MapKey) -> Option<MapValue> {
        let shape = map.sound().shape();
        let end = path(&shape, key.hash, W::BITS).pop()?;
        let found = match end.node {
            Shape::Bitmap { bitmap, slots } if bitmap >> end.slot & 1 == 1 => match &slots[place(*bitmap, end.slot)] {
                Slot::Key(found) => Some(*found),
                Slot::Child(_) => None,
            },
            Shape::Collision { keys, .. } => Some(if keys.contains(&key) { key } else { keys[0] }),
            _ => None,
        };
        found.filter(|found| found.hash == key.hash).and_then(|found| map.sound().get(&found).cloned())
    }
}
