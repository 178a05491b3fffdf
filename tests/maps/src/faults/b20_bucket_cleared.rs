//! B20: removing one of several colliding keys clears the bucket (Effect #6225).

use super::walk::collision;
use crate::{Behaviour, Map, MapKey};
use contextvars::hamt::Width;

/// The behaviour. Beside it: keys that were removed and still count.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = usize;

    fn len(map: &Map<Self, W>) -> usize {
        map.sound().len() + map.beside
    }

    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        let mut inner = map.sound().remove(&key)?;
        if let Some((_, keys)) = collision(&map.sound().shape(), key.hash, W::BITS) {
            inner = keys.iter().fold(inner, |inner, key| inner.remove(key).unwrap_or(inner));
        }
        let beside = Self::len(map) - 1 - inner.len();
        Some(Map::with(inner, beside))
    }
}
