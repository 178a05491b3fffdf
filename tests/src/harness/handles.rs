//! The objects that a thread holds, by name.

use super::value::Tracked;
use contextvars::core::{Context, ContextIter, Design, Token, Variable};
use contextvars_model::{CtxId, Handle, IterId, TokId, VarId};
use std::sync::Arc;

/// An object that a handle names.
pub enum Object<D: Design> {
    /// A variable.
    Var(Variable<D>),
    /// A context.
    Ctx(Context<D>),
    /// A token.
    Tok(Arc<Token<D>>),
    /// An iterator.
    Iter(Arc<ContextIter<D>>),
}

impl<D: Design> Clone for Object<D> {
    fn clone(&self) -> Self {
        match self {
            Object::Var(x) => Object::Var(x.clone()),
            Object::Ctx(x) => Object::Ctx(x.clone()),
            Object::Tok(x) => Object::Tok(Arc::clone(x)),
            Object::Iter(x) => Object::Iter(Arc::clone(x)),
        }
    }
}

/// What one thread holds. Few names are held at a time, so this is a list in the order of the names.
pub struct Handles<D: Design>(Vec<(Handle, Object<D>)>);

impl<D: Design> Default for Handles<D> {
    fn default() -> Self {
        Handles(Vec::new())
    }
}

impl<D: Design> Clone for Handles<D> {
    fn clone(&self) -> Self {
        Handles(self.0.clone())
    }
}

impl<D: Design<Value = Tracked>> Handles<D> {
    fn find(&self, handle: Handle) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(&handle))
    }

    /// Whether it holds the handle.
    pub fn holds(&self, handle: Handle) -> bool {
        self.find(handle).is_ok()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object, if it is held.
    pub fn get(&self, handle: Handle) -> Option<&Object<D>> {
        self.find(handle).ok().map(|at| &self.0[at].1)
    }

    /// Holds an object under a name; one that is held already stays.
    pub fn insert(&mut self, handle: Handle, object: Object<D>) {
        if let Err(at) = self.find(handle) {
            self.0.insert(at, (handle, object));
        }
    }

    /// Gives up a name; the caller drops the object when no borrow is held.
    pub fn remove(&mut self, handle: Handle) -> Option<Object<D>> {
        self.find(handle).ok().map(|at| self.0.remove(at).1)
    }

    /// The variables.
    pub fn vars(&self) -> impl Iterator<Item = (VarId, &Variable<D>)> {
        self.0.iter().filter_map(|(handle, object)| match (handle, object) {
            (Handle::Var(id), Object::Var(x)) => Some((*id, x)),
            _ => None,
        })
    }

    /// Gives up the first name.
    pub fn pop_first(&mut self) -> Option<(Handle, Object<D>)> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    /// Holds all that another thread held.
    pub fn absorb(&mut self, other: Handles<D>) {
        for (handle, object) in other.0 {
            self.insert(handle, object);
        }
    }

    /// A variable by name. The executor has checked that it is held.
    ///
    /// # Panics
    /// If it is not held. So do the three below.
    pub fn var(&self, id: VarId) -> Variable<D> {
        match self.get(Handle::Var(id)) {
            Some(Object::Var(x)) => x.clone(),
            _ => unreachable!("{id} is checked to be held"),
        }
    }

    /// A context by name.
    pub fn ctx(&self, id: CtxId) -> Context<D> {
        match self.get(Handle::Ctx(id)) {
            Some(Object::Ctx(x)) => x.clone(),
            _ => unreachable!("{id} is checked to be held"),
        }
    }

    /// A token by name.
    pub fn tok(&self, id: TokId) -> Arc<Token<D>> {
        match self.get(Handle::Tok(id)) {
            Some(Object::Tok(x)) => Arc::clone(x),
            _ => unreachable!("{id} is checked to be held"),
        }
    }

    /// An iterator by name.
    pub fn iter(&self, id: IterId) -> Arc<ContextIter<D>> {
        match self.get(Handle::Iter(id)) {
            Some(Object::Iter(x)) => Arc::clone(x),
            _ => unreachable!("{id} is checked to be held"),
        }
    }

    /// The name under which a context is held.
    pub fn name_of(&self, context: &Context<D>) -> Option<CtxId> {
        self.0.iter().find_map(|(handle, object)| match (handle, object) {
            (Handle::Ctx(id), Object::Ctx(held)) if held.same(context) => Some(*id),
            _ => None,
        })
    }
}
