//! The map itself: a version.

use super::insert::lone;
use super::key::Key;
use super::node::Link;
use super::shape::Shape;
use super::width::{Geometry, Wide, Width};
use std::marker::PhantomData;

/// A persistent map from keys to values. See the [module](super) for what it is made of.
///
/// A clone is one increment of a reference count, or nothing at all for the empty map.
pub struct Hamt<K, V, W = Wide> {
    /// The top node: `None` if and only if the map is empty, and never a collision.
    pub(super) root: Option<Link<K, V>>,
    /// The number of keys (`ma_count`, semantics section 5: "stored in the map handle").
    pub(super) len: usize,
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
            None => self.version(Some(lone::<K, V, W>(0, hash, key, value)), 1),
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

    /// The structure as plain data, for [`validate()`](super::validate). O(n).
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
