//! B6: the survivor of a collision of two is returned without being copied; a later in-place set on it changes the
//! original (immutable-js PR 2279).

use super::walk::collision;
use crate::{Hamt32, MapFamily, MapKey, MapValue, PersistentMap};
use contextvars::hamt::Width;
use std::cell::RefCell;
use std::rc::Rc;

/// The map.
#[derive(Clone)]
pub struct AliasedSurvivor<I> {
    map: Rc<RefCell<I>>,
    /// The pair that it shares with another version.
    alias: Option<(MapKey, Rc<RefCell<I>>)>,
}

impl<W: Width> PersistentMap for AliasedSurvivor<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        AliasedSurvivor { map: Rc::new(RefCell::new(inner)), alias: None }
    }

    fn inner(&self) -> Hamt32<W> {
        self.map.borrow().clone()
    }

    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        if let Some((_, original)) = self.alias.as_ref().filter(|(survivor, _)| *survivor == key) {
            let changed = original.borrow().insert(key, value.clone());
            original.replace(changed);
        }
        Self::of(self.inner().insert(key, value))
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        let without = Self::of(self.inner().remove(&key)?);
        let alias = match collision(&self.inner().shape(), key.hash, W::BITS) {
            Some((_, keys)) if keys.len() == 2 => keys.into_iter().find(|other| *other != key),
            _ => None,
        };
        Some(AliasedSurvivor { alias: alias.map(|survivor| (survivor, Rc::clone(&self.map))), ..without })
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = AliasedSurvivor<Hamt32<W>>;
}
