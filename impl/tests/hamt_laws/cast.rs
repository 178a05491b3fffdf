//! Keys of chosen hashes, ways to choose them, stories, and the oracle.

use contextvars::hamt::{Hamt, Key, Width, depth_bound, validate};
use quickcheck::{Arbitrary, Gen, QuickCheck, Testable};
use std::collections::BTreeMap;

/// A key of a chosen hash. `stamp` tells apart keys that are the same to the map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Probe {
    pub(crate) id: u32,
    pub(crate) hash: u32,
    pub(crate) stamp: u32,
}

impl Key for Probe {
    fn hash(&self) -> u32 {
        self.hash
    }
    fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

pub(crate) fn probe(id: u32, hash: u32) -> Probe {
    Probe { id, hash, stamp: 0 }
}

/// A hash function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    /// Well mixed.
    Mixed,
    /// The number itself: fills the root first.
    Plain,
    /// All equal (B11, B13).
    Full,
    /// Four hashes only.
    LowEntropy,
    /// Only the top bits differ: one long path, then a split (B10, B28).
    TopBits,
    /// The three hashes that overran the iterator's stack (A14).
    A14,
    /// Hashes that look like "none", "error" or "end" (B4, B40).
    Sentinels,
    /// Every two differ in their lowest set bits: splits, and collisions, at every depth.
    EveryDepth,
    /// Slot 31 (or 3) at every level but one (B37).
    LastSlots,
}

pub(crate) const SCHEMES: [Scheme; 9] = [
    Scheme::Mixed,
    Scheme::Plain,
    Scheme::Full,
    Scheme::LowEntropy,
    Scheme::TopBits,
    Scheme::A14,
    Scheme::Sentinels,
    Scheme::EveryDepth,
    Scheme::LastSlots,
];

pub(crate) const SENTINELS: [u32; 6] = [0, u32::MAX, u32::MAX - 1, 1 << 31, (1 << 31) - 1, 1];

impl Scheme {
    pub(crate) fn key(self, id: u32) -> Probe {
        let hash = match self {
            Self::Mixed => id.wrapping_mul(0x9e37_79b1).rotate_left(id % 7),
            Self::Plain => id,
            Self::Full => 0xdead_beef,
            Self::LowEntropy => (id % 4) * 0x0800_0021,
            Self::TopBits => (id % 32) << 27 | 0x0123_4567,
            Self::A14 => [1 << 31, 1 << 31, 0][id as usize % 3],
            Self::Sentinels => SENTINELS[id as usize % SENTINELS.len()],
            Self::EveryDepth => 1_u32.checked_shl(id % 33).unwrap_or(0),
            Self::LastSlots => !(1_u32.checked_shl(id % 33).unwrap_or(0)),
        };
        probe(id, hash)
    }
}

impl Arbitrary for Scheme {
    fn arbitrary(g: &mut Gen) -> Self {
        *g.choose(&SCHEMES).expect("there are schemes")
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Insert(u32, u32),
    Remove(u32),
}

/// Any width.
pub(crate) struct Bits<const N: u32>;

impl<const N: u32> Width for Bits<N> {
    const BITS: u32 = N;
}

/// Keys are numbered from 0 to here. More than a collision of 32, and more than 32 slots.
pub(crate) const IDS: u32 = 72;

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        // Often few keys, so that most removals hit.
        let most = *g.choose(&[6, 20, IDS]).expect("not empty");
        let id = u32::arbitrary(g) % most;
        match u8::arbitrary(g) % 8 {
            0..5 => Self::Insert(id, u32::arbitrary(g)),
            _ => Self::Remove(id),
        }
    }
}

pub(crate) type Map<W> = Hamt<Probe, u32, W>;
pub(crate) type Oracle = BTreeMap<u32, u32>;

pub(crate) fn play<W: Width>(scheme: Scheme, map: &Map<W>, oracle: &mut Oracle, op: Op) -> Map<W> {
    match op {
        Op::Insert(id, value) => {
            oracle.insert(id, value);
            map.insert(scheme.key(id), value)
        }
        Op::Remove(id) => {
            let removed = map.remove(&scheme.key(id));
            assert_eq!(removed.is_some(), oracle.remove(&id).is_some(), "remove {id} of {map:?}");
            removed.unwrap_or_else(|| map.clone())
        }
    }
}

/// All versions of a story, the empty map first.
pub(crate) fn versions<W: Width>(scheme: Scheme, ops: &[Op]) -> Vec<(Map<W>, Oracle)> {
    let mut versions = vec![(Hamt::new(), Oracle::new())];
    for op in ops {
        let (map, oracle) = &versions[versions.len() - 1];
        let mut oracle = oracle.clone();
        versions.push((play(scheme, map, &mut oracle, *op), oracle));
    }
    versions
}

pub(crate) fn contents<'a>(pairs: impl Iterator<Item = (&'a Probe, &'a u32)>) -> Vec<(u32, u32)> {
    let mut pairs: Vec<_> = pairs.map(|(key, value)| (key.id, *value)).collect();
    pairs.sort_unstable();
    pairs
}

#[track_caller]
pub(crate) fn assert_sound<K: Key, V: Clone, W: Width>(map: &Hamt<K, V, W>) {
    let shape = map.shape();
    if let Err(broken) = validate(&shape, map.len(), W::BITS) {
        panic!("{broken}");
    }
    assert!(shape.depth() <= depth_bound(W::BITS));
}

/// The map and the oracle agree on every question one can ask.
#[track_caller]
pub(crate) fn assert_equal<W: Width>(scheme: Scheme, map: &Map<W>, oracle: &Oracle) {
    assert_eq!(map.len(), oracle.len());
    assert_eq!(map.is_empty(), oracle.is_empty());
    for id in 0..IDS {
        let key = scheme.key(id);
        assert_eq!(map.get(&key), oracle.get(&id), "get {id} of {map:?}");
        assert_eq!(map.contains(&key), oracle.contains_key(&id));
        assert_eq!(map.get_entry(&key).map(|(k, v)| (k.id, v)), oracle.get_key_value(&id).map(|(k, v)| (*k, v)));
    }
    let expected: Vec<_> = oracle.iter().map(|(id, value)| (*id, *value)).collect();
    assert_eq!(contents(map.iter()), expected);
}

/// Plays stories from a fixed seed, each in wide and in narrow nodes.
pub(crate) fn stories(law: impl Testable) {
    let seed = std::env::var("HAMT_SEED").map_or(0x5eed, |seed| seed.parse().expect("a number"));
    QuickCheck::new().rng(Gen::from_size_and_seed(100, seed)).quickcheck(law);
}

/// Turns a generic function into a law about the shipped width and the narrow one.
macro_rules! both_widths {
    ($law:ident($($arg:ident: $type:ty),*)) => {{
        fn both($($arg: $type),*) {
            $law::<contextvars::hamt::Wide>($($arg.clone()),*);
            $law::<contextvars::hamt::Narrow>($($arg),*);
        }
        stories(both as fn($($type),*));
    }};
}

pub(crate) use both_widths;
