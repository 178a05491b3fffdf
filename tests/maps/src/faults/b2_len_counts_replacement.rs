//! B2: a flag "a key was added" that an insertion sets and nothing clears (immutables PR 10).

use crate::{Behaviour, Map, MapKey, MapValue};
use contextvars::hamt::Width;

/// The behaviour. Beside it: the flag, and by how many the length is too large.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = (bool, usize);

    fn len(map: &Map<Self, W>) -> usize {
        map.sound().len() + map.beside.1
    }

    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        let replaces = map.sound().contains(&key);
        let (added, too_many) = map.beside;
        let beside = (added || !replaces, too_many + usize::from(replaces && added));
        Map::with(map.sound().insert(key, value), beside)
    }
}
