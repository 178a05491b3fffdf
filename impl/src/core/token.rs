//! Tokens: what one `set` replaced.

use super::teardown::Held;
use super::{Context, Design, Variable};
use crate::parts::token_use::TokenUse;
use std::fmt;

/// What [`ThreadState::set`](super::ThreadState::set) replaced. It keeps its variable, its context and the old value
/// alive for as long as it lives, also after it was used (PEP 567, `contextvars.Token`).
pub struct Token<D: Design> {
    pub(super) variable: Variable<D>,
    pub(super) context: Context<D>,
    pub(super) old: Held<D::Platform, D::Value>,
    pub(super) used: D::TokenUse,
}

impl<D: Design> Token<D> {
    /// The variable that was set.
    pub fn variable(&self) -> &Variable<D> {
        &self.variable
    }

    /// The binding that was replaced; `None` if there was none, also when the variable has a default.
    pub fn old_value(&self) -> Option<&D::Value> {
        self.old.get()
    }

    /// Whether a reset has used it.
    pub fn is_used(&self) -> bool {
        self.used.is_used()
    }
}

/// Why a reset failed, in the order in which it is checked. A failed reset changes nothing and does not use the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResetError {
    /// The token has already been used once (CPython: RuntimeError).
    TokenUsed,
    /// The token was created by a different variable (CPython: ValueError).
    OtherVariable,
    /// The token was created in a different context (CPython: ValueError).
    OtherContext,
}

impl fmt::Display for ResetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResetError::TokenUsed => "the token has already been used once",
            ResetError::OtherVariable => "the token was created by a different variable",
            ResetError::OtherContext => "the token was created in a different context",
        })
    }
}

impl std::error::Error for ResetError {}
