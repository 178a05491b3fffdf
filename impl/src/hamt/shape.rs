//! The structure of a map as plain data, for validators and tests.

/// A node of a map, and all below it, without the values.
///
/// It is a copy: nothing done to it reaches the map. All of it is public, so that a test can build
/// shapes that no map has, and see them rejected by [`validate()`](super::validate()).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape<K> {
    /// The empty map. Only a whole map is empty, never a node within one.
    Empty,
    /// A node that stores only its used slots.
    Bitmap {
        /// Bit `s` is set if slot `s` is used.
        bitmap: u32,
        /// What is in the used slots, by increasing slot.
        slots: Vec<Slot<K>>,
    },
    /// A node with a place for every slot, and in each a child or nothing.
    Array {
        /// The stored number of children.
        count: usize,
        /// The children by slot.
        children: Vec<Option<Shape<K>>>,
    },
    /// Keys that all have one hash.
    Collision {
        /// The stored hash.
        hash: u32,
        /// The keys in the order in which they came.
        keys: Vec<K>,
    },
}

/// What a used slot of a bitmap node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot<K> {
    /// A key that is alone there.
    Key(K),
    /// A node.
    Child(Shape<K>),
}

impl<K> Shape<K> {
    /// How many nodes the longest path from the root has: 0 for the empty map, at most
    /// [`depth_bound`] for any map.
    pub fn depth(&self) -> u32 {
        match self {
            Self::Empty => 0,
            Self::Collision { .. } => 1,
            Self::Bitmap { slots, .. } => {
                let children = slots.iter().filter_map(|slot| match slot {
                    Slot::Key(_) => None,
                    Slot::Child(child) => Some(child.depth()),
                });
                1 + children.max().unwrap_or(0)
            }
            Self::Array { children, .. } => 1 + children.iter().flatten().map(Self::depth).max().unwrap_or(0),
        }
    }
}

/// The most nodes on a path of a map with `bits` hash bits per level: as many levels as it takes to
/// use up 32 bits, and below them one for a collision. It is 8 for 5 bits.
///
/// # Panics
/// If `bits` is 0.
pub const fn depth_bound(bits: u32) -> u32 {
    32_u32.div_ceil(bits) + 1
}
