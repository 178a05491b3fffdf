//! Plain memory: what user code keeps without an atomic or a lock, since something else orders its accesses.
//!
//! loom compares each access with those of the other threads by happens-before. The other engines know no weak memory:
//! there every access is in order, and none is made.

use super::selected::{self, Backend};
use crate::mutex::lock;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// Pieces of memory, each with a name, that whoever may write writes without further ado.
///
/// The lock is there because loom's cells may not be shared; all threads of a model run in turn, so nobody waits. Real
/// threads never take it, which would order them.
pub struct Plain<K>(Mutex<BTreeMap<K, loom::cell::UnsafeCell<()>>>);

impl<K: Ord> Plain<K> {
    /// Nothing has been written.
    pub fn new() -> Plain<K> {
        Plain(Mutex::default())
    }

    /// Writes a piece. Returns whether what other threads did to it happens before that.
    pub fn write(&self, name: K) -> bool {
        if selected::in_force() != Backend::Loom {
            return true;
        }
        let mut pieces = lock(&self.0);
        let piece = pieces.entry(name).or_insert_with(|| loom::cell::UnsafeCell::new(()));
        // loom says by a panic that an access is not ordered.
        catch_unwind(AssertUnwindSafe(|| piece.with_mut(|_| ()))).is_ok()
    }
}

impl<K: Ord> Default for Plain<K> {
    fn default() -> Plain<K> {
        Plain::new()
    }
}
