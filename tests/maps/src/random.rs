//! Cases from any source of choices.

use super::case::{MapCase, MapOp, Nodes, Scope};
use arbitrary::Unstructured;
use contextvars_check_base::source::{Bytes, Source};
use std::collections::BTreeMap;

/// Hashes that look like "none", "error" or "end" (B4, B40), and those that overran the iterator's stack (A14).
pub const SENTINELS: [u32; 8] = [0, u32::MAX, u32::MAX - 1, 1 << 31, (1 << 31) - 1, 1, 3 << 30, 31];

/// A way to choose hashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scheme {
    /// Anew for each key.
    Any,
    /// The number of the key: fills the root first.
    Plain,
    /// All equal (B11, B13).
    Full,
    /// Four hashes only.
    LowEntropy,
    /// Only the top five bits differ (B10, B28).
    TopBits,
    /// Hashes that look special.
    Sentinels,
    /// Equal up to a random bit: splits and collisions at every depth.
    DeepPrefix,
    /// The last slot at every level but one (B37).
    LastSlots,
    /// Well mixed.
    Mixed,
}

const SCHEMES: [Scheme; 9] = [
    Scheme::Any,
    Scheme::Plain,
    Scheme::Full,
    Scheme::LowEntropy,
    Scheme::TopBits,
    Scheme::Sentinels,
    Scheme::DeepPrefix,
    Scheme::LastSlots,
    Scheme::Mixed,
];

impl Scheme {
    fn hash(self, source: &mut impl Source, id: usize, base: u32) -> u32 {
        let id = id as u32;
        match self {
            Scheme::Any => {
                let scheme = source.pick(&SCHEMES[1..]);
                scheme.hash(source, id as usize, base)
            }
            Scheme::Plain => id,
            Scheme::Full => base,
            Scheme::LowEntropy => base ^ source.below(4).wrapping_mul(0x0800_0021),
            Scheme::TopBits => base ^ source.below(32) << 27,
            Scheme::Sentinels => source.pick(&SENTINELS),
            Scheme::DeepPrefix => base ^ 1_u32.checked_shl(source.below(33)).unwrap_or(0),
            Scheme::LastSlots => !1_u32.checked_shl(source.below(33)).unwrap_or(0),
            Scheme::Mixed => id.wrapping_mul(0x9e37_79b1).rotate_left(id % 7),
        }
    }
}

/// Generates a case; always a valid one.
pub fn map_case(source: &mut impl Source) -> MapCase {
    let nodes = source.pick(&Nodes::ALL);
    let scheme = source.pick(&SCHEMES);
    let base = match source.below(4) {
        0 => 0,
        1 => source.pick(&SENTINELS),
        _ => source.below(1 << 16) << 16 | source.below(1 << 16),
    };
    // Often few keys, so that most operations hit; sometimes more than two nodes or a collision of 32 can hold.
    let keys = match source.below(8) {
        0..4 => source.between((1, 6)),
        4..7 => source.between((5, 24)),
        _ => source.between((20, 72)),
    };
    let hashes: Vec<u32> = (0..keys as usize).map(|id| scheme.hash(source, id, base)).collect();
    let length = source.between((4, 12 + 2 * keys));
    // In some cases operations mostly follow each other, in the others they branch.
    let branching = source.pick(&[16, 5, 2]);
    let mut maker = Maker {
        source,
        scope: Scope::new(hashes.len()),
        contents: vec![BTreeMap::new()],
        keys: hashes.len(),
        fresh: 0,
        branching,
        ops: Vec::new(),
    };
    // Some begin with a full map.
    if maker.source.once_in(3) {
        while maker.fresh < maker.keys && !maker.source.exhausted() {
            maker.insert_fresh(maker.fresh);
        }
    }
    let length = maker.ops.len() + length as usize;
    while maker.ops.len() < length as usize && !maker.source.exhausted() {
        maker.operation();
    }
    MapCase { nodes, hashes, ops: maker.ops }
}

/// The case of these bytes; all byte strings have one, and similar ones mostly have similar ones.
pub fn from_bytes(bytes: &[u8]) -> MapCase {
    map_case(&mut Bytes(&mut Unstructured::new(bytes)))
}

struct Maker<'a, S> {
    source: &'a mut S,
    scope: Scope,
    /// What each version binds: the number of each value.
    contents: Vec<BTreeMap<usize, u32>>,
    keys: usize,
    /// The first key that may never have been inserted.
    fresh: usize,
    branching: u32,
    ops: Vec<MapOp>,
}

impl<S: Source> Maker<'_, S> {
    fn operation(&mut self) {
        let cursors = self.scope.cursors();
        let of = self.version();
        match self.source.below(32) {
            0..14 => self.insert(of),
            14..20 => self.remove(of),
            20 => self.there_and_back(of),
            21 => self.rebind(of),
            22 => self.equal(of),
            23 => {
                let key = self.key();
                self.push(MapOp::Get { of, key });
            }
            24 => self.push(MapOp::Iterate { of }),
            25 => self.push(MapOp::Cursor { of }),
            26..29 if !cursors.is_empty() => {
                let cursor = self.source.pick(&cursors);
                self.push(MapOp::Next { cursor });
            }
            29 if !cursors.is_empty() => {
                let cursor = self.source.pick(&cursors);
                self.push(MapOp::DropCursor { cursor });
            }
            30 if self.scope.versions().len() > 1 => self.push(MapOp::Drop { version: of }),
            _ => self.push(MapOp::Clone { from: of }),
        }
    }

    /// Only what makes sense is pushed.
    fn push(&mut self, op: MapOp) {
        let admitted = self.scope.admit(&op);
        debug_assert_eq!(admitted, Ok(()), "only what can be used is chosen");
        if let Some(from) = op.makes_version_from() {
            let mut contents = self.contents[from].clone();
            match op {
                MapOp::Insert { key, value, .. } => drop(contents.insert(key, value)),
                MapOp::Remove { key, .. } => drop(contents.remove(&key)),
                _ => {}
            }
            self.contents.push(contents);
        }
        self.ops.push(op);
    }

    /// Half of the time a key that was never inserted, as long as there is one.
    fn insert(&mut self, from: usize) {
        if self.fresh < self.keys && self.source.below(2) == 0 {
            return self.insert_fresh(from);
        }
        let (key, value) = (self.key(), self.source.below(3));
        self.push(MapOp::Insert { from, key, value });
    }

    fn insert_fresh(&mut self, from: usize) {
        let value = self.source.below(3);
        self.push(MapOp::Insert { from, key: self.fresh, value });
        self.fresh += 1;
    }

    /// Mostly a key that is there.
    fn remove(&mut self, from: usize) {
        let there = self.bound(from).map(|(key, _)| key);
        let key = there.filter(|_| !self.source.once_in(6)).unwrap_or_else(|| self.key());
        self.push(MapOp::Remove { from, key });
    }

    /// Removes a key and binds it to an equal value: equal contents, perhaps in another structure.
    fn there_and_back(&mut self, from: usize) {
        let Some((key, value)) = self.bound(from) else { return self.equal(from) };
        self.push(MapOp::Remove { from, key });
        self.push(MapOp::Insert { from: self.contents.len() - 1, key, value });
        self.push(MapOp::Equal { left: from, right: self.contents.len() - 1 });
    }

    /// Binds a key to a value equal to the one it has.
    fn rebind(&mut self, from: usize) {
        let Some((key, value)) = self.bound(from) else { return self.insert(from) };
        self.push(MapOp::Insert { from, key, value });
    }

    fn equal(&mut self, left: usize) {
        let right = self.source.pick(&self.scope.versions());
        self.push(MapOp::Equal { left, right });
    }

    /// Mostly the latest version.
    fn version(&mut self) -> usize {
        let versions = self.scope.versions();
        if self.source.once_in(self.branching) { self.source.pick(&versions) } else { versions[versions.len() - 1] }
    }

    fn key(&mut self) -> usize {
        self.source.below(self.keys as u32) as usize
    }

    /// A key that a version binds.
    fn bound(&mut self, version: usize) -> Option<(usize, u32)> {
        let contents = &self.contents[version];
        let at = self.source.below(contents.len().max(1) as u32) as usize;
        contents.iter().nth(at).map(|(key, value)| (*key, *value))
    }
}
