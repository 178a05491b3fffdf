//! B3: the validator accepts what is right and rejects one broken shape per rule.

use super::super::{Hamt, Key, Shape, Slot, depth_bound, validate};
use super::Fault;

#[derive(Clone, Debug)]
struct Id {
    id: u32,
    hash: u32,
}

impl Key for Id {
    fn hash(&self) -> u32 {
        self.hash
    }
    fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

type Tree = Shape<Id>;

fn key(id: u32, hash: u32) -> Slot<Id> {
    Slot::Key(Id { id, hash })
}

fn child(shape: Tree) -> Slot<Id> {
    Slot::Child(shape)
}

fn bitmap<const N: usize>(bitmap: u32, slots: [Slot<Id>; N]) -> Tree {
    Shape::Bitmap { bitmap, slots: slots.into() }
}

fn collision(hash: u32, keys: &[(u32, u32)]) -> Tree {
    Shape::Collision { hash, keys: keys.iter().map(|&(id, hash)| Id { id, hash }).collect() }
}

/// An array at the root, of one key in each of the first `n` slots.
fn array(bits: u32, n: u32, count: usize) -> Tree {
    let mut children = vec![None; 1 << bits];
    for slot in 0..n {
        children[slot as usize] = Some(bitmap(1, [key(slot, slot)]));
    }
    Shape::Array { count, children }
}

/// Bitmap nodes of one child each, all at slot 0, with `bottom` below.
fn chain(nodes: u32, bottom: Tree) -> Tree {
    (0..nodes).fold(bottom, |below, _| bitmap(1, [child(below)]))
}

#[track_caller]
fn rejected(shape: &Tree, len: usize, bits: u32, path: &[u32], fault: Fault) {
    let broken = validate(shape, len, bits).expect_err("the shape is broken");
    assert_eq!((&broken.path[..], broken.fault), (path, fault));
}

#[track_caller]
fn accepted(shape: &Tree, len: usize, bits: u32) {
    if let Err(broken) = validate(shape, len, bits) {
        panic!("a sound shape was rejected: {broken}");
    }
}

#[test]
fn map_1_validator_accepts_sound_shapes() {
    accepted(&Shape::Empty, 0, 5);
    accepted(&bitmap(1 << 31, [key(0, 31)]), 1, 5);
    accepted(&bitmap(0b11, [key(0, 0), child(collision(1, &[(1, 1), (2, 1)]))]), 3, 5);
    accepted(&array(5, 16, 16), 16, 5);
    accepted(&array(5, 32, 32), 32, 5);
    accepted(&array(2, 2, 2), 2, 2);
    for bits in 1..=5 {
        // The deepest shape there is: every hash level used up, and then a collision.
        let deepest = chain(depth_bound(bits) - 1, collision(0, &[(0, 0), (1, 0)]));
        assert_eq!(deepest.depth(), depth_bound(bits));
        accepted(&deepest, 2, bits);
    }
}

#[test]
fn map_1_validator_accepts_what_the_map_builds() {
    let mut map: Hamt<Id, ()> = Hamt::new();
    for id in 0..100 {
        map = map.insert(Id { id, hash: id * id % 64 }, ());
        accepted(&map.shape(), map.len(), 5);
    }
}

#[test]
fn map_1_validator_rejects_a_width_no_map_has() {
    for bits in [0, 6, 32] {
        rejected(&Shape::Empty, 0, bits, &[], Fault::Width { bits });
    }
}

#[test]
fn map_1_validator_rejects_empty_nodes() {
    rejected(&bitmap(0, []), 0, 5, &[], Fault::EmptyNode);
    rejected(&bitmap(4, [child(Shape::Empty)]), 0, 5, &[2], Fault::EmptyNode);
    rejected(&bitmap(4, [child(bitmap(0, []))]), 0, 5, &[2], Fault::EmptyNode);
    let mut holed = array(5, 17, 17);
    if let Shape::Array { children, .. } = &mut holed {
        children[3] = Some(Shape::Empty);
    }
    rejected(&holed, 16, 5, &[3], Fault::EmptyNode);
}

#[test]
fn map_1_validator_rejects_a_tree_too_deep() {
    for bits in 1..=5 {
        let levels = depth_bound(bits) - 1;
        let path = vec![0; levels as usize];
        let pair = || bitmap(1, [key(0, 0)]);
        // One level too many for a bitmap; the lone pair is hidden below yet another.
        rejected(&chain(levels + 1, pair()), 1, bits, &path, Fault::TooDeep);
        let collision = collision(0, &[(0, 0), (1, 0)]);
        rejected(&chain(levels + 1, collision), 2, bits, &path, Fault::TooDeep);
    }
    let array = chain(7, array(5, 16, 16));
    rejected(&array, 16, 5, &[0; 7], Fault::TooDeep);
}

#[test]
fn map_1_validator_rejects_a_collision_root() {
    rejected(&collision(1, &[(0, 1), (1, 1)]), 2, 5, &[], Fault::CollisionRoot);
}

#[test]
fn map_1_validator_rejects_a_bitmap_that_miscounts() {
    let few = bitmap(0b111, [key(0, 0), key(1, 1)]);
    rejected(&few, 2, 5, &[], Fault::PopCount { used: 3, entries: 2 });
    let many = bitmap(0b1, [key(0, 0), key(1, 1)]);
    rejected(&many, 2, 5, &[], Fault::PopCount { used: 1, entries: 2 });
    rejected(&bitmap(0b1, []), 0, 5, &[], Fault::PopCount { used: 1, entries: 0 });
}

#[test]
fn map_1_validator_rejects_a_slot_the_width_lacks() {
    let shape = bitmap(1 << 4, [key(0, 4)]);
    accepted(&shape, 1, 5);
    rejected(&shape, 1, 2, &[], Fault::SlotOutOfRange { bitmap: 1 << 4 });
}

#[test]
fn map_1_validator_rejects_a_bitmap_with_more_than_half_of_the_slots() {
    let slots = |n: u32| (0..n).map(|i| key(i, i)).collect();
    let full = |n: u32| Shape::Bitmap { bitmap: (1 << n) - 1, slots: slots(n) };
    accepted(&full(16), 16, 5);
    rejected(&full(17), 17, 5, &[], Fault::TooManyEntries { entries: 17, most: 16 });
    accepted(&full(2), 2, 2);
    rejected(&full(3), 3, 2, &[], Fault::TooManyEntries { entries: 3, most: 2 });
    accepted(&full(2), 2, 1);
}

#[test]
fn map_1_validator_wants_bitmaps_on_the_last_level_however_full() {
    let full = Shape::Bitmap { bitmap: 0b1111, slots: (0..4).map(|i| key(i, i << 30)).collect() };
    accepted(&chain(15, full), 4, 2);
    let children = (0..4).map(|i| Some(collision(i << 30, &[(2 * i, i << 30), (2 * i + 1, i << 30)])));
    let array = |count| Shape::Array { count, children: children.clone().collect() };
    rejected(&chain(15, array(4)), 8, 2, &[0; 15], Fault::ArrayOnLastLevel);
}

#[test]
fn map_1_validator_rejects_a_lone_pair_under_a_bitmap() {
    let shape = bitmap(0b11, [key(0, 0), child(bitmap(0b1, [key(1, 1)]))]);
    rejected(&shape, 2, 5, &[1], Fault::LonePair);
    // A lone *subtree* has to stay at its level (B19), and a lone pair under an array is right.
    let subtree = chain(2, bitmap(0b11, [key(0, 0), key(1, 1 << 10)]));
    accepted(&subtree, 2, 5);
    accepted(&array(5, 20, 20), 20, 5);
}

#[test]
fn map_1_validator_rejects_an_array_of_the_wrong_size() {
    let mut shape = array(5, 16, 16);
    if let Shape::Array { children, .. } = &mut shape {
        children.pop();
    }
    rejected(&shape, 16, 5, &[], Fault::Places { places: 31, fan: 32 });
}

#[test]
fn map_1_validator_rejects_an_array_that_miscounts() {
    for count in [0, 16, 18, 32] {
        rejected(&array(5, 17, count), 17, 5, &[], Fault::Count { count, children: 17 });
    }
}

#[test]
fn map_1_validator_rejects_an_array_with_less_than_half_of_the_slots() {
    let fault = Fault::TooFewChildren { children: 15, least: 16 };
    rejected(&array(5, 15, 15), 15, 5, &[], fault);
    rejected(&array(2, 1, 1), 1, 2, &[], Fault::TooFewChildren { children: 1, least: 2 });
}

#[test]
fn map_1_validator_rejects_what_lookup_would_not_find() {
    rejected(&bitmap(0b1, [key(0, 1)]), 1, 5, &[0], Fault::Misplaced { hash: 1 });
    let pairs = || [key(0, 0), key(1, 2 << 5)];
    let wrong_level = bitmap(1, [child(bitmap(0b11, pairs()))]);
    rejected(&wrong_level, 2, 5, &[0, 1], Fault::Misplaced { hash: 64 });
    // The last level of five bits has two left: slot 2 there is bit 31.
    let last = bitmap(0b101, [key(0, 0), key(1, 1 << 31)]);
    accepted(&chain(6, last.clone()), 2, 5);
    rejected(&chain(5, last), 2, 5, &[0, 0, 0, 0, 0, 2], Fault::Misplaced { hash: 1 << 31 });
    // A collision hung up under the newcomer's hash (B5).
    let hung = bitmap(0b11, [key(9, 0), child(collision(2, &[(0, 2), (1, 2)]))]);
    rejected(&hung, 3, 5, &[1], Fault::Misplaced { hash: 2 });
    let mut moved = array(5, 17, 17);
    if let Shape::Array { children, .. } = &mut moved {
        children.swap(16, 17);
    }
    rejected(&moved, 17, 5, &[17, 0], Fault::Misplaced { hash: 16 });
}

#[test]
fn map_1_validator_rejects_bad_collisions() {
    let under_root = |node| bitmap(0b1, [child(node)]);
    let rejects = |node: Tree, len, fault| rejected(&under_root(node), len, 5, &[0], fault);
    rejects(collision(0, &[]), 0, Fault::LoneCollision);
    rejects(collision(0, &[(0, 0)]), 1, Fault::LoneCollision);
    rejects(collision(0, &[(0, 0), (1, 32)]), 2, Fault::Stranger { node: 0, key: 32 });
    rejects(collision(0, &[(0, 0), (1, 0), (0, 0)]), 3, Fault::Twice { first: 0, second: 2 });
}

#[test]
fn map_1_validator_rejects_a_wrong_length() {
    rejected(&Shape::Empty, 1, 5, &[], Fault::Len { len: 1, reached: 0 });
    let three = bitmap(0b11, [key(0, 0), child(collision(1, &[(1, 1), (2, 1)]))]);
    for len in [0, 2, 4] {
        rejected(&three, len, 5, &[], Fault::Len { len, reached: 3 });
    }
}

#[test]
fn map_1_validator_says_where_and_what() {
    let shape = bitmap(1 << 3, [child(collision(0x23, &[(0, 0x23), (1, 0x43)]))]);
    let broken = validate(&shape, 2, 5).expect_err("the shape is broken");
    assert_eq!(broken.to_string(), "at the root.3: a key of hash 0x00000043 in a collision node of hash 0x00000023");
}
