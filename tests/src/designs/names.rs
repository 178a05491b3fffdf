//! Values kept by name alone: what CPython's borrowed pointer is in safe Rust.
//!
//! A name is followed to its value through the value's memory. A design may follow a name only while it is certain that
//! the value lives; a name that is followed too late is recorded, and is a violation of MEM-1.

use crate::harness::value::Followed;
use contextvars::parts::cache::Owned;
use contextvars_model::Val;
use std::sync::{Arc, OnceLock};

/// No value, no entry, nobody: the null pointer of what is kept in a word.
pub const NONE: u64 = u64::MAX;

/// Names the values of one variable.
pub struct Names<V: Followed> {
    /// Turns names back into values: stands for the machine, which needs nothing to follow a pointer.
    memory: OnceLock<Arc<V::Memory>>,
}

impl<V: Followed> Names<V> {
    /// Nothing named yet.
    pub fn new() -> Self {
        Names { memory: OnceLock::new() }
    }

    /// The name of a value; keeps no reference to it.
    pub fn name(&self, value: &V) -> u64 {
        self.memory.get_or_init(|| Arc::clone(value.memory()));
        u64::from(value.name().0)
    }

    /// The value of a name, dead or alive.
    pub fn follow(&self, name: u64) -> Option<Owned<V>> {
        self.memory.get().map(|memory| Owned(V::borrowed(memory, Val(name as u32))))
    }
}

impl<V: Followed> Default for Names<V> {
    fn default() -> Self {
        Self::new()
    }
}
