//! MAP-1: the persistent map equals a map, in every version, for every hash function.
//!
//! The oracle is a `BTreeMap`. A key carries the hash that the test wants it to have, so that one
//! story (a list of insertions and removals) is played under hash functions that collide in all the
//! ways that have broken such maps, and in nodes of 32 slots as well as of 4, where a few keys
//! suffice to build every kind of node at every depth.
//!
//! The seed is fixed, so that a red test stays red; `HAMT_SEED=<number>` picks another and
//! `QUICKCHECK_TESTS=<number>` plays more stories. A failing story is shrunk before it is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use contextvars::hamt::{Cursor, Hamt, Iter, Key, Narrow, Shape, Slot, Wide, Width};
use contextvars::hamt::{depth_bound, validate};
use quickcheck::{Arbitrary, Gen, QuickCheck, Testable};

// ---------------------------------------------------------------------------------------- the cast

/// A key of a chosen hash. `stamp` tells apart keys that are the same to the map.
#[derive(Clone, Debug, PartialEq)]
struct Probe {
    id: u32,
    hash: u32,
    stamp: u32,
}

impl Key for Probe {
    fn hash(&self) -> u32 {
        self.hash
    }
    fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

fn probe(id: u32, hash: u32) -> Probe {
    Probe { id, hash, stamp: 0 }
}

/// A hash function.
#[derive(Clone, Copy, Debug)]
enum Scheme {
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

const SCHEMES: [Scheme; 9] = [
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

const SENTINELS: [u32; 6] = [0, u32::MAX, u32::MAX - 1, 1 << 31, (1 << 31) - 1, 1];

impl Scheme {
    fn key(self, id: u32) -> Probe {
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
enum Op {
    Insert(u32, u32),
    Remove(u32),
}

/// Any width.
struct Bits<const N: u32>;

impl<const N: u32> Width for Bits<N> {
    const BITS: u32 = N;
}

/// Keys are numbered from 0 to here. More than a collision of 32, and more than 32 slots.
const IDS: u32 = 72;

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

type Map<W> = Hamt<Probe, u32, W>;
type Oracle = BTreeMap<u32, u32>;

fn play<W: Width>(scheme: Scheme, map: &Map<W>, oracle: &mut Oracle, op: Op) -> Map<W> {
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
fn versions<W: Width>(scheme: Scheme, ops: &[Op]) -> Vec<(Map<W>, Oracle)> {
    let mut versions = vec![(Hamt::new(), Oracle::new())];
    for op in ops {
        let (map, oracle) = &versions[versions.len() - 1];
        let mut oracle = oracle.clone();
        versions.push((play(scheme, map, &mut oracle, *op), oracle));
    }
    versions
}

fn contents<'a>(pairs: impl Iterator<Item = (&'a Probe, &'a u32)>) -> Vec<(u32, u32)> {
    let mut pairs: Vec<_> = pairs.map(|(key, value)| (key.id, *value)).collect();
    pairs.sort_unstable();
    pairs
}

#[track_caller]
fn assert_sound<K: Key, V: Clone, W: Width>(map: &Hamt<K, V, W>) {
    let shape = map.shape();
    if let Err(broken) = validate(&shape, map.len(), W::BITS) {
        panic!("{broken}");
    }
    assert!(shape.depth() <= depth_bound(W::BITS));
}

/// The map and the oracle agree on every question one can ask.
#[track_caller]
fn assert_equal<W: Width>(scheme: Scheme, map: &Map<W>, oracle: &Oracle) {
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
fn stories(law: impl Testable) {
    let seed = std::env::var("HAMT_SEED").map_or(0x5eed, |seed| seed.parse().expect("a number"));
    QuickCheck::new().rng(Gen::from_size_and_seed(100, seed)).quickcheck(law);
}

/// Turns a generic function into a law about the shipped width and the narrow one.
macro_rules! both_widths {
    ($law:ident($($arg:ident: $type:ty),*)) => {{
        fn both($($arg: $type),*) {
            $law::<Wide>($($arg.clone()),*);
            $law::<Narrow>($($arg),*);
        }
        stories(both as fn($($type),*));
    }};
}

// ------------------------------------------------------------------------------------ laws on stories

#[test]
fn map_1_equals_a_map_after_each_step() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>) {
        for (map, oracle) in versions::<W>(scheme, &ops) {
            assert_equal(scheme, &map, &oracle);
        }
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>));
}

#[test]
fn map_1_every_width_equals_a_map() {
    fn last<W: Width>(scheme: Scheme, ops: &[Op]) {
        let versions = versions::<W>(scheme, ops);
        let (map, oracle) = &versions[versions.len() - 1];
        assert_equal(scheme, map, oracle);
        versions.iter().for_each(|(map, _)| assert_sound(map));
    }
    fn law(scheme: Scheme, ops: Vec<Op>) {
        last::<Bits<1>>(scheme, &ops);
        last::<Bits<3>>(scheme, &ops);
        last::<Bits<4>>(scheme, &ops);
    }
    stories(law as fn(Scheme, Vec<Op>));
}

#[test]
fn map_1_every_earlier_version_stays_what_it_was() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>) {
        let mut history = Vec::new();
        let (mut map, mut oracle) = (Map::<W>::new(), Oracle::new());
        for op in ops {
            history.push((map.clone(), oracle.clone(), map.shape()));
            map = play(scheme, &map, &mut oracle, op);
        }
        for (map, oracle, shape) in &history {
            assert_equal(scheme, map, oracle);
            assert_eq!(&map.shape(), shape);
        }
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>));
}

#[test]
fn map_1_versions_may_branch() {
    fn law<W: Width>(scheme: Scheme, trunk: Vec<Op>, left: Vec<Op>, right: Vec<Op>) {
        let (root, root_oracle) = versions::<W>(scheme, &trunk).pop().expect("at least one");
        let branch = |ops: &[Op]| {
            let mut oracle = root_oracle.clone();
            let map = ops.iter().fold(root.clone(), |m, op| play(scheme, &m, &mut oracle, *op));
            (map, oracle)
        };
        for (map, oracle) in [branch(&left), branch(&right), (root.clone(), root_oracle.clone())] {
            assert_equal(scheme, &map, &oracle);
            assert_sound(&map);
        }
    }
    both_widths!(law(scheme: Scheme, trunk: Vec<Op>, left: Vec<Op>, right: Vec<Op>));
}

#[test]
fn map_1_shape_is_valid_and_depth_bounded_after_each_step() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>) {
        versions::<W>(scheme, &ops).iter().for_each(|(map, _)| assert_sound(map));
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>));
}

#[test]
fn map_1_insert_then_get_and_last_write_wins() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>, id: u32, first: u32, last: u32) {
        let (map, _) = versions::<W>(scheme, &ops).pop().expect("at least one");
        let key = scheme.key(id % IDS);
        let once = map.insert(key.clone(), first);
        let twice = once.insert(key.clone(), last);
        assert_eq!(once.get(&key), Some(&first));
        assert_eq!(twice.get(&key), Some(&last));
        assert_eq!(once.len(), map.len() + usize::from(!map.contains(&key)));
        assert_eq!(twice.len(), once.len());
        // Replacement changes a value and nothing else: same shape, same order.
        assert_eq!(twice.shape(), once.shape());
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>, id: u32, first: u32, last: u32));
}

#[test]
fn map_1_remove_undoes_insert() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>, id: u32) {
        let (map, mut oracle) = versions::<W>(scheme, &ops).pop().expect("at least one");
        let key = scheme.key(id % IDS);
        let removed = map.insert(key.clone(), 1).remove(&key).expect("just inserted");
        oracle.remove(&(id % IDS));
        assert_equal(scheme, &removed, &oracle);
        assert!(removed.remove(&key).is_none());
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>, id: u32));
}

#[test]
fn map_1_remove_of_an_absent_key_gives_none() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>) {
        let (map, oracle) = versions::<W>(scheme, &ops).pop().expect("at least one");
        for id in (0..IDS).filter(|id| !oracle.contains_key(id)) {
            assert!(map.remove(&scheme.key(id)).is_none());
        }
        // A stranger with the hash of a key that is there, and strangers that leave its path late.
        for (key, _) in &map {
            assert!(map.remove(&probe(IDS, key.hash)).is_none());
            assert!(map.get(&probe(IDS, key.hash)).is_none());
            assert!(map.remove(&probe(IDS, key.hash ^ 1 << 31)).is_none());
            assert!(map.get(&probe(IDS, key.hash ^ 1 << 31)).is_none());
        }
        assert_equal(scheme, &map, &oracle);
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>));
}

#[test]
fn map_1_order_of_insertion_and_removal_does_not_matter_for_contents() {
    fn law<W: Width>(scheme: Scheme, ids: Vec<u8>, gone: Vec<u8>, keys: Vec<u32>) {
        // One arbitrary order and its reverse, then one sorted by an arbitrary key.
        let mut ids: Vec<_> = ids.iter().map(|id| u32::from(*id) % IDS).collect();
        let build = |order: &[u32], gone: &mut dyn Iterator<Item = &u8>| {
            let map = order.iter().fold(Map::<W>::new(), |m, id| m.insert(scheme.key(*id), !id));
            gone.fold(map, |m, id| m.remove(&scheme.key(u32::from(*id) % IDS)).unwrap_or(m))
        };
        let forth = build(&ids, &mut gone.iter());
        ids.reverse();
        let back = build(&ids, &mut gone.iter().rev());
        ids.sort_by_key(|id| keys.get(*id as usize).copied());
        let shuffled = build(&ids, &mut gone.iter());
        assert_eq!(contents(forth.iter()), contents(back.iter()));
        assert_eq!(contents(forth.iter()), contents(shuffled.iter()));
        [forth, back, shuffled].iter().for_each(assert_sound);
    }
    both_widths!(law(scheme: Scheme, ids: Vec<u8>, gone: Vec<u8>, keys: Vec<u32>));
}

#[test]
fn map_1_iteration_is_complete_exact_and_ends() {
    fn law<W: Width>(scheme: Scheme, ops: Vec<Op>) {
        let (map, oracle) = versions::<W>(scheme, &ops).pop().expect("at least one");
        let mut iter = map.iter();
        for left in (0..map.len()).rev() {
            assert_eq!(iter.len(), left + 1);
            let (key, value) = iter.next().expect("some are left");
            assert_eq!(oracle.get(&key.id), Some(value));
        }
        assert_eq!(iter.len(), 0);
        assert!(iter.next().is_none() && iter.next().is_none());
        // `contents` does not remove doubles, so this is "each exactly once".
        assert_eq!(contents(map.iter()), oracle.into_iter().collect::<Vec<_>>());
    }
    both_widths!(law(scheme: Scheme, ops: Vec<Op>));
}

#[test]
fn map_1_iteration_goes_depth_first_by_slot() {
    fn law<W: Width>(scheme: Scheme, ids: Vec<u8>) {
        let mut ids: Vec<_> = ids.iter().map(|id| u32::from(*id) % IDS).collect();
        let map = ids.iter().fold(Map::<W>::new(), |m, id| m.insert(scheme.key(*id), 0));
        // Expected: by the hash, its lowest digit first; equal hashes by first arrival.
        let mut seen = std::collections::BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        let digits = |id: &u32| {
            let hash = u64::from(scheme.key(*id).hash);
            (0..32).step_by(W::BITS as usize).map(|s| hash >> s & ((1 << W::BITS) - 1)).collect()
        };
        ids.sort_by_key(|id| -> Vec<u64> { digits(id) });
        assert_eq!(map.iter().map(|(key, _)| key.id).collect::<Vec<_>>(), ids);
        let by_cursor: Vec<_> = map.cursor().map(|(key, _)| key.id).collect();
        assert_eq!(by_cursor, ids);
    }
    both_widths!(law(scheme: Scheme, ids: Vec<u8>));
}

#[test]
fn map_1_cursor_is_a_snapshot() {
    fn law<W: Width>(scheme: Scheme, before: Vec<Op>, after: Vec<Op>) {
        let (mut map, mut oracle) = versions::<W>(scheme, &before).pop().expect("at least one");
        let expected: Vec<_> = map.iter().map(|(key, value)| (key.clone(), *value)).collect();
        let mut cursor = map.cursor();
        let mut seen = Vec::new();
        for op in after {
            map = play(scheme, &map, &mut oracle, op);
            assert_eq!(cursor.len(), expected.len() - seen.len());
            seen.extend(cursor.next());
        }
        drop(map);
        seen.extend(&mut cursor);
        assert_eq!(seen, expected);
        assert_eq!(cursor.len(), 0);
        assert!(cursor.next().is_none() && cursor.next().is_none());
    }
    both_widths!(law(scheme: Scheme, before: Vec<Op>, after: Vec<Op>));
}

// ------------------------------------------------------------------------------------- chosen shapes

/// Inserts keys of the given hashes one by one, then removes them in the given order, and checks
/// contents and shape all the way. Returns the map with all keys in.
fn up_and_down<W: Width>(hashes: &[u32], order: impl Iterator<Item = usize>) -> Map<W> {
    let keys: Vec<_> = hashes.iter().zip(0..).map(|(hash, id)| probe(id, *hash)).collect();
    let check = |map: &Map<W>, present: &[bool]| {
        assert_sound(map);
        assert_eq!(map.len(), present.iter().filter(|p| **p).count());
        assert_eq!(map.iter().count(), map.len());
        assert_eq!(map.cursor().count(), map.len());
        for (key, present) in keys.iter().zip(present) {
            assert_eq!(map.get(key), present.then_some(&key.id), "{key:?} in {map:?}");
        }
    };
    let mut present = vec![false; keys.len()];
    let mut full = Map::new();
    for (at, key) in keys.iter().enumerate() {
        full = full.insert(key.clone(), key.id);
        present[at] = true;
        check(&full, &present);
    }
    let mut map = full.clone();
    for at in order {
        map = map.remove(&keys[at]).expect("it is there");
        present[at] = false;
        check(&map, &present);
    }
    full
}

fn both_ways<W: Width>(hashes: &[u32]) {
    up_and_down::<W>(hashes, 0..hashes.len());
    up_and_down::<W>(hashes, (0..hashes.len()).rev());
    up_and_down::<W>(hashes, (0..hashes.len()).step_by(2).chain((1..hashes.len()).step_by(2)));
}

#[test]
fn map_1_iteration_reaches_a_collision_below_the_last_level_a14() {
    for hashes in [[1 << 31, 1 << 31, 0], [0, 1 << 31, 1 << 31], [1 << 31, 0, 1 << 31]] {
        both_ways::<Wide>(&hashes);
        both_ways::<Narrow>(&hashes);
        let map = up_and_down::<Wide>(&hashes, 0..0);
        assert_eq!(map.shape().depth(), 8);
        assert_eq!(map.iter().count(), 3);
        assert_eq!(up_and_down::<Narrow>(&hashes, 0..0).shape().depth(), 17);
    }
}

#[test]
fn map_1_a_map_of_colliding_keys_only_works_b13() {
    both_ways::<Wide>(&[7, 7]);
    both_ways::<Narrow>(&[7, 7]);
    let map = up_and_down::<Wide>(&[7, 7], 0..0);
    // The collision hangs right below the root, where the keys met, and is not the root.
    let Shape::Bitmap { bitmap, slots } = map.shape() else { panic!("a bitmap root") };
    assert_eq!(bitmap, 1 << 7);
    assert!(matches!(&slots[..], [Slot::Child(Shape::Collision { hash: 7, .. })]));
}

#[test]
fn map_1_a_collision_may_have_more_keys_than_a_node_has_slots_b11() {
    both_ways::<Wide>(&[u32::MAX; 64]);
    both_ways::<Narrow>(&[0; 33]);
    let many = (0..1000).fold(Map::<Wide>::new(), |map, id| map.insert(probe(id, 5), id));
    assert_sound(&many);
    assert!((0..1000).all(|id| many.get(&probe(id, 5)) == Some(&id)));
    assert!(many.iter().map(|(key, _)| key.id).eq(0..1000), "stored order is arrival order");
    let fewer = many.remove(&probe(500, 5)).expect("it is there");
    assert!(fewer.iter().map(|(key, _)| key.id).eq((0..1000).filter(|id| *id != 500)));
}

#[test]
fn map_1_a_newcomer_with_another_hash_parts_from_a_collision_at_every_depth_b5() {
    for bit in 0..32 {
        for collision in [0, u32::MAX, 0x8421_0842] {
            let newcomer = collision ^ 1 << bit;
            both_ways::<Wide>(&[collision, collision, newcomer]);
            both_ways::<Narrow>(&[collision, collision, newcomer, newcomer]);
            both_ways::<Wide>(&[newcomer, collision, collision, newcomer, newcomer]);
        }
    }
}

#[test]
fn map_1_hashes_that_look_like_sentinels_are_ordinary_b4_b40() {
    both_ways::<Wide>(&SENTINELS);
    both_ways::<Narrow>(&SENTINELS);
    let twice = [SENTINELS, SENTINELS].concat();
    both_ways::<Wide>(&twice);
    both_ways::<Narrow>(&twice);
}

#[test]
fn map_1_the_last_slot_of_each_level_works_b37() {
    let levels = |bits: usize| (0..32).step_by(bits).map(move |shift| ((1_u32 << bits) - 1) << shift);
    let mut wide: Vec<_> = levels(5).collect();
    wide.extend([u32::MAX, u32::MAX - 1, 0]);
    both_ways::<Wide>(&wide);
    let mut narrow: Vec<_> = levels(2).collect();
    narrow.extend([u32::MAX, u32::MAX - 1, 0]);
    both_ways::<Narrow>(&narrow);
}

/// Whether the node that the hash bits `path` lead to is an array, and how many slots it uses.
fn node_at<K>(shape: &Shape<K>, path: &[u32]) -> (bool, usize) {
    match (shape, path) {
        (Shape::Bitmap { slots, .. }, []) => (false, slots.len()),
        (Shape::Array { count, .. }, []) => (true, *count),
        (Shape::Bitmap { bitmap, slots }, [slot, path @ ..]) => {
            let at = (bitmap & ((1 << slot) - 1)).count_ones() as usize;
            match &slots[at] {
                Slot::Child(child) => node_at(child, path),
                Slot::Key(_) => panic!("a key where a node was expected"),
            }
        }
        (Shape::Array { children, .. }, [slot, path @ ..]) => {
            node_at(children[*slot as usize].as_ref().expect("a child"), path)
        }
        (Shape::Collision { .. } | Shape::Empty, _) => panic!("a bitmap or an array was expected"),
    }
}

/// Fills one node slot by slot and empties it again. `hash(slot)` selects the slot in the node at
/// `path`; one more key next to the path keeps the node from being dissolved.
fn thresholds<W: Width>(path: &[u32], hash: impl Fn(u32) -> u32) {
    let (fan, half) = (1 << W::BITS, 1 << (W::BITS - 1));
    let key = |slot: u32| probe(slot, hash(slot));
    let mut map = Map::<W>::new();
    if !path.is_empty() {
        map = map.insert(probe(99, hash(0) ^ 1), 99);
    }
    for slot in 0..fan {
        map = map.insert(key(slot), slot);
        assert_sound(&map);
        let used = slot as usize + 1;
        if used >= 2 {
            assert_eq!(node_at(&map.shape(), path), (used > half, used), "on the way up");
        }
    }
    for slot in 0..fan - 2 {
        map = map.remove(&key(slot)).expect("it is there");
        assert_sound(&map);
        assert!((0..fan).all(|s| map.contains(&key(s)) == (s > slot)));
        let used = (fan - slot) as usize - 1;
        // With exactly half of the slots in use it remains the array that it was.
        assert_eq!(node_at(&map.shape(), path), (used >= half, used), "on the way down");
        // And from there an array of half the slots takes a key as an array.
        let up = map.insert(key(slot), slot);
        assert_eq!(node_at(&up.shape(), path), (used >= half, used + 1), "up again");
        assert_sound(&up);
    }
}

#[test]
fn map_1_promotion_at_17_and_demotion_at_15_in_the_root_b38() {
    thresholds::<Wide>(&[], |slot| slot);
    thresholds::<Wide>(&[], |slot| slot | 0xabcd_ef00);
    thresholds::<Narrow>(&[], |slot| slot);
}

#[test]
fn map_1_promotion_at_17_and_demotion_at_15_in_deeper_nodes_b38() {
    thresholds::<Wide>(&[3], |slot| slot << 5 | 3);
    thresholds::<Wide>(&[31, 0, 31], |slot| slot << 15 | 31 << 10 | 31);
    thresholds::<Wide>(&[0; 5], |slot| slot << 25);
    for depth in 1..15 {
        thresholds::<Narrow>(&vec![0; depth], |slot| slot << (2 * depth));
    }
}

#[test]
fn map_1_nodes_on_the_last_level_stay_bitmaps_so_the_depth_is_bounded() {
    fn law<W: Width>() {
        let shift = 32 - W::BITS;
        let hashes: Vec<_> = (0..1 << W::BITS).map(|slot| slot << shift).collect();
        both_ways::<W>(&hashes);
        let map = up_and_down::<W>(&hashes, 0..0);
        assert_eq!(map.shape().depth(), depth_bound(W::BITS) - 1);
        both_ways::<W>(&[&hashes[..], &hashes[..]].concat());
    }
    law::<Narrow>();
    law::<Bits<1>>();
    law::<Bits<4>>();
}

#[test]
fn map_1_arrays_of_arrays_fill_and_empty() {
    let hashes: Vec<u32> = (0..300).map(|i| (i * 7 % 20) | (i * 11 % 30) << 5).collect();
    up_and_down::<Wide>(&hashes, (0..300).map(|i| i * 77 % 300));
    let hashes: Vec<u32> = (0..150).map(|i| i * 0x0101_0101).collect();
    up_and_down::<Narrow>(&hashes, (0..150).map(|i| i * 77 % 150));
}

#[test]
fn map_1_thousands_of_keys() {
    fn law<W: Width>() {
        let key = |id: u32| Scheme::Mixed.key(id);
        let full = (0..5000).fold(Map::<W>::new(), |map, id| map.insert(key(id), id));
        assert_sound(&full);
        assert!(contents(full.iter()).into_iter().eq((0..5000).map(|id| (id, id))));
        let half = (0..5000).step_by(2).fold(full.clone(), |map, id| map.remove(&key(id)).unwrap());
        assert_sound(&half);
        assert!((0..5000).all(|id| half.contains(&key(id)) == (id % 2 == 1)));
        assert_eq!(full.len(), 5000);
    }
    law::<Wide>();
    law::<Narrow>();
}

// --------------------------------------------------------------------------- identity and ownership

/// Hash lists under which the first key sits in a bitmap, in a collision, and below an array.
fn one_of_each_kind() -> [Vec<u32>; 3] {
    [vec![1, 2], vec![1, 1, 1], (1..30).collect()]
}

#[test]
fn map_1_replacement_keeps_the_old_key_and_its_place() {
    for hashes in one_of_each_kind() {
        let map = up_and_down::<Wide>(&hashes, 0..0);
        let order = |map: &Map<Wide>| map.iter().map(|(k, _)| k.clone()).collect::<Vec<_>>();
        for id in 0..hashes.len() as u32 {
            let newer = Probe { id, hash: hashes[id as usize], stamp: 1 };
            let replaced = map.insert(newer.clone(), 1234);
            assert_eq!(replaced.get_entry(&newer).map(|(key, v)| (key.stamp, *v)), Some((0, 1234)));
            assert_eq!(order(&replaced), order(&map));
            assert_eq!(replaced.len(), map.len());
        }
    }
}

#[test]
fn map_1_an_equal_but_distinct_value_does_replace_a10_b15() {
    /// A value that claims to equal any other and must not be asked.
    #[derive(Clone)]
    struct Equal(Arc<u32>);
    impl PartialEq for Equal {
        fn eq(&self, _: &Self) -> bool {
            panic!("the map compared values")
        }
    }
    for hashes in one_of_each_kind() {
        let mut map: Hamt<Probe, Equal> = Hamt::new();
        for _round in 0..2 {
            for (hash, id) in hashes.iter().zip(0..) {
                let value = Equal(Arc::new(7));
                map = map.insert(probe(id, *hash), value.clone());
                let stored = map.get(&probe(id, *hash)).expect("just inserted");
                assert!(Arc::ptr_eq(&stored.0, &value.0));
            }
        }
        assert_eq!(map.len(), hashes.len());
    }
}

#[test]
fn map_1_ptr_eq_tells_versions_apart() {
    let empty = Map::<Wide>::new();
    let one = empty.insert(probe(1, 1), 1);
    assert!(empty.ptr_eq(&Map::new()) && empty.ptr_eq(&Map::default()));
    assert!(one.ptr_eq(&one.clone()));
    assert!(!one.ptr_eq(&empty) && !empty.ptr_eq(&one));
    assert!(!one.ptr_eq(&empty.insert(probe(1, 1), 1)), "equal, but not the same");
    assert!(!one.ptr_eq(&one.insert(probe(1, 1), 1)), "a replacement is a version");
    assert!(empty.ptr_eq(&one.remove(&probe(1, 1)).expect("it is there")));
    let array = up_and_down::<Wide>(&(0..20).collect::<Vec<_>>(), 0..0);
    assert!(array.ptr_eq(&array.clone()) && !array.ptr_eq(&one));
}

#[test]
fn mem_1_a_clone_holds_no_values_of_its_own_and_all_are_dropped_once() {
    for hashes in one_of_each_kind() {
        let value = Arc::new(());
        let build = || {
            let pairs = hashes.iter().zip(0..).map(|(hash, id)| probe(id, *hash));
            pairs.fold(Hamt::<Probe, _>::new(), |map, key| map.insert(key, Arc::clone(&value)))
        };
        let map = build();
        let held = Arc::strong_count(&value);
        assert_eq!(held, hashes.len() + 1, "older versions are gone, with their values");
        let clone = map.clone();
        assert_eq!(Arc::strong_count(&value), held);
        drop(map);
        assert_eq!(Arc::strong_count(&value), held);
        let removed = clone.remove(&probe(0, hashes[0])).expect("it is there");
        drop(clone);
        assert_eq!(Arc::strong_count(&value), held - 1);
        drop(removed);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn mem_1_a_cursor_keeps_its_version_alive_until_it_is_dropped() {
    for hashes in one_of_each_kind() {
        let value = Arc::new(());
        let mut map: Hamt<Probe, Arc<()>, Narrow> = Hamt::new();
        for (hash, id) in hashes.iter().zip(0..) {
            map = map.insert(probe(id, *hash), Arc::clone(&value));
        }
        let held = Arc::strong_count(&value);
        let mut cursor = map.cursor();
        drop(map);
        assert_eq!(Arc::strong_count(&value), held);
        assert_eq!(cursor.by_ref().count(), hashes.len());
        // Even exhausted: so no destructor ever runs within `next`.
        assert_eq!(Arc::strong_count(&value), held);
        drop(cursor);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn map_1_a_panicking_clone_leaves_all_versions_as_they_were_b33() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    /// A value whose clone panics when the fuse has burnt down.
    struct Fuse(Arc<AtomicUsize>);
    impl Clone for Fuse {
        fn clone(&self) -> Self {
            assert_ne!(self.0.fetch_sub(1, Ordering::Relaxed), 0, "burnt down");
            Self(Arc::clone(&self.0))
        }
    }
    const LONG: usize = usize::MAX / 2;
    for hashes in [vec![1, 1, 1], (0..16).collect(), (0..17).collect(), vec![0, 0, 1 << 31, 32]] {
        let fuse = Arc::new(AtomicUsize::new(LONG));
        let mut map: Hamt<Probe, Fuse> = Hamt::new();
        for (hash, id) in hashes.iter().zip(0..) {
            map = map.insert(probe(id, *hash), Fuse(Arc::clone(&fuse)));
        }
        let held = Arc::strong_count(&fuse);
        for clones in 0..20 {
            let attempt = |op: &dyn Fn() -> usize| {
                fuse.store(clones, Ordering::Relaxed);
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(op));
                fuse.store(LONG, Ordering::Relaxed);
                drop(outcome);
                assert_sound(&map);
                assert_eq!(map.len(), hashes.len());
                assert_eq!(Arc::strong_count(&fuse), held, "no value leaked or dropped twice");
            };
            attempt(&|| map.insert(probe(99, 31), Fuse(Arc::clone(&fuse))).len());
            attempt(&|| map.insert(probe(99, hashes[0]), Fuse(Arc::clone(&fuse))).len());
            attempt(&|| map.remove(&probe(0, hashes[0])).map_or(0, |map| map.len()));
            attempt(&|| map.cursor().count());
        }
    }
}

#[test]
fn mem_1_maps_and_iterators_are_send_and_sync() {
    fn both<T: Send + Sync>() {}
    both::<Hamt<Probe, u32, Wide>>();
    both::<Hamt<Probe, Arc<u32>, Narrow>>();
    both::<Cursor<Probe, u32, Wide>>();
    both::<Iter<'static, Probe, u32, Wide>>();
}
