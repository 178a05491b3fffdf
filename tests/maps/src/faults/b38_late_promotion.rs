//! B38: promotion and demotion disagree about the threshold, so that bitmap nodes get one entry too many (generic; B1).

use super::walk::{keys, rebuilt};
use crate::{Hamt32, MapFamily, MapKey, PersistentMap};
use contextvars::hamt::{Shape, Slot, Width};

/// The map.
#[derive(Clone)]
pub struct LatePromotion<I>(I);

impl<W: Width> PersistentMap for LatePromotion<Hamt32<W>> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        LatePromotion(inner)
    }

    fn inner(&self) -> Hamt32<W> {
        self.0.clone()
    }

    /// An array node that has just come about is still a bitmap node here.
    fn shape(&self) -> Shape<MapKey> {
        let most = (1 << W::BITS) / 2;
        rebuilt(self.0.shape(), &|node| match node {
            Shape::Array { count, children } if count == most + 1 => {
                let used = children.iter().enumerate().filter(|(_, child)| child.is_some());
                let bitmap = used.fold(0, |bitmap, (slot, _)| bitmap | 1 << slot);
                let slot = |child: Shape<MapKey>| match keys(&child)[..] {
                    [key] => Slot::Key(key),
                    _ => Slot::Child(child),
                };
                Shape::Bitmap { bitmap, slots: children.into_iter().flatten().map(slot).collect() }
            }
            other => other,
        })
    }
}

/// Both widths.
pub struct Faulty;

impl MapFamily for Faulty {
    type In<W: Width> = LatePromotion<Hamt32<W>>;
}
