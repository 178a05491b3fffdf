//! Identity of keys and values, and how long they live.

use crate::cast::*;
use crate::shapes::up_and_down;
use contextvars::hamt::{Cursor, Hamt, Iter, Narrow, Wide};
use std::sync::Arc;

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
