//! B17: a collision node with one entry (scala/bug #11257).

use super::walk::{collision, rebuilt};
use crate::{Hamt32, MapFamily, MapKey, PersistentMap};
use contextvars::hamt::{Shape, Slot, Width};

/// The map.
#[derive(Clone)]
pub struct LoneCollision<I> {
    inner: I,
    survivors: Vec<MapKey>,
}

impl<W: Width> PersistentMap for LoneCollision<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        LoneCollision { inner, survivors: Vec::new() }
    }

    fn inner(&self) -> Hamt32<W> {
        self.inner.clone()
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        let inner = self.inner.remove(&key)?;
        let mut survivors = self.survivors.clone();
        match collision(&self.inner.shape(), key.hash, W::BITS) {
            Some((_, keys)) if keys.len() == 2 => survivors.extend(keys.into_iter().filter(|other| *other != key)),
            _ => {}
        }
        Some(LoneCollision { inner, survivors })
    }

    fn shape(&self) -> Shape<MapKey> {
        let slot = |slot| match slot {
            Slot::Key(key) if self.survivors.contains(&key) => {
                Slot::Child(Shape::Collision { hash: key.hash, keys: vec![key] })
            }
            other => other,
        };
        rebuilt(self.inner.shape(), &|node| match node {
            Shape::Bitmap { bitmap, slots } => Shape::Bitmap { bitmap, slots: slots.into_iter().map(slot).collect() },
            other => other,
        })
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = LoneCollision<Hamt32<W>>;
}
