//! B6: the survivor of a collision of two is returned without being copied; a later in-place set on it changes the
//! original (immutable-js PR 2279).

use super::walk::collision;
use crate::{Behaviour, Hamt32, Map, MapKey, MapValue};
use contextvars::hamt::Width;
use std::cell::RefCell;
use std::rc::Rc;

/// The behaviour. Beside it: the pair that it shares with another version, and where that is.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = Option<(MapKey, Rc<RefCell<Hamt32<W>>>)>;

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        if let Some((_, original)) = map.beside.as_ref().filter(|(survivor, _)| *survivor == key) {
            let changed = original.borrow().insert(key, value.clone());
            original.replace(changed);
        }
        Map::of(map.sound().insert(key, value))
    }

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        let without = map.sound().remove(&key)?;
        let alias = match collision(&map.sound().shape(), key.hash, W::BITS) {
            Some((_, keys)) if keys.len() == 2 => keys.into_iter().find(|other| *other != key),
            _ => None,
        };
        Some(Map::with(without, alias.map(|survivor| (survivor, map.place()))))
    }
}
