//! Keys of chosen hash, and values whose lives are followed.

use contextvars::hamt::Key;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// A key: its number is its identity, its hash is the case's choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MapKey {
    /// Its number.
    pub id: usize,
    /// Its hash.
    pub hash: u32,
}

impl Key for MapKey {
    fn hash(&self) -> u32 {
        self.hash
    }

    fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// A reference to a value. Cloning it takes another reference; dropping the last one drops the value.
#[derive(Clone)]
pub struct MapValue(Rc<Body>);

struct Body {
    id: usize,
    class: u32,
    keepers: Keepers,
}

impl MapValue {
    /// Its identity: the number of the version that bound it first.
    pub fn id(&self) -> usize {
        self.0.id
    }

    /// What it equals: all values of the same class.
    pub fn class(&self) -> u32 {
        self.0.class
    }
}

impl PartialEq for MapValue {
    fn eq(&self, other: &Self) -> bool {
        self.class() == other.class()
    }
}

impl fmt::Debug for MapValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of v{}", self.class(), self.id())
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.keepers.0.borrow_mut()[self.id].drops += 1;
    }
}

/// The book of all values of one run: which were made, and how often each was dropped.
#[derive(Clone, Default)]
pub struct Keepers(Rc<RefCell<Vec<Life>>>);

#[derive(Clone, Copy, Default)]
struct Life {
    made: bool,
    drops: u32,
}

impl Keepers {
    /// A new value.
    pub fn value(&self, id: usize, class: u32) -> MapValue {
        let mut lives = self.0.borrow_mut();
        if lives.len() <= id {
            lives.resize(id + 1, Life::default());
        }
        lives[id].made = true;
        MapValue(Rc::new(Body { id, class, keepers: self.clone() }))
    }

    /// The values that were made and not dropped.
    pub fn alive(&self) -> Vec<usize> {
        self.those(|life| life.made && life.drops == 0)
    }

    /// The values that were dropped more than once.
    pub fn dropped_twice(&self) -> Vec<usize> {
        self.those(|life| life.drops > 1)
    }

    fn those(&self, wanted: impl Fn(&Life) -> bool) -> Vec<usize> {
        self.0.borrow().iter().enumerate().filter(|(_, life)| wanted(life)).map(|(id, _)| id).collect()
    }
}
