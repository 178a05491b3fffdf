//! B20: removing one of several colliding keys clears the bucket (Effect #6225).

use super::walk::collision;
use crate::{Hamt32, MapFamily, MapKey, PersistentMap};
use contextvars::hamt::Width;

/// The map.
#[derive(Clone)]
pub struct BucketCleared<I> {
    inner: I,
    len: usize,
}

impl<W: Width> PersistentMap for BucketCleared<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        BucketCleared { len: inner.len(), inner }
    }

    fn inner(&self) -> Hamt32<W> {
        self.inner.clone()
    }

    fn len(&self) -> usize {
        self.len
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        let mut inner = self.inner.remove(&key)?;
        if let Some((_, keys)) = collision(&self.inner.shape(), key.hash, W::BITS) {
            inner = keys.iter().fold(inner, |inner, key| inner.remove(key).unwrap_or(inner));
        }
        Some(BucketCleared { inner, len: self.len - 1 })
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = BucketCleared<Hamt32<W>>;
}
