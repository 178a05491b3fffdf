//! MAP-1: the persistent map equals a map; every earlier version stays what it was; canonical shape; depth bound;
//! iteration complete.
//!
//! It is judged on programs of map operations, not on histories: see [the crate](crate). Beside each version there is a
//! `BTreeMap`. After every operation the version made and the one it was made from are read completely; now and then,
//! and at the end, *all* versions are. Values are told apart by identity, and their lives are followed.

use crate::{Behaviour, Keepers, Map, MapCase, MapKey, MapOp, MapValue};
use contextvars::hamt::{Hamt, Shape, Slot, Width, depth_bound, validate};
use contextvars_check_base::digest::mix;
use contextvars_check_base::panic_message;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// How much was done and reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MapCovered {
    /// Operations performed.
    pub operations: u64,
    /// Versions made.
    pub versions: u64,
    /// Complete readings of a version that was made earlier.
    pub reread: u64,
    /// Nodes on the longest path of any version.
    pub deepest: u32,
    /// Keys in the largest collision of any version.
    pub largest_collision: usize,
    /// Digest of all answers.
    pub digest: u64,
}

impl AddAssign for MapCovered {
    fn add_assign(&mut self, other: MapCovered) {
        self.operations += other.operations;
        self.versions += other.versions;
        self.reread += other.reread;
        self.deepest = self.deepest.max(other.deepest);
        self.largest_collision = self.largest_collision.max(other.largest_collision);
        self.digest = mix(self.digest, other.digest);
    }
}

/// How MAP-1 was refuted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapViolation {
    /// The operation after which it showed, by its index; the number of operations if it was after the last.
    pub operation: usize,
    /// One sentence of plain English.
    pub sentence: String,
}

impl fmt::Display for MapViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for MapViolation {}

/// Runs a case on a map and judges it.
///
/// # Panics
/// If the case is not valid.
pub fn check<B: Behaviour<W>, W: Width>(case: &MapCase) -> Result<MapCovered, MapViolation> {
    if let Err((at, why)) = case.validate() {
        panic!("operation {at} of the case makes no sense: {why}");
    }
    let at = Cell::new(0);
    let outcome = catch_unwind(AssertUnwindSafe(|| Run::<B, W>::new(case).run(&at)));
    let broken = match outcome {
        Ok(Ok(covered)) => return Ok(covered),
        Ok(Err(problem)) => problem,
        Err(panic) => format!("the map panicked: {}", panic_message(&*panic)),
    };
    let when = match case.lines().nth(at.get()) {
        Some(line) => format!("after `{line}`,"),
        None => "when all was read again at the end,".into(),
    };
    Err(MapViolation { operation: at.get(), sentence: format!("{when} {broken}") })
}

/// What a key is bound to: the value's identity, and what it equals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Bound {
    id: usize,
    class: u32,
}

impl Bound {
    fn of(value: &MapValue) -> Bound {
        Bound { id: value.id(), class: value.class() }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} of v{}", self.class, self.id)
    }
}

type Model = BTreeMap<usize, Bound>;

/// What broke, as the end of a sentence.
type Judged = Result<(), String>;

fn require(holds: bool, problem: impl FnOnce() -> String) -> Judged {
    if holds { Ok(()) } else { Err(problem()) }
}

struct Version<B: Behaviour<W>, W: Width> {
    map: Map<B, W>,
    model: Rc<Model>,
}

struct Cursor {
    of: usize,
    cursor: Box<dyn Iterator<Item = (MapKey, MapValue)>>,
    /// The version that it keeps alive.
    model: Rc<Model>,
    progress: Progress,
}

struct Run<'a, B: Behaviour<W>, W: Width> {
    case: &'a MapCase,
    values: Keepers,
    versions: Vec<Option<Version<B, W>>>,
    cursors: Vec<Option<Cursor>>,
    covered: MapCovered,
}

/// All versions are read again after so many operations at the earliest, and at most [`READINGS`] times before the end.
const PERIOD: usize = 8;

/// See [`PERIOD`].
const READINGS: usize = 4;

impl<'a, B: Behaviour<W>, W: Width> Run<'a, B, W> {
    fn new(case: &'a MapCase) -> Self {
        let empty = Version { map: Map::of(Hamt::new()), model: Rc::default() };
        let values = Keepers::default();
        Run { case, values, versions: vec![Some(empty)], cursors: Vec::new(), covered: MapCovered::default() }
    }

    fn run(mut self, at: &Cell<usize>) -> Result<MapCovered, String> {
        let period = PERIOD.max(self.case.ops.len() / READINGS);
        self.read(0)?;
        for (index, op) in self.case.ops.iter().enumerate() {
            at.set(index);
            self.perform(op)?;
            self.covered.operations += 1;
            if let Some(from) = op.makes_version_from() {
                self.covered.versions += 1;
                self.read(self.versions.len() - 1)?;
                self.read_again(from)?;
            }
            if index % period == period - 1 {
                self.read_all_again()?;
            }
        }
        at.set(self.case.ops.len());
        self.read_all_again()?;
        self.drain_cursors()?;
        self.lives()?;
        self.cursors.clear();
        for version in 0..self.versions.len() {
            self.versions[version] = None;
        }
        self.lives()?;
        Ok(self.covered)
    }

    fn key(&self, id: usize) -> MapKey {
        MapKey { id, hash: self.case.hashes[id] }
    }

    fn version(&self, number: usize) -> &Version<B, W> {
        self.versions[number].as_ref().expect("a valid case uses what it has not dropped")
    }

    fn perform(&mut self, op: &MapOp) -> Judged {
        match *op {
            MapOp::Insert { from, key, value } => {
                let bound = Bound { id: self.versions.len(), class: value };
                let new = self.values.value(bound.id, bound.class);
                let Version { map, model } = self.version(from);
                let (map, mut model) = (B::insert(map, self.key(key), new), Model::clone(model));
                model.insert(key, bound);
                self.versions.push(Some(Version { map, model: Rc::new(model) }));
            }
            MapOp::Remove { from, key } => {
                let Version { map, model } = self.version(from);
                let removed = B::remove(map, self.key(key));
                let (was, is_there) = (removed.is_some(), model.contains_key(&key));
                require(was == is_there, || match is_there {
                    true => format!("k{key} is said not to be in v{from}, which binds it"),
                    false => format!("k{key} is said to be removed from v{from}, which does not bind it"),
                })?;
                let mut model = Model::clone(model);
                model.remove(&key);
                let version = Version { map: removed.unwrap_or_else(|| map.clone()), model: Rc::new(model) };
                self.versions.push(Some(version));
            }
            MapOp::Clone { from } => {
                let Version { map, model } = self.version(from);
                let version = Version { map: map.clone(), model: Rc::clone(model) };
                self.versions.push(Some(version));
            }
            MapOp::Get { of, key } => self.get(of, key)?,
            MapOp::Iterate { of } => self.iterate(of)?,
            MapOp::Equal { left, right } => self.equal(left, right)?,
            MapOp::Cursor { of } => {
                let Version { map, model } = self.version(of);
                let cursor =
                    Cursor { of, cursor: B::cursor(map), model: Rc::clone(model), progress: Progress::default() };
                self.cursors.push(Some(cursor));
            }
            MapOp::Next { cursor } => self.advance(cursor)?,
            MapOp::Drop { version } => {
                self.versions[version] = None;
                self.lives()?;
            }
            MapOp::DropCursor { cursor } => {
                self.cursors[cursor] = None;
                self.lives()?;
            }
        }
        Ok(())
    }

    fn get(&mut self, of: usize, key: usize) -> Judged {
        let Version { map, model } = self.version(of);
        let (found, bound) = (B::get(map, self.key(key)).as_ref().map(Bound::of), model.get(&key).copied());
        require(found == bound, || match (bound, found) {
            (Some(bound), None) => format!("get finds nothing for k{key} in v{of}, which binds it to {bound}"),
            (None, Some(found)) => format!("get finds {found} for k{key} in v{of}, which does not bind it"),
            (Some(bound), Some(found)) => format!("get finds {found} for k{key} in v{of}, which binds it to {bound}"),
            (None, None) => unreachable!("they differ"),
        })?;
        self.covered.digest = mix(self.covered.digest, found.map_or(0, |found| found.id as u64));
        Ok(())
    }

    fn iterate(&mut self, of: usize) -> Judged {
        let Version { map, model } = self.version(of);
        let mut progress = Progress::default();
        let pairs = B::pairs(map);
        let judged =
            pairs.iter().try_for_each(|pair| progress.delivers(model, pair)).and_then(|()| progress.ends(model));
        judged.map_err(|problem| format!("iteration of v{of} {problem}"))?;
        self.covered.digest = pairs.iter().fold(self.covered.digest, |digest, (key, _)| mix(digest, key.id as u64));
        Ok(())
    }

    fn equal(&mut self, left: usize, right: usize) -> Judged {
        let (l, r) = (self.version(left), self.version(right));
        let answer = B::equals(&l.map, &r.map);
        let classes = |model: &Model| model.iter().map(|(key, bound)| (*key, bound.class)).collect::<Vec<_>>();
        let truth = classes(&l.model) == classes(&r.model);
        require(answer == truth, || {
            let (said, are) = if truth { ("different", "equal") } else { ("equal", "different") };
            format!("v{left} and v{right} are said to be {said}, but bind {are} contents")
        })
    }

    fn advance(&mut self, number: usize) -> Judged {
        let cursor = self.cursors[number].as_mut().expect("a valid case uses what it has not dropped");
        let judged = match cursor.cursor.next() {
            Some(pair) => cursor.progress.delivers(&cursor.model, &pair),
            None => cursor.progress.ends(&cursor.model),
        };
        judged.map_err(|problem| format!("cursor c{number} of v{} {problem}", cursor.of))
    }

    /// Advances every cursor to its end and once more.
    fn drain_cursors(&mut self) -> Judged {
        for number in 0..self.cursors.len() {
            let Some(cursor) = &self.cursors[number] else { continue };
            for _ in 0..cursor.model.len() - cursor.progress.delivered + 2 {
                self.advance(number)?;
            }
        }
        Ok(())
    }

    /// Reads a version completely.
    fn read(&mut self, number: usize) -> Judged {
        let Version { map, model } = self.version(number);
        let (len, real) = (B::len(map), model.len());
        require(len == real, || format!("v{number} says that its length is {len}, but it binds {}", keys(real)))?;
        (0..self.case.hashes.len()).try_for_each(|key| self.get(number, key))?;
        self.iterate(number)?;
        let shape = B::shape(&self.version(number).map);
        let (bits, depth) = (W::BITS, shape.depth());
        validate(&shape, len, bits).map_err(|broken| format!("the structure of v{number} is broken {broken}"))?;
        require(depth <= depth_bound(bits), || {
            format!("v{number} has {depth} levels, where {} are the most", depth_bound(bits))
        })?;
        self.covered.deepest = self.covered.deepest.max(depth);
        self.covered.largest_collision = self.covered.largest_collision.max(largest_collision(&shape));
        Ok(())
    }

    /// The same of one that has been read before.
    fn read_again(&mut self, number: usize) -> Judged {
        self.covered.reread += 1;
        self.read(number).map_err(|problem| format!("{problem}; it was sound before, and no version may ever change"))
    }

    fn read_all_again(&mut self) -> Judged {
        for number in 0..self.versions.len() {
            if self.versions[number].is_some() {
                self.read_again(number)?;
            }
        }
        self.lives()
    }

    /// The values that exist are those that something binds, and none was dropped twice.
    fn lives(&self) -> Judged {
        let versions = self.versions.iter().flatten().map(|version| &version.model);
        let models = versions.chain(self.cursors.iter().flatten().map(|cursor| &cursor.model));
        let mut bound = vec![false; self.versions.len()];
        models.for_each(|model| model.values().for_each(|value| bound[value.id] = true));
        let mut exists = vec![false; self.versions.len()];
        self.values.alive().into_iter().for_each(|id| exists[id] = true);
        for (id, pair) in bound.into_iter().zip(exists).enumerate() {
            match pair {
                (true, false) => return Err(format!("the value of v{id} has been dropped, but is still bound")),
                (false, true) => return Err(format!("the value of v{id} still exists, but nothing binds it any more")),
                _ => {}
            }
        }
        let twice = self.values.dropped_twice();
        require(twice.is_empty(), || format!("the value of v{} has been dropped twice", twice[0]))
    }
}

/// How far an iteration has come.
#[derive(Default)]
struct Progress {
    /// By key.
    seen: Vec<bool>,
    delivered: usize,
}

impl Progress {
    fn delivers(&mut self, model: &Model, (key, value): &(MapKey, MapValue)) -> Judged {
        let (key, found) = (key.id, Bound::of(value));
        let bound = model.get(&key).ok_or_else(|| format!("delivers k{key}, which is not bound there"))?;
        if self.seen.len() <= key {
            self.seen.resize(key + 1, false);
        }
        let twice = std::mem::replace(&mut self.seen[key], true);
        self.delivered += 1;
        require(!twice, || format!("delivers k{key} twice"))?;
        require(found == *bound, || format!("delivers {found} for k{key}, which is bound to {bound} there"))
    }

    fn ends(&self, model: &Model) -> Judged {
        if self.delivered == model.len() {
            return Ok(());
        }
        let mut missed = model.iter().filter(|(key, _)| !self.seen.get(**key).copied().unwrap_or_default());
        missed.next().map_or(Ok(()), |(key, bound)| Err(format!("ends without k{key}, which is bound to {bound}")))
    }
}

fn keys(number: usize) -> String {
    format!("{number} {}", if number == 1 { "key" } else { "keys" })
}

fn largest_collision(shape: &Shape<MapKey>) -> usize {
    match shape {
        Shape::Empty => 0,
        Shape::Collision { keys, .. } => keys.len(),
        Shape::Array { children, .. } => children.iter().flatten().map(largest_collision).max().unwrap_or(0),
        Shape::Bitmap { slots, .. } => {
            let child = |slot: &Slot<MapKey>| match slot {
                Slot::Key(_) => 0,
                Slot::Child(child) => largest_collision(child),
            };
            slots.iter().map(child).max().unwrap_or(0)
        }
    }
}
