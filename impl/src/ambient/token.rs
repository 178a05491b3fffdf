//! What undoes a `set`: tokens, and guards that use one when they are dropped.

use super::value::Erased;
use super::{Shipped, thread};
use crate::core;
use std::fmt;
use std::marker::PhantomData;

/// What one [`ContextVar::set`](super::ContextVar::set) replaced; undoes it if given to
/// [`ContextVar::reset`](super::ContextVar::reset).
///
/// It can be used once, by any thread, while that is inside the context in which the token was made. It keeps that
/// context, its variable and the value it replaced alive until it is dropped, also after its use. Dropping it unused
/// changes nothing.
///
/// PEP 567, `contextvars.Token`.
pub struct Token<T: Send + Sync + 'static> {
    token: core::Token<Shipped>,
    of: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> Token<T> {
    pub(super) fn new(token: core::Token<Shipped>) -> Self {
        Token { token, of: PhantomData }
    }

    pub(super) fn core(&self) -> &core::Token<Shipped> {
        &self.token
    }

    /// The value that was replaced; `None` if the variable was not bound, also if it has a default. O(1).
    /// `Token.old_value`, where Python has `Token.MISSING` for `None`.
    pub fn old_value(&self) -> Option<&T> {
        self.token.old_value().map(Erased::typed)
    }

    /// The name of the variable that was set. O(1). `Token.var.name`.
    pub fn var_name(&self) -> &str {
        self.token.variable().name()
    }

    /// Whether a reset has used it. O(1). In Python only its `repr` tells.
    pub fn is_used(&self) -> bool {
        self.token.is_used()
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for Token<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("var", &self.var_name()).field("used", &self.is_used()).finish_non_exhaustive()
    }
}

/// A variable bound until this is dropped; made by [`ContextVar::bind`](super::ContextVar::bind).
///
/// Dropping it is a [`reset`](super::ContextVar::reset) whose error is ignored; it never panics, also when the value
/// that it replaces panics as it is dropped, and when the thread unwinds already. So:
///
/// - Guards dropped in the reverse order of their making restore everything.
/// - Guards are not a stack. One dropped out of order restores what *it* replaced, and a later drop may bring a value
///   back: after `a = v.bind(1)` and `b = v.bind(2)`, dropping `a` unbinds `v`, and then dropping `b` binds it to 1.
/// - One dropped inside another context (moved into the body of a [`run`](crate::Context::run), say) changes nothing.
///   Its own context keeps the binding.
/// - One that is leaked leaves the binding in place, and leaks its context.
///
/// It cannot be sent to another thread, since there it could restore nothing. A [`Token`] can, as that thread may enter
/// the context:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// # static NAME: contextvars::ContextVar<u32> = contextvars::ContextVar::new("name");
/// send(NAME.bind(1));
/// ```
/// ```
/// fn send<T: Send>(_: T) {}
/// # static NAME: contextvars::ContextVar<u32> = contextvars::ContextVar::new("name");
/// send(NAME.set(1));
/// ```
///
/// So a future that holds one across an `.await` is not `Send` either. Such a future has to be polled in a context of
/// its own, as [`WithContext`](crate::WithContext) does; otherwise the binding is in force for whatever else the thread
/// does meanwhile.
#[must_use = "the variable is bound only until this is dropped"]
pub struct Binding<'a> {
    token: core::Token<Shipped>,
    /// Outlived by its variable, and neither `Send` nor `Sync`.
    of: PhantomData<(&'a (), *const ())>,
}

impl Binding<'_> {
    pub(super) fn new<T: Send + Sync + 'static>(token: Token<T>) -> Self {
        Binding { token: token.token, of: PhantomData }
    }
}

impl Drop for Binding<'_> {
    fn drop(&mut self) {
        // The one possible error is "another context": nobody else has the token or the choice of the variable.
        let _ = thread::with(|state| state.reset(self.token.variable(), &self.token));
    }
}

impl fmt::Debug for Binding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding").field("var", &self.token.variable().name()).finish_non_exhaustive()
    }
}
