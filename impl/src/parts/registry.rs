//! The identities of threads and of variables: unique, never used again.
//!
//! # Protocol
//! Two 64-bit counters, advanced by an atomic addition. At one identity a nanosecond a counter lasts 584 years, so it
//! does not wrap. An increment of two steps (CPython issue 83957) gives two threads that start together the same
//! number; a number taken back from a thread that has ended gives a newcomer the cache entries of the dead.

use crate::platform::{Ordering, Platform, Word};

/// Gives out identities.
pub trait Registry<P: Platform>: Send + Sync + 'static {
    /// Nothing given out yet.
    fn new() -> Self;
    /// The identity of a thread that starts.
    fn thread(&self) -> u64;
    /// A thread has ended.
    fn thread_ended(&self, thread: u64);
    /// The identity of a new variable.
    fn variable(&self) -> u64;
}

/// The sound form: two atomic counters.
pub struct Counters<P: Platform> {
    threads: P::Word,
    variables: P::Word,
}

impl<P: Platform> Registry<P> for Counters<P> {
    fn new() -> Self {
        Counters { threads: P::Word::new("registry.threads", 0), variables: P::Word::new("registry.variables", 0) }
    }

    fn thread(&self) -> u64 {
        // Relaxed: uniqueness follows from the atomicity of the addition; nothing is published through the number.
        self.threads.fetch_add(1, Ordering::Relaxed)
    }

    fn thread_ended(&self, _thread: u64) {}

    fn variable(&self) -> u64 {
        // Relaxed: as above.
        self.variables.fetch_add(1, Ordering::Relaxed)
    }
}
