//! Versions of a context's contents.

use super::teardown::{Held, release};
use super::{Design, Variable};
use crate::hamt::{Cursor, Hamt, Iter};
use std::fmt;

type Map<D> = Hamt<Variable<D>, <D as Design>::Value, <D as Design>::Width>;

type MapCursor<D> = Cursor<Variable<D>, <D as Design>::Value, <D as Design>::Width>;

/// One version of a context's contents, which never changes. Cloning it is O(1) and names the same version. It keeps
/// what it binds alive, and so may be part of a long chain of objects that hold each other, which is released in
/// bounded stack.
pub struct Bindings<D: Design>(Map<D>);

impl<D: Design> Bindings<D> {
    pub(super) fn new() -> Self {
        Bindings(Hamt::new())
    }

    /// What the variable is bound to; no default is consulted. O(log n).
    #[inline]
    pub fn get(&self, variable: &Variable<D>) -> Option<&D::Value> {
        self.0.get(variable)
    }

    /// The number of bindings. O(1).
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is bound. O(1).
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bindings, in the order of the map, which means nothing. O(n) for all of them.
    pub fn iter(&self) -> Iter<'_, Variable<D>, D::Value, D::Width> {
        self.0.iter()
    }

    /// Whether both are the same version, or both empty. O(1).
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }

    pub(super) fn insert(&self, variable: Variable<D>, value: D::Value) -> Self {
        Bindings(self.0.insert(variable, value))
    }

    /// `None` if the variable is not bound.
    pub(super) fn remove(&self, variable: &Variable<D>) -> Option<Self> {
        self.0.remove(variable).map(Bindings)
    }

    pub(crate) fn cursor(&self) -> BindingsCursor<D> {
        BindingsCursor(Held::new(Some(self.0.cursor())))
    }
}

impl<D: Design> Drop for Bindings<D> {
    #[inline]
    fn drop(&mut self) {
        // A version that others hold need not wait for its turn, and would keep what it binds alive meanwhile. If they
        // give it up at this moment, its values are released one level deeper than others are.
        if !self.0.is_shared() {
            release::<D::Platform, _>(std::mem::take(&mut self.0));
        }
    }
}

impl<D: Design> Clone for Bindings<D> {
    fn clone(&self) -> Self {
        Bindings(self.0.clone())
    }
}

/// An iterator that owns the version it goes through.
pub(crate) struct BindingsCursor<D: Design>(Held<D::Platform, MapCursor<D>>);

impl<D: Design> Iterator for BindingsCursor<D> {
    type Item = (Variable<D>, D::Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.get_mut()?.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.get().map_or((0, Some(0)), Iterator::size_hint)
    }
}

impl<D: Design> fmt::Debug for BindingsCursor<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.get().fmt(f)
    }
}
