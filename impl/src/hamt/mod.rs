//! The persistent map: what a context holds.
//!
//! # Why not an ordinary map
//! Copying a context has to be O(1), and the copy must not change when the original does. So a map
//! is never changed. [`insert`](Hamt::insert) and [`remove`](Hamt::remove) make a new version that
//! shares all of the old one but a path of a few nodes, and every version ever made stays what it
//! was (property MAP-1). A version is a handle of four words, cloned by one reference count.
//!
//! # The structure
//! It is a hash array mapped trie with the rules of CPython's `hamt.c`, written from a description
//! of those rules. A key has 32 bits of hash. The root looks at the lowest 5 bits to choose one of
//! 32 slots, the node in that slot at the next 5, and so on; the seventh level has only 2 bits left.
//! A key descends only until it is alone in its slot. There are three kinds of node:
//!
//! - **bitmap**: at most 16 used slots. Stores only those, in slot order, with a bitmap that says
//!   which they are; the entry of slot *s* is at the index "number of set bits below *s*". An entry
//!   is a pair or a child.
//! - **array**: at least 16 used slots. Has 32 places, each empty or with a child, and a count. It
//!   holds no pairs: a lone key is put into a bitmap node of one pair.
//! - **collision**: two or more keys with all 32 bits equal, in the order of their arrival. It is
//!   made where the keys meet, and moves down when a key with another hash arrives at that place.
//!
//! A bitmap node whose 17th slot becomes used is promoted to an array; an array with 15 children
//! left is demoted to a bitmap. With exactly 16 it can be either, depending on where it came from.
//! A child left with one pair is dissolved into a bitmap parent; a child left with one *subtree* is
//! not, since a subtree belongs to its level. The shape of a map thus depends on its history, and
//! equality of maps is a matter of contents, never of shapes (B24). A root is a bitmap or an array
//! node, or there is none: the empty map allocates nothing.
//!
//! All thresholds follow from the number of bits per level, the [`Width`]; the numbers above are
//! those of [`Wide`], which is shipped. On the level that uses up the last hash bits a node stays a
//! bitmap, however full: the lone pairs of an array would be placed by bits that do not exist. (With
//! `Wide` that level has but 4 slots, so the case does not arise there.) So a path has at most ⌈32 / bits⌉ + 1 nodes
//! ([`depth_bound`]), so recursion in insertion, removal and drop is bounded whatever the number of keys.
//!
//! # In memory
//! A link to a node holds the node's kind and bitmap and a pointer to its items, which are one
//! allocation. A lookup therefore loads one cache line per level, and knows that a key is absent
//! from a bitmap node before it touches it. See `node.rs`.
//!
//! # What user code can run
//! [`Key`] must not run any. Values are cloned when a node that holds them is copied, and dropped
//! with the last node that holds them; they are never compared, so that binding an equal but
//! distinct value does bind it (A10, B15). No operation holds a lock or a half-made state meanwhile:
//! if a clone panics, all existing versions are as before.
//!
//! # Where it differs from `hamt.c`
//! Rebinding a key to the identical object gives a new version here, always. CPython returns the old
//! map in most cases, but not below an array node, so nobody may rely on it (A29).
//!
//! ```
//! use contextvars::hamt::{Hamt, Key};
//!
//! #[derive(Clone)]
//! struct Name(u32);
//! impl Key for Name {
//!     fn hash(&self) -> u32 { self.0 }
//!     fn same(&self, other: &Self) -> bool { self.0 == other.0 }
//! }
//!
//! let empty: Hamt<Name, &str> = Hamt::new();
//! let one = empty.insert(Name(7), "seven");
//! assert_eq!(one.get(&Name(7)), Some(&"seven"));
//! assert!(empty.get(&Name(7)).is_none());
//! ```
//!
//! Maps are `Send` and `Sync` exactly if their keys and values are (B32):
//! ```compile_fail,E0277
//! # use contextvars::hamt::{Hamt, Key};
//! # #[derive(Clone)] struct Name(u32);
//! # impl Key for Name {
//! #     fn hash(&self) -> u32 { self.0 }
//! #     fn same(&self, other: &Self) -> bool { self.0 == other.0 }
//! # }
//! fn send<T: Send>(_: T) {}
//! send(Hamt::<Name, std::rc::Rc<u32>>::new());
//! ```

mod cursor;
mod edit;
mod insert;
mod iter;
mod node;
mod remove;
mod shape;
mod validate;
mod width;

use std::fmt;
use std::marker::PhantomData;

use node::Link;
use width::Geometry;

pub use cursor::Cursor;
pub use iter::Iter;
pub use shape::{Shape, Slot, depth_bound};
pub use validate::{Broken, Fault, validate};
pub use width::{Narrow, Wide, Width};

/// A key: its 32-bit hash and its identity. Neither may run user code.
///
/// Both must be stable for the life of the key, and keys that are the same must have equal hashes;
/// otherwise lookups may miss, though nothing worse happens. Every hash is legal: no value stands for
/// "none" or "error" (B40).
pub trait Key: Clone {
    /// The hash. It is used as it is, low bits first, so it should be well mixed.
    fn hash(&self) -> u32;

    /// Whether the two are one and the same key.
    fn same(&self, other: &Self) -> bool;
}

/// A persistent map from keys to values. See the [module](self) for what it is made of.
///
/// A clone is one increment of a reference count, or nothing at all for the empty map.
pub struct Hamt<K, V, W = Wide> {
    /// The top node: `None` if and only if the map is empty, and never a collision.
    root: Option<Link<K, V>>,
    /// The number of keys (`ma_count`, semantics section 5: "stored in the map handle").
    len: usize,
    // A function pointer, as the width is no data: it must not decide about `Send` and `Sync`.
    width: PhantomData<fn() -> W>,
}

impl<K, V, W> Hamt<K, V, W> {
    /// The number of keys. O(1).
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no keys. O(1).
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The pairs, depth first by increasing slot, keys of equal hash in stored order
    /// (`_PyHamt_NewIterItems`). O(n) for all of them; allocates a small stack.
    pub fn iter(&self) -> Iter<'_, K, V, W> {
        Iter::new(self)
    }

    /// Whether another handle or version has the root node, or there is none. A hint, if other threads drop theirs.
    pub(crate) fn is_shared(&self) -> bool {
        self.root.as_ref().is_none_or(Link::is_shared)
    }

    /// Whether both are the same version: the same root node, or both empty. O(1).
    ///
    /// Versions that are not the same may still have equal contents.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (None, None) => true,
            (Some(a), Some(b)) => a.ptr_eq(b),
            _ => false,
        }
    }
}

impl<K: Key, V: Clone, W: Width> Hamt<K, V, W> {
    /// The empty map. Allocates nothing.
    pub const fn new() -> Self {
        // Names the constant so that a width out of range does not compile.
        let _ = Geometry::<W>::BITS;
        Self { root: None, len: 0, width: PhantomData }
    }

    /// The value of `key` (`_PyHamt_Find`).
    ///
    /// O(depth), plus the number of keys that share the whole hash. Allocates nothing, touches no
    /// reference count, and performs no atomic operation.
    #[inline]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.get_entry(key).map(|(_, value)| value)
    }

    /// The stored key that is the same as `key`, and its value. Costs what [`get`](Self::get) does.
    #[inline]
    pub fn get_entry(&self, key: &K) -> Option<(&K, &V)> {
        self.root.as_ref()?.find::<W>(key)
    }

    /// Whether `key` has a value. Costs what [`get`](Self::get) does.
    pub fn contains(&self, key: &K) -> bool {
        self.get_entry(key).is_some()
    }

    /// A version in which `key` is bound to `value` (`_PyHamt_Assoc`).
    ///
    /// If the key is there already, the stored key and its place stay and only the value changes,
    /// even if the two values are equal: values are not compared. O(depth × fan); one allocation per
    /// node on the way to the key.
    #[must_use = "the map itself does not change"]
    pub fn insert(&self, key: K, value: V) -> Self {
        let hash = key.hash();
        match &self.root {
            None => self.version(Some(insert::lone::<K, V, W>(0, hash, key, value)), 1),
            Some(root) => {
                let new = root.insert::<W>(0, hash, key, value);
                self.version(Some(new.link), self.len + usize::from(new.grew))
            }
        }
    }

    /// A version without `key`, or `None` if the key is absent, in which case nothing is allocated
    /// (`_PyHamt_Without`). Otherwise O(depth × fan), at most two allocations per node on the way.
    #[must_use = "the map itself does not change"]
    pub fn remove(&self, key: &K) -> Option<Self> {
        let rest = self.root.as_ref()?.remove::<W>(0, key.hash(), key)?;
        Some(self.version(rest.into_link::<W>(0), self.len - 1))
    }

    /// An iterator over this version that owns it and yields clones. O(1).
    pub fn cursor(&self) -> Cursor<K, V, W> {
        Cursor::new(self.clone())
    }

    /// The structure as plain data, for [`validate()`]. O(n).
    pub fn shape(&self) -> Shape<K> {
        self.root.as_ref().map_or(Shape::Empty, Link::shape)
    }

    fn version(&self, root: Option<Link<K, V>>, len: usize) -> Self {
        Self { root, len, width: PhantomData }
    }
}

// By hand, as a derive would put bounds on all three parameters.
impl<K, V, W> Clone for Hamt<K, V, W> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), len: self.len, width: PhantomData }
    }
}

impl<K: Key, V: Clone, W: Width> Default for Hamt<K, V, W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, K, V, W> IntoIterator for &'a Hamt<K, V, W> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V, W>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, W> fmt::Debug for Hamt<K, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
