//! Is a shape one that the rules of the map allow?
//!
//! The validator derives every number from the width by itself rather than ask the code that builds
//! the map: a threshold that is wrong there must not be wrong here as well. That it does reject what
//! it should is tested shape by shape (`tests.rs`), because a validator that accepts everything
//! looks just like a map without bugs (B3).

use std::fmt;

use super::key::Key;
use super::shape::{Shape, Slot};

#[cfg(test)]
mod tests;

/// A rule that a shape breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The slots that lead from the root to the place.
    pub path: Vec<u32>,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The width is not one a map can have.
    Width {
        /// The number of bits per level that was given.
        bits: u32,
    },
    /// A node without entries. The empty map has no node, and nothing else is empty.
    EmptyNode,
    /// A node at a level for which no hash bits are left.
    TooDeep,
    /// The root is a collision node. Our roots, as CPython's, are bitmap or array nodes.
    CollisionRoot,
    /// The bitmap says that another number of slots is used than there are entries.
    PopCount {
        /// Bits set.
        used: usize,
        /// Entries there.
        entries: usize,
    },
    /// The bitmap has a bit for a slot that nodes of this width lack.
    SlotOutOfRange {
        /// The bitmap.
        bitmap: u32,
    },
    /// A bitmap node that should be an array node.
    TooManyEntries {
        /// Entries there.
        entries: usize,
        /// Entries allowed.
        most: usize,
    },
    /// An array node on the level that uses up the hash: its lone pairs would be placed by bits
    /// that do not exist.
    ArrayOnLastLevel,
    /// A bitmap node with one pair under another bitmap node, which should hold the pair itself.
    LonePair,
    /// An array node with another number of places than the width demands.
    Places {
        /// Places there.
        places: usize,
        /// Places demanded.
        fan: usize,
    },
    /// The stored count of an array node is not the number of its children.
    Count {
        /// The stored count.
        count: usize,
        /// Children there.
        children: usize,
    },
    /// An array node that should be a bitmap node.
    TooFewChildren {
        /// Children there.
        children: usize,
        /// Children demanded.
        least: usize,
    },
    /// A key or a collision node at a place to which its hash does not lead.
    Misplaced {
        /// The hash.
        hash: u32,
    },
    /// A collision node with a single key.
    LoneCollision,
    /// A key in a collision node of another hash.
    Stranger {
        /// The node's hash.
        node: u32,
        /// The key's hash.
        key: u32,
    },
    /// The same key twice in a collision node.
    Twice {
        /// Index of the first.
        first: usize,
        /// Index of the second.
        second: usize,
    },
    /// The map says that it has another number of keys than can be reached.
    Len {
        /// What the map says.
        len: usize,
        /// Keys reached.
        reached: usize,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("at the root")?;
        for slot in &self.path {
            write!(f, ".{slot}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Width { bits } => write!(f, "{bits} bits per level, allowed are 1 to 5"),
            Self::EmptyNode => f.write_str("a node without entries"),
            Self::TooDeep => f.write_str("a node below the last hash bit"),
            Self::CollisionRoot => f.write_str("the root is a collision node"),
            Self::PopCount { used, entries } => {
                write!(f, "the bitmap has {used} bits set, but there are {entries} entries")
            }
            Self::SlotOutOfRange { bitmap } => {
                write!(f, "bitmap {bitmap:#x} uses a slot that this width lacks")
            }
            Self::TooManyEntries { entries, most } => {
                write!(f, "a bitmap node has {entries} entries, at most {most} are allowed")
            }
            Self::ArrayOnLastLevel => f.write_str("an array node on the last level"),
            Self::LonePair => f.write_str("a bitmap node of one pair under a bitmap node"),
            Self::Places { places, fan } => {
                write!(f, "an array node has {places} places instead of {fan}")
            }
            Self::Count { count, children } => {
                write!(f, "an array node counts {count} children, but has {children}")
            }
            Self::TooFewChildren { children, least } => {
                write!(f, "an array node has {children} children, at least {least} are needed")
            }
            Self::Misplaced { hash } => write!(f, "hash {hash:#010x} does not lead here"),
            Self::LoneCollision => f.write_str("a collision node with fewer than two keys"),
            Self::Stranger { node, key } => {
                write!(f, "a key of hash {key:#010x} in a collision node of hash {node:#010x}")
            }
            Self::Twice { first, second } => {
                write!(f, "keys {first} and {second} of a collision node are the same")
            }
            Self::Len { len, reached } => {
                write!(f, "the map says it has {len} keys, but {reached} can be reached")
            }
        }
    }
}

impl std::error::Error for Broken {}

/// Checks every structural rule of semantics section 5 on the shape of a map that says it has `len`
/// keys, with `bits` hash bits per level. Reports the first breach, depth first.
///
/// Keys need to be compared only within collision nodes: at two different places the same key would
/// have to have two hashes.
///
/// O(n), plus the square of the size of each collision node. Terminates, and stays within the depth
/// bound, on any shape whatsoever.
pub fn validate<K: Key>(shape: &Shape<K>, len: usize, bits: u32) -> Result<(), Broken> {
    let mut walk = Walk { bits, path: Vec::new() };
    walk.map(shape, len).map_err(|fault| Broken { path: walk.path, fault })
}

struct Walk {
    bits: u32,
    /// The slots above the place that is being looked at; left as it is when a fault is found.
    path: Vec<u32>,
}

impl Walk {
    fn map<K: Key>(&mut self, shape: &Shape<K>, len: usize) -> Result<(), Fault> {
        require(matches!(self.bits, 1..=5), Fault::Width { bits: self.bits })?;
        let reached = match shape {
            Shape::Empty => 0,
            Shape::Collision { .. } => return Err(Fault::CollisionRoot),
            root => self.node(root)?,
        };
        require(reached == len, Fault::Len { len, reached })
    }

    /// The number of slots of a node.
    fn fan(&self) -> usize {
        1 << self.bits
    }

    /// Does the level of the place use up the last hash bits?
    fn on_last_level(&self) -> bool {
        (self.path.len() as u32 + 1) * self.bits >= 32
    }

    /// The most entries of a bitmap above the last level and the fewest children of an array: half of the slots, but 2
    /// where that would be 1 (then both slots fit into a bitmap).
    fn half(&self) -> usize {
        (self.fan() / 2).max(2)
    }

    /// Checks a node that is no root and no empty map, and counts its keys.
    fn node<K: Key>(&mut self, shape: &Shape<K>) -> Result<usize, Fault> {
        match shape {
            Shape::Empty => Err(Fault::EmptyNode),
            Shape::Bitmap { bitmap, slots } => {
                self.level_has_bits()?;
                self.bitmap(*bitmap, slots)
            }
            Shape::Array { count, children } => {
                self.level_has_bits()?;
                self.array(*count, children)
            }
            Shape::Collision { hash, keys } => self.collision(*hash, keys),
        }
    }

    fn level_has_bits(&self) -> Result<(), Fault> {
        require((self.path.len() as u32 * self.bits) < 32, Fault::TooDeep)
    }

    fn bitmap<K: Key>(&mut self, bitmap: u32, slots: &[Slot<K>]) -> Result<usize, Fault> {
        let (used, entries) = (bitmap.count_ones() as usize, slots.len());
        let most = if self.on_last_level() { self.fan() } else { self.half() };
        require(entries > 0 || used > 0, Fault::EmptyNode)?;
        require(used == entries, Fault::PopCount { used, entries })?;
        let in_range = u64::from(bitmap) < 1 << self.fan();
        require(in_range, Fault::SlotOutOfRange { bitmap })?;
        require(entries <= most, Fault::TooManyEntries { entries, most })?;
        let mut keys = 0;
        let used_slots = (0..32).filter(|slot| bitmap >> slot & 1 == 1);
        for (slot, entry) in used_slots.zip(slots) {
            self.path.push(slot);
            keys += match entry {
                Slot::Key(key) => {
                    self.leads_here(key.hash())?;
                    1
                }
                Slot::Child(child) => {
                    require(!is_lone_pair(child), Fault::LonePair)?;
                    self.node(child)?
                }
            };
            self.path.pop();
        }
        Ok(keys)
    }

    fn array<K: Key>(&mut self, count: usize, places: &[Option<Shape<K>>]) -> Result<usize, Fault> {
        require(!self.on_last_level(), Fault::ArrayOnLastLevel)?;
        let (fan, least) = (self.fan(), self.half());
        require(places.len() == fan, Fault::Places { places: places.len(), fan })?;
        let children = places.iter().flatten().count();
        require(count == children, Fault::Count { count, children })?;
        require(children >= least, Fault::TooFewChildren { children, least })?;
        let mut keys = 0;
        for (slot, child) in places.iter().enumerate() {
            let Some(child) = child else { continue };
            self.path.push(slot as u32);
            keys += self.node(child)?;
            self.path.pop();
        }
        Ok(keys)
    }

    fn collision<K: Key>(&self, hash: u32, keys: &[K]) -> Result<usize, Fault> {
        require(keys.len() >= 2, Fault::LoneCollision)?;
        self.leads_here(hash)?;
        for (second, key) in keys.iter().enumerate() {
            require(key.hash() == hash, Fault::Stranger { node: hash, key: key.hash() })?;
            if let Some(first) = keys[..second].iter().position(|earlier| earlier.same(key)) {
                return Err(Fault::Twice { first, second });
            }
        }
        Ok(keys.len())
    }

    /// Does a hash select, level by level, the slots of the path?
    fn leads_here(&self, hash: u32) -> Result<(), Fault> {
        let mut rest = u64::from(hash);
        let leads = self.path.iter().all(|slot| {
            let selected = rest & (self.fan() as u64 - 1);
            rest >>= self.bits;
            selected == u64::from(*slot)
        });
        require(leads, Fault::Misplaced { hash })
    }
}

fn is_lone_pair<K>(shape: &Shape<K>) -> bool {
    matches!(shape, Shape::Bitmap { slots, .. } if matches!(slots[..], [Slot::Key(_)]))
}

fn require(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}
