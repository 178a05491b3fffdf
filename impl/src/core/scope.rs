//! Entering and leaving contexts.
//!
//! # Protocol
//! Enter claims the context, then reads its map, then pushes a frame: the claim comes first because after it nobody
//! else changes the map. Exit restores the thread's own state first and gives the claim back last. Watchers are told
//! after either, and what the frame held is dropped after that.

use super::{Context, Design, ThreadState};
use crate::parts::entry::Entry;
use std::fmt;

/// A thread is inside the context already (CPython: "cannot enter context: … is already entered").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EnterError;

/// Why a context could not be left, in the order in which it is checked. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitError {
    /// Nobody is inside it (CPython: "cannot exit context: … has not been entered").
    NotEntered,
    /// It is not the current context of this thread (CPython: "thread state references a different context object").
    NotCurrent,
}

/// Why a scope did not run, or did not end as it began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunError {
    /// The context could not be entered; the body did not run.
    Enter(EnterError),
    /// The body ran, but left the stack of contexts unbalanced.
    Exit(ExitError),
}

impl<D: Design> ThreadState<D> {
    /// Makes the context current. O(1). `PyContext_Enter`.
    ///
    /// # Errors
    /// [`EnterError`] if any thread is inside it, this one included.
    pub fn enter(&self, context: &Context<D>) -> Result<(), EnterError> {
        if !context.entry().claim(self.id) {
            return Err(EnterError);
        }
        self.push(context.clone());
        self.runtime.notify(self, Some(context));
        Ok(())
    }

    /// Leaves the context. O(1). `PyContext_Exit`.
    ///
    /// # Errors
    /// See [`ExitError`].
    pub fn exit(&self, context: &Context<D>) -> Result<(), ExitError> {
        let is_current = self.current.borrow().as_ref().is_some_and(|frame| frame.context.same(context));
        if !is_current {
            let entered = context.entry().is_entered();
            return Err(if entered { ExitError::NotCurrent } else { ExitError::NotEntered });
        }
        let left = self.pop();
        let now = self.current.borrow().as_ref().map(|frame| frame.context.clone());
        self.runtime.notify(self, now.as_ref());
        drop(left);
        Ok(())
    }

    /// Runs `body` inside the context; it is left again also when `body` panics. `Context.run`.
    ///
    /// # Errors
    /// [`RunError`]; after [`RunError::Exit`] the result of the body is lost and the stack is as the body left it.
    ///
    /// # Panics
    /// If `body` panics: with the same payload, after the context was left.
    pub fn run<R>(&self, context: &Context<D>, body: impl FnOnce() -> R) -> Result<R, RunError> {
        struct Leave<'a, D: Design>(&'a ThreadState<D>, &'a Context<D>);
        impl<D: Design> Drop for Leave<'_, D> {
            fn drop(&mut self) {
                // Only reached while the body's panic unwinds: that is what the caller learns, not that an unbalanced
                // body could not be left.
                let _ = self.0.exit(self.1);
            }
        }
        self.enter(context).map_err(RunError::Enter)?;
        let leave = Leave(self, context);
        let result = body();
        std::mem::forget(leave);
        self.exit(context).map_err(RunError::Exit)?;
        Ok(result)
    }
}

impl fmt::Display for EnterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot enter context: it is already entered")
    }
}

impl fmt::Display for ExitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ExitError::NotEntered => "cannot exit context: it has not been entered",
            ExitError::NotCurrent => "cannot exit context: it is not the current context of this thread",
        })
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Enter(error) => error.fmt(f),
            RunError::Exit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EnterError {}
impl std::error::Error for ExitError {}
impl std::error::Error for RunError {}
