//! The operations under test.

use super::value::{MapKey, MapValue};
use contextvars::hamt::{Hamt, Shape, Width};
use std::cell::RefCell;
use std::rc::Rc;

/// The sound map, with the keys and values of a case.
pub type Hamt32<W> = Hamt<MapKey, MapValue, W>;

/// How a map behaves under test, in nodes of one width: as the sound map, but for what a faulty one replaces.
pub trait Behaviour<W: Width>: Sized + 'static {
    /// What it keeps beside the sound map.
    type Beside: Clone + Default;

    /// The value of a key.
    fn get(map: &Map<Self, W>, key: MapKey) -> Option<MapValue> {
        map.sound().get(&key).cloned()
    }

    /// A version with the key bound to the value.
    fn insert(map: &Map<Self, W>, key: MapKey, value: MapValue) -> Map<Self, W> {
        Map::of(map.sound().insert(key, value))
    }

    /// A version without the key, or nothing if it is not there.
    fn remove(map: &Map<Self, W>, key: MapKey) -> Option<Map<Self, W>> {
        map.sound().remove(&key).map(Map::of)
    }

    /// The number of keys.
    fn len(map: &Map<Self, W>) -> usize {
        map.sound().len()
    }

    /// All pairs, by a complete iteration by reference.
    fn pairs(map: &Map<Self, W>) -> Vec<(MapKey, MapValue)> {
        map.sound().iter().map(|(key, value)| (*key, value.clone())).collect()
    }

    /// An iterator that owns this version.
    fn cursor(map: &Map<Self, W>) -> Box<dyn Iterator<Item = (MapKey, MapValue)>> {
        Box::new(map.sound().cursor())
    }

    /// Whether both bind the same keys to equal values. The map itself has no such operation: this is how contexts are
    /// compared.
    fn equals(map: &Map<Self, W>, other: &Map<Self, W>) -> bool {
        let (left, right) = (map.sound(), other.sound());
        left.ptr_eq(&right)
            || left.len() == right.len() && left.iter().all(|(key, value)| right.get(key).is_some_and(|v| v == value))
    }

    /// Its structure.
    fn shape(map: &Map<Self, W>) -> Shape<MapKey> {
        map.sound().shape()
    }
}

/// A version of a map: the sound map, and what its behaviour keeps beside it.
pub struct Map<B: Behaviour<W>, W: Width> {
    /// In a cell, because some faults are changes of what other versions share.
    sound: Rc<RefCell<Hamt32<W>>>,
    /// What the behaviour keeps.
    pub beside: B::Beside,
}

impl<B: Behaviour<W>, W: Width> Map<B, W> {
    /// The map that behaves like this one, as far as it is not faulty.
    pub fn of(sound: Hamt32<W>) -> Self {
        Map::with(sound, B::Beside::default())
    }

    /// The same, with what is kept beside it.
    pub fn with(sound: Hamt32<W>, beside: B::Beside) -> Self {
        Map { sound: Rc::new(RefCell::new(sound)), beside }
    }

    /// The sound map.
    pub fn sound(&self) -> Hamt32<W> {
        self.sound.borrow().clone()
    }

    /// The place that the sound map is in, by which a fault changes it.
    pub fn place(&self) -> Rc<RefCell<Hamt32<W>>> {
        Rc::clone(&self.sound)
    }
}

impl<B: Behaviour<W>, W: Width> Clone for Map<B, W> {
    fn clone(&self) -> Self {
        Map::with(self.sound(), self.beside.clone())
    }
}

/// The behaviour of the sound map.
pub struct Sound;

impl<W: Width> Behaviour<W> for Sound {
    type Beside = ();
}
