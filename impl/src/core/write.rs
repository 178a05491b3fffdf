//! Changing a binding of the current context: set, reset, and the snapshot of the current context.
//!
//! # Protocol
//! Only the thread inside a context changes its map. A change computes the new map from the thread's own one, then
//! makes it visible everywhere (the context's cell, the frame, the cache), and drops what it replaced last: user code
//! in a dying value finds the operation complete, and what it sets stays set (CPython issue 159739).

use super::teardown::Held;
use super::{Bindings, Context, Design, ResetError, ThreadState, Token, Variable};
use crate::parts::cache::{At, Cache};
use crate::parts::token_use::TokenUse;
use std::rc::Rc;

impl<D: Design> ThreadState<D> {
    /// Binds the variable in the current context, which is created if there is none, and returns the token that undoes
    /// it. O(log n). `ContextVar.set`.
    pub fn set(&self, variable: &Variable<D>, value: D::Value) -> Token<D> {
        let (context, map, at) = self.current_or_implicit(variable.0.id);
        let old = map.get(variable).cloned();
        let replaced = self.install(&context, variable, at, map.insert(variable.clone(), value));
        let token = Token { variable: variable.clone(), context, old: Held::new(old), used: TokenUse::new() };
        drop((map, replaced));
        token
    }

    /// Restores what the token's `set` replaced, whatever was set in between. O(log n). `ContextVar.reset`.
    ///
    /// # Errors
    /// See [`ResetError`], whose variants are checked in their order.
    pub fn reset(&self, variable: &Variable<D>, token: &Token<D>) -> Result<(), ResetError> {
        if token.used.is_used() {
            return Err(ResetError::TokenUsed);
        }
        if token.variable != *variable {
            return Err(ResetError::OtherVariable);
        }
        let (context, map, at) = self.current_or_implicit(variable.0.id);
        if !context.same(&token.context) {
            return Err(ResetError::OtherContext);
        }
        if !token.used.claim() {
            return Err(ResetError::TokenUsed);
        }
        // Kept until the old version is gone: what its code replaces must not die later because that still refers to
        // it.
        let replaced_value = map.get(variable).cloned();
        let restored = match token.old.get() {
            Some(old) => map.insert(variable.clone(), old.clone()),
            None => map.remove(variable).unwrap_or_else(|| (*map).clone()),
        };
        let replaced = self.install(&context, variable, at, restored);
        drop((map, replaced));
        drop(replaced_value);
        Ok(())
    }

    /// A new context with the bindings of the current one, which is created if there is none. O(1); the map is
    /// the thread's own, so no lock is taken. `copy_context()`.
    pub fn copy_current(&self) -> Context<D> {
        let (_, map, _) = self.current_or_implicit(0);
        Context::of((*map).clone())
    }

    /// Makes `map` the version of the current context for every reader; returns what it replaced.
    fn install(&self, context: &Context<D>, variable: &Variable<D>, at: At, map: Bindings<D>) -> impl Sized + use<D> {
        if D::Cache::ACTIVE {
            D::Cache::begin_bind(self.place(variable, at));
        }
        let map = Rc::new(map);
        let published = context.publish((*map).clone());
        let held = self.current.borrow_mut().as_mut().map(|frame| std::mem::replace(&mut frame.map, Rc::clone(&map)));
        if D::Cache::ACTIVE {
            D::Cache::bind(self.place(variable, at), map.get(variable));
        }
        (published, held)
    }
}
