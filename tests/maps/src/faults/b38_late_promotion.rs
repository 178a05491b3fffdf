//! B38: promotion and demotion disagree about the threshold, so that bitmap nodes get one entry too many (generic; B1).

use super::walk::{keys, rebuilt};
use crate::{Behaviour, Map, MapKey};
use contextvars::hamt::{Shape, Slot, Width};

/// The behaviour.
pub(super) struct Fault;

impl<W: Width> Behaviour<W> for Fault {
    type Beside = ();

    /// An array node that has just come about is still a bitmap node here.
    fn shape(map: &Map<Self, W>) -> Shape<MapKey> {
        let most = (1 << W::BITS) / 2;
        rebuilt(map.sound().shape(), &|node| match node {
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
