//! Chosen shapes: those at which such maps have broken.

use crate::cast::*;
use contextvars::hamt::{Narrow, Shape, Slot, Wide, Width, depth_bound};

/// Inserts keys of the given hashes one by one, then removes them in the given order, and checks
/// contents and shape all the way. Returns the map with all keys in.
pub(crate) fn up_and_down<W: Width>(hashes: &[u32], order: impl Iterator<Item = usize>) -> Map<W> {
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
fn map_1_debug_shows_every_binding_as_a_map_does() {
    for scheme in SCHEMES {
        let keys: Vec<_> = (0..20).map(|id| scheme.key(id)).collect();
        let map = keys.iter().fold(Map::<Wide>::new(), |map, key| map.insert(key.clone(), key.id));
        let shown = format!("{map:?}");
        assert!(keys.iter().all(|key| shown.contains(&format!("{key:?}: {}", key.id))), "{shown}");
        let one = Map::<Wide>::new().insert(keys[0].clone(), 5);
        assert_eq!(format!("{one:?}"), format!("{{{:?}: 5}}", keys[0]));
        let (mut iter, mut cursor) = (map.iter(), map.cursor());
        let before = [format!("{iter:?}"), format!("{cursor:?}")];
        assert!(iter.next().is_some() && cursor.next().is_some());
        let after = [format!("{iter:?}"), format!("{cursor:?}")];
        assert!(before[0] != after[0] && before[1] != after[1], "each shows how far it is: {after:?}");
    }
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
