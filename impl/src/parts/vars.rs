//! The cell between a context and its map: replaced by the thread inside, read by anyone (property SNAP-2).
//!
//! # Protocol
//! The map is immutable, the pointer to it is not. The thread inside computes a new map outside the lock, swaps it in
//! under the lock, and gets the old one back, so that whatever the old map held dies after the lock is released.
//! Readers take a reference of their own under the lock. Both hold the lock for one pointer-sized step that runs no
//! user code. Once it has entered, the thread inside never reads the cell: it keeps the map it wrote last, so that its
//! reads touch nothing that another thread writes (property PROG-1).
//!
//! Reading the pointer and then taking the reference in two steps (the code before CPython issue 155519) lets the map
//! die in between.

use crate::platform::{Lock, Platform};

/// A cell that is replaced by one thread and read by many.
pub trait VarsCell<P: Platform, T>: Send + Sync {
    /// A cell with its first version.
    fn new(version: T) -> Self;
    /// The version there is now.
    fn load(&self) -> T;
    /// Publishes a version; returns the one it replaced, to be dropped by the caller when its own state is whole.
    fn replace(&self, version: T) -> T;
}

/// The sound form: a reference taken and a version swapped under a lock.
pub struct LockedVars<P: Platform, T: Send + 'static> {
    version: P::Lock<T>,
}

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for LockedVars<P, T> {
    fn new(version: T) -> Self {
        LockedVars { version: P::Lock::new("context.vars", version) }
    }

    fn load(&self) -> T {
        self.version.with(|version| version.clone())
    }

    fn replace(&self, version: T) -> T {
        self.version.with(|old| std::mem::replace(old, version))
    }
}
