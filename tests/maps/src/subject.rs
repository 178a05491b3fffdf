//! The operations under test.

use super::case::{MapCase, Nodes};
use super::value::{MapKey, MapValue};
use crate::check::{self, MapCovered, MapViolation};
use contextvars::hamt::{Hamt, Narrow, Shape, Wide, Width};
use std::marker::PhantomData;

/// The sound map, with the keys and values of a case.
pub type Hamt32<W> = Hamt<MapKey, MapValue, W>;

/// A persistent map under test. Everything but [`of`](Self::of) and [`inner`](Self::inner) has the behaviour of the
/// sound map; a faulty map replaces what it gets wrong.
pub trait PersistentMap: Clone + 'static {
    /// The width of its nodes.
    type Width: Width;

    /// The map that behaves like this one, as far as it is not faulty.
    fn of(inner: Hamt32<Self::Width>) -> Self;

    /// The map inside.
    fn inner(&self) -> Hamt32<Self::Width>;

    /// The empty map.
    fn empty() -> Self {
        Self::of(Hamt::new())
    }

    /// The value of a key.
    fn get(&self, key: MapKey) -> Option<MapValue> {
        self.inner().get(&key).cloned()
    }

    /// A version with the key bound to the value.
    fn insert(&self, key: MapKey, value: MapValue) -> Self {
        Self::of(self.inner().insert(key, value))
    }

    /// A version without the key, or nothing if it is not there.
    fn remove(&self, key: MapKey) -> Option<Self> {
        self.inner().remove(&key).map(Self::of)
    }

    /// The number of keys.
    fn len(&self) -> usize {
        self.inner().len()
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All pairs, by a complete iteration by reference.
    fn pairs(&self) -> Vec<(MapKey, MapValue)> {
        self.inner().iter().map(|(key, value)| (*key, value.clone())).collect()
    }

    /// An iterator that owns this version.
    fn cursor(&self) -> Box<dyn Iterator<Item = (MapKey, MapValue)>> {
        Box::new(self.inner().cursor())
    }

    /// Whether both bind the same keys to equal values. The map itself has no such operation: this is how contexts are
    /// compared.
    fn equals(&self, other: &Self) -> bool {
        let (left, right) = (self.inner(), other.inner());
        left.ptr_eq(&right)
            || left.len() == right.len() && left.iter().all(|(key, value)| right.get(key).is_some_and(|v| v == value))
    }

    /// Its structure.
    fn shape(&self) -> Shape<MapKey> {
        self.inner().shape()
    }
}

impl<W: Width> PersistentMap for Hamt32<W> {
    type Width = W;

    fn of(inner: Hamt32<W>) -> Self {
        inner
    }

    fn inner(&self) -> Hamt32<W> {
        self.clone()
    }
}

/// A map, whatever the width of its nodes.
pub trait MapFamily: Send + Sync + 'static {
    /// The map in nodes of this width.
    type In<W: Width>: PersistentMap<Width = W>;
}

/// The sound map.
pub struct Sound;

impl MapFamily for Sound {
    type In<W: Width> = Hamt32<W>;
}

/// A map that cases can be run on: one object for both widths.
pub trait MapSubject: Send + Sync {
    /// Runs the case in nodes of the width that it states, and judges MAP-1.
    fn check(&self, case: &MapCase) -> Result<MapCovered, MapViolation>;
}

/// Makes a subject of a family.
pub struct MapPlug<F>(PhantomData<F>);

impl<F> MapPlug<F> {
    /// The subject.
    pub const fn new() -> Self {
        MapPlug(PhantomData)
    }
}

impl<F> Default for MapPlug<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: MapFamily> MapSubject for MapPlug<F> {
    fn check(&self, case: &MapCase) -> Result<MapCovered, MapViolation> {
        match case.nodes {
            Nodes::Narrow => check::check::<F::In<Narrow>>(case),
            Nodes::Wide => check::check::<F::In<Wide>>(case),
        }
    }
}

/// A map with what is said of it.
pub struct MapEntry {
    /// Its name on the command line.
    pub name: &'static str,
    /// For a faulty map, its row of the catalogue.
    pub catalogue: Option<&'static str>,
    /// One sentence on what it is, or does wrong.
    pub about: &'static str,
    /// What runs.
    pub subject: &'static dyn MapSubject,
}

/// The map that all designs share.
pub static HAMT: MapEntry = MapEntry {
    name: "hamt",
    catalogue: None,
    about: "the persistent map that all designs share, a hash array mapped trie",
    subject: &MapPlug::<Sound>::new(),
};
