//! A map in which some keys are where lookup does not find them.

use crate::{Hamt32, MapKey, MapValue};
use contextvars::hamt::Width;

/// The sound map, and the keys that lookup misses.
#[derive(Clone)]
pub(super) struct Lost<I> {
    pub(super) inner: I,
    keys: Vec<MapKey>,
}

impl<W: Width> Lost<Hamt32<W>> {
    pub(super) fn new(inner: Hamt32<W>) -> Self {
        Lost { inner, keys: Vec::new() }
    }

    pub(super) fn get(&self, key: MapKey) -> Option<MapValue> {
        if self.keys.contains(&key) { None } else { self.inner.get(&key).cloned() }
    }

    /// After an insertion of `key`, by which these keys got lost.
    pub(super) fn inserted(&self, key: MapKey, value: MapValue, lost: Vec<MapKey>) -> Self {
        let mut keys = self.keys.clone();
        keys.retain(|other| *other != key);
        keys.extend(lost);
        Lost { inner: self.inner.insert(key, value), keys }
    }

    pub(super) fn removed(&self, key: MapKey) -> Option<Self> {
        let there = !self.keys.contains(&key);
        there.then(|| self.inner.remove(&key).map(|inner| Lost { inner, keys: self.keys.clone() })).flatten()
    }
}
