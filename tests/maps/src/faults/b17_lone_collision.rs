//! B17: a collision node with one entry (scala/bug #11257).

use super::walk::{collision, rebuilt};
use crate::{Behaviour, Map, MapKey};
use contextvars::hamt::{Shape, Slot, Width};

/// The behaviour. Beside it: the keys that are left of collisions.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = Vec<MapKey>;

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        let inner = map.sound().remove(&key)?;
        let mut survivors = map.beside.clone();
        match collision(&map.sound().shape(), key.hash, W::BITS) {
            Some((_, keys)) if keys.len() == 2 => survivors.extend(keys.into_iter().filter(|other| *other != key)),
            _ => {}
        }
        Some(Map::with(inner, survivors))
    }

    fn shape(map: &Map<Self, W>) -> Shape<MapKey> {
        let slot = |slot| match slot {
            Slot::Key(key) if map.beside.contains(&key) => {
                Slot::Child(Shape::Collision { hash: key.hash, keys: vec![key] })
            }
            other => other,
        };
        rebuilt(map.sound().shape(), &|node| match node {
            Shape::Bitmap { bitmap, slots } => Shape::Bitmap { bitmap, slots: slots.into_iter().map(slot).collect() },
            other => other,
        })
    }
}
