//! Contexts: a map of bindings that one thread at a time may be inside of.

use super::bindings::BindingsCursor;
use super::{Bindings, Design, Value, Variable};
use crate::parts::entry::Entry;
use crate::parts::iterator::SharedCursor;
use crate::parts::vars::VarsCell;
use std::fmt;
use std::sync::Arc;

/// A context object. Cloning it names the same context; [`Context::copy`] makes a new one.
///
/// Any thread may read any context at any time. Each read acts on one version that was current between its call and
/// its return, and a thread never sees an older version after a newer one (PEP 567, `contextvars.Context`; property
/// SNAP-2).
pub struct Context<D: Design>(Arc<Inner<D>>);

struct Inner<D: Design> {
    entry: D::Entry,
    vars: D::Vars<Bindings<D>>,
}

impl<D: Design> Context<D> {
    /// An empty context that nobody is inside. `Context()`.
    pub fn new() -> Self {
        Self::of(Bindings::<D>::new())
    }

    pub(super) fn of(bindings: Bindings<D>) -> Self {
        Context(Arc::new(Inner { entry: Entry::new(), vars: VarsCell::new(bindings) }))
    }

    pub(super) fn entry(&self) -> &D::Entry {
        &self.0.entry
    }

    pub(super) fn publish(&self, bindings: Bindings<D>) -> Bindings<D> {
        self.0.vars.replace(bindings)
    }

    /// The version that is current now, as a persistent map. O(1).
    pub fn bindings(&self) -> Bindings<D> {
        self.0.vars.load()
    }

    /// A new context with the same bindings, not entered, whoever is inside this one. O(1). `Context.copy()`.
    pub fn copy(&self) -> Self {
        Self::of(self.bindings())
    }

    /// The binding of a variable; no default is consulted. O(log n). `Context[v]`, `Context.get(v)`.
    pub fn lookup(&self, variable: &Variable<D>) -> Option<D::Value> {
        self.bindings().get(variable).cloned()
    }

    /// Whether the variable is bound; a default does not count. O(log n). `v in Context`.
    pub fn contains(&self, variable: &Variable<D>) -> bool {
        self.bindings().get(variable).is_some()
    }

    /// The number of bindings. O(1). `len(Context)`.
    pub fn len(&self) -> usize {
        self.bindings().len()
    }

    /// Whether nothing is bound. O(1).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An iterator over the version that is current now; sets made later are invisible to it. O(1). `Context.items()`.
    pub fn iter(&self) -> ContextIter<D> {
        let bindings = self.bindings();
        ContextIter { len: bindings.len(), cursor: SharedCursor::new(bindings.cursor()) }
    }

    /// Whether both bind the same variables to equal values: identity first, then [`Value::equal`]. Two versions, one
    /// of each, are fixed before any user code runs; a context equals itself. O(n). `Context == Context`.
    pub fn equals(&self, other: &Self) -> bool {
        if self.same(other) {
            return true;
        }
        let (left, right) = (self.bindings(), other.bindings());
        left.ptr_eq(&right)
            || left.len() == right.len()
                && left.iter().all(|(variable, x)| right.get(variable).is_some_and(|y| x.same(y) || x.equal(y)))
    }

    /// Whether both are the same object.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<D: Design> Default for Context<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Design> Clone for Context<D> {
    fn clone(&self) -> Self {
        Context(Arc::clone(&self.0))
    }
}

impl<D: Design> fmt::Debug for Context<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Context at {:p}>", Arc::as_ptr(&self.0))
    }
}

/// A one-shot iterator over one version of a context, which it keeps alive. Several threads may advance it: each
/// binding is delivered once.
pub struct ContextIter<D: Design> {
    len: usize,
    cursor: D::Cursor<BindingsCursor<D>>,
}

impl<D: Design> ContextIter<D> {
    /// The next binding; the order is that of the map and means nothing.
    pub fn next(&self) -> Option<(Variable<D>, D::Value)> {
        self.cursor.next()
    }

    /// The size of the whole version, also when some of it was delivered. `len(iterator)`.
    pub fn version_len(&self) -> usize {
        self.len
    }
}
