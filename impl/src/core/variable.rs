//! Variables: keys of the map, compared by identity.

use super::teardown::Held;
use super::{Design, KeyHash, Runtime};
use crate::hamt::Key;
use crate::parts::cache::Cache;
use crate::parts::registry::Registry;
use std::fmt;
use std::sync::Arc;

/// A context variable. Cloning it names the same variable.
///
/// A context keeps the variables that it binds alive; the default belongs to the variable and is never stored in a
/// context (PEP 567, `contextvars.ContextVar`).
pub struct Variable<D: Design>(pub(super) Arc<Inner<D>>);

pub(super) struct Inner<D: Design> {
    pub(super) id: u64,
    hash: u32,
    name: String,
    pub(super) default: Held<D::Platform, D::Value>,
    pub(super) cache: <D::Cache as Cache<D::Platform, D::Value>>::InVariable,
    runtime: Arc<Runtime<D>>,
}

impl<D: Design> Variable<D> {
    /// A new variable, different from every other one, also from those of the same name.
    pub fn new(runtime: &Arc<Runtime<D>>, name: impl Into<String>, default: Option<D::Value>) -> Self {
        let id = runtime.registry.variable();
        Variable(Arc::new(Inner {
            id,
            hash: D::Hash::hash(id),
            name: name.into(),
            default: Held::new(default),
            cache: D::Cache::in_variable(&runtime.cache, id),
            runtime: Arc::clone(runtime),
        }))
    }

    /// The name it was given; need not be unique.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The default, if it has one.
    pub fn default(&self) -> Option<&D::Value> {
        self.0.default.get()
    }
}

impl<D: Design> Drop for Inner<D> {
    fn drop(&mut self) {
        D::Cache::variable_died(&self.runtime.cache, &self.cache, self.id);
    }
}

impl<D: Design> Clone for Variable<D> {
    fn clone(&self) -> Self {
        Variable(Arc::clone(&self.0))
    }
}

impl<D: Design> Key for Variable<D> {
    #[inline]
    fn hash(&self) -> u32 {
        self.0.hash
    }

    #[inline]
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<D: Design> PartialEq for Variable<D> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl<D: Design> Eq for Variable<D> {}

impl<D: Design> fmt::Debug for Variable<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<ContextVar name={:?} #{}>", self.0.name, self.0.id)
    }
}
