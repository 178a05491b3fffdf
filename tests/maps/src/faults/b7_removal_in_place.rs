//! B7: a removal changes a collision node that earlier versions share (Clojure CLJ-829).

use super::walk::collision;
use crate::{Hamt32, MapFamily, MapKey, PersistentMap};
use contextvars::hamt::Width;
use std::cell::RefCell;
use std::rc::Rc;

/// The map.
#[derive(Clone)]
pub struct RemovalInPlace<I>(Rc<RefCell<I>>);

impl<W: Width> PersistentMap for RemovalInPlace<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        RemovalInPlace(Rc::new(RefCell::new(inner)))
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.borrow().clone()
    }

    fn remove(&self, key: MapKey) -> Option<Self> {
        let without = self.inner().remove(&key)?;
        if collision(&self.inner().shape(), key.hash, W::BITS).is_some() {
            self.0.replace(without.clone());
        }
        Some(Self::of(without))
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = RemovalInPlace<Hamt32<W>>;
}
