//! Mutexes of the suite's own, invisible to the engines.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. A panic elsewhere is a finding or ends the run, and what is behind such a lock is whole between two
/// statements, so poison is ignored.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
