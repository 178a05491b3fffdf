//! The claim on a context: a context is active in at most one thread, once (property ENTRY-1).
//!
//! # Protocol
//! One word holds 0 while nobody is inside, else a number that is not 0. Entering replaces 0 by the thread's number in
//! one compare-exchange: of any number of threads that try, exactly one finds 0. The losers change nothing. Leaving
//! stores 0 as the *last* step of leaving, after the thread's own current context has been restored.
//!
//! A test followed by a store (the code before CPython issue 116738) lets two threads both see 0.

use crate::platform::{Ordering, Platform, Word};

/// Guards a context against being active twice.
pub trait Entry<P: Platform>: Send + Sync + 'static {
    /// Nobody is inside.
    fn new() -> Self;
    /// Lets `thread` in, unless somebody is inside.
    fn claim(&self, thread: u64) -> bool;
    /// Lets the next one in. Called only by the thread that is inside, as its last step.
    fn release(&self);
    /// Whether somebody is inside.
    fn is_entered(&self) -> bool;
}

/// The sound form: one compare-exchange.
pub struct AtomicEntry<P: Platform> {
    inside: P::Word,
}

impl<P: Platform> Entry<P> for AtomicEntry<P> {
    fn new() -> Self {
        AtomicEntry { inside: P::Word::new("context.inside", 0) }
    }

    fn claim(&self, thread: u64) -> bool {
        // Acquire: what the last thread inside did happens before what this one does. A loser reads nothing: relaxed.
        self.inside.compare_exchange(0, thread + 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn release(&self) {
        // Release: pairs with the acquire of the next claim.
        self.inside.store(0, Ordering::Release);
    }

    fn is_entered(&self) -> bool {
        // Relaxed: only chooses between two error kinds; a thread always sees its own claim.
        self.inside.load(Ordering::Relaxed) != 0
    }
}
