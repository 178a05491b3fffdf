//! The laws, on random stories.

use crate::cast::*;
use contextvars::hamt::Width;

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
