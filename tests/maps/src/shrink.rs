//! Making a case smaller: a fixed list of edits, the boldest first.
//!
//! Every candidate is valid and simpler: it has narrower nodes, or fewer operations, or fewer keys, or smaller numbers.
//! So repeated shrinking ends, and always in the same case.

use super::case::{MapCase, MapOp, Nodes};
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

/// A smallest case that still fails, as far as single edits lead there; with the number of candidates tried. `fails` is
/// asked at most `attempts` times.
pub fn shrink(case: &MapCase, attempts: usize, mut fails: impl FnMut(&MapCase) -> bool) -> (MapCase, usize) {
    let (mut best, mut tried) = (case.clone(), 0);
    loop {
        let found = edits(&best).take(attempts - tried).find(|candidate| {
            tried += 1;
            fails(candidate)
        });
        match found {
            Some(simpler) => best = simpler,
            None => return (best, tried),
        }
    }
}

/// The simpler cases that are one edit away, the boldest edits first.
pub fn edits(case: &MapCase) -> impl Iterator<Item = MapCase> + use<> {
    let case = Rc::new(case.clone());
    let (keys, ops) = (case.hashes.len(), case.ops.len());
    let narrow = (case.nodes == Nodes::Wide).then(|| case.in_nodes(Nodes::Narrow));
    let pairs = (1..keys).rev().flat_map(|key| (0..key).map(move |into| (key, into)));
    let (shorter, poorer) = (Rc::clone(&case), Rc::clone(&case));
    narrow
        .into_iter()
        .chain(chunks(ops).filter_map(move |range| without_ops(&shorter, range)))
        .chain(pairs.map(move |(key, into)| merged(&poorer, key, into)))
        .chain(unused_keys_dropped(&case))
        .chain(simpler_hashes(&case))
        .chain(simpler_ops(&case))
        .filter(|candidate| candidate.validate().is_ok())
}

/// Ranges of so many items: the whole, halves, quarters and so on, each from the back.
fn chunks(items: usize) -> impl Iterator<Item = Range<usize>> {
    let sizes = std::iter::successors(Some(items), |size| Some(size / 2)).take_while(|size| *size > 0);
    sizes.flat_map(move |size| (0..items.div_ceil(size)).rev().map(move |n| n * size..items.min((n + 1) * size)))
}

/// The case without some operations. What used a version that is not made any more uses the one that it was made from;
/// what used such a cursor goes, too.
fn without_ops(case: &MapCase, range: Range<usize>) -> Option<MapCase> {
    // For each old version the new one, and whether it is that version itself.
    let mut versions = vec![(0, true)];
    let mut cursors: Vec<Option<usize>> = Vec::new();
    let (mut made, mut started) = (1, 0);
    let mut ops = Vec::new();
    for (at, op) in case.ops.iter().enumerate() {
        let kept = !range.contains(&at);
        if let Some(from) = op.makes_version_from() {
            versions.push(if kept { (made, true) } else { (versions[from].0, false) });
            made += usize::from(kept);
        }
        if matches!(op, MapOp::Cursor { .. }) {
            cursors.push(kept.then_some(started));
            started += usize::from(kept);
        }
        let gives_up_another = matches!(op, MapOp::Drop { version } if !versions[*version].1);
        if !kept || gives_up_another {
            continue;
        }
        let mut op = *op;
        op.versions_mut().into_iter().for_each(|version| *version = versions[*version].0);
        if let Some(cursor) = op.cursor_mut() {
            match cursors[*cursor] {
                Some(number) => *cursor = number,
                None => continue,
            }
        }
        ops.push(op);
    }
    (ops.len() < case.ops.len()).then(|| MapCase { ops, ..case.clone() })
}

/// The case with one key in place of two.
fn merged(case: &MapCase, key: usize, into: usize) -> MapCase {
    let mut case = case.clone();
    for used in case.ops.iter_mut().filter_map(MapOp::key_mut) {
        match (*used).cmp(&key) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => *used = into,
            std::cmp::Ordering::Greater => *used -= 1,
        }
    }
    case.hashes.remove(key);
    case
}

/// The case with only the keys that it uses (a case without operations uses none).
fn unused_keys_dropped(case: &MapCase) -> Option<MapCase> {
    let mut case = case.clone();
    let used = |case: &mut MapCase, key| case.ops.iter_mut().filter_map(MapOp::key_mut).any(|used| *used == key);
    let before = case.hashes.len();
    for key in (0..before).rev() {
        if !used(&mut case, key) {
            case = merged(&case, key, 0);
        }
    }
    (case.hashes.len() < before).then_some(case)
}

/// The case with smaller hashes: all shifted, a bit less in all, another hash for all keys of one, another for one key.
fn simpler_hashes(case: &Rc<MapCase>) -> impl Iterator<Item = MapCase> + use<> {
    let (shifted, all, same, one) = (Rc::clone(case), Rc::clone(case), Rc::clone(case), Rc::clone(case));
    let shifts = [16, 10, 5, 2, 1].into_iter().map(move |by| with_hashes(&shifted, |_, hash| hash >> by));
    let bits_off = (0..32).rev().map(move |bit| with_hashes(&all, |_, hash| hash & !(1 << bit)));
    let classes = case.hashes.iter().copied().collect::<BTreeSet<u32>>();
    let class_changed = classes.into_iter().flat_map(|hash| lower(hash).map(move |new| (hash, new)));
    let key_changed = (0..case.hashes.len()).flat_map({
        let case = Rc::clone(case);
        move |key| {
            let others = case.hashes[..key].to_vec();
            others.into_iter().chain(lower(case.hashes[key])).map(move |new| (key, new))
        }
    });
    shifts
        .chain(bits_off)
        .chain(class_changed.map(move |(old, new)| with_hashes(&same, |_, hash| if hash == old { new } else { hash })))
        .chain(key_changed.map(move |(at, new)| with_hashes(&one, |key, hash| if key == at { new } else { hash })))
        .flatten()
}

/// Numbers below one.
fn lower(hash: u32) -> impl Iterator<Item = u32> {
    let highest_bit = hash.checked_ilog2().map_or(0, |bit| 1 << bit);
    let fewer_bits = (0..32).rev().map(move |bit| hash & !(1 << bit));
    [0, 1, hash >> 16, hash & 0xffff, highest_bit].into_iter().chain(fewer_bits).filter(move |new| *new < hash)
}

/// The case with other hashes, if none gets larger and some smaller.
fn with_hashes(case: &MapCase, change: impl Fn(usize, u32) -> u32) -> Option<MapCase> {
    let hashes: Vec<u32> = case.hashes.iter().enumerate().map(|(key, hash)| change(key, *hash)).collect();
    let smaller = hashes != case.hashes && hashes.iter().zip(&case.hashes).all(|(new, old)| new <= old);
    smaller.then(|| MapCase { hashes, ..case.clone() })
}

/// The case with smaller numbers in its operations: another value for all that have it, another number in one
/// operation.
fn simpler_ops(case: &MapCase) -> Vec<MapCase> {
    let mut simpler = Vec::new();
    for old in 1..=2 {
        for new in 0..old {
            let mut candidate = case.clone();
            for op in &mut candidate.ops {
                if let MapOp::Insert { value, .. } = op {
                    *value = if *value == old { new } else { *value };
                }
            }
            simpler.extend((candidate != *case).then_some(candidate));
        }
    }
    for (at, op) in case.ops.iter().enumerate() {
        let with = |op| {
            let mut case = case.clone();
            case.ops[at] = op;
            case
        };
        match *op {
            MapOp::Insert { from, key, value: 1.. } => simpler.push(with(MapOp::Insert { from, key, value: 0 })),
            // A clone shows whether it matters that the key is absent.
            MapOp::Remove { from, .. } => simpler.push(with(MapOp::Clone { from })),
            _ => {}
        }
        for used in 0..with(*op).ops[at].versions_mut().len() {
            let mut candidate = *op;
            let version = &mut candidate.versions_mut()[used];
            if **version > 0 && !matches!(op, MapOp::Drop { .. }) {
                **version -= 1;
                simpler.push(with(candidate));
            }
        }
    }
    simpler
}
