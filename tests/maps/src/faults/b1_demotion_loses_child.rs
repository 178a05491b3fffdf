//! B1: the count of an array node is wrong, so that its demotion sizes the bitmap node wrong (immutables #24).

use super::walk::{below, path};
use crate::{Hamt32, MapFamily, MapKey, PersistentMap};
use contextvars::hamt::{Shape, Width};

/// The map.
#[derive(Clone)]
pub struct DemotionLosesChild<I> {
    inner: I,
    len: usize,
}

impl<W: Width> PersistentMap for DemotionLosesChild<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        DemotionLosesChild { len: inner.len(), inner }
    }

    fn inner(&self) -> Hamt32<W> {
        self.inner.clone()
    }

    fn len(&self) -> usize {
        self.len
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        let mut inner = self.inner.remove(&key)?;
        let (before, after) = (self.inner.shape(), inner.shape());
        let steps = path(&before, key.hash, W::BITS);
        for (old, new) in steps.iter().zip(path(&after, key.hash, W::BITS)) {
            if let (Shape::Array { .. }, Shape::Bitmap { slots, .. }) = (old.node, new.node) {
                let lost = slots.last().map(below).unwrap_or_default();
                inner = lost.iter().fold(inner, |inner, key| inner.remove(key).unwrap_or(inner));
            }
        }
        Some(DemotionLosesChild { inner, len: self.len - 1 })
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = DemotionLosesChild<Hamt32<W>>;
}
