//! Identities that come again while something is still keyed by them.
//!
//! Catalogue A2, neighbour faults: an identity that is taken from a thread that has ended, and one of few bits.

use super::swap::WithRegistry;
use contextvars::core::{PerThreadDesign, Sound};
use contextvars::parts::registry::Registry;
use contextvars::platform::{Lock, Ordering, Platform, Word};
use contextvars_check::designs::locked::Locked;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// A thread gets the lowest number that no living thread has, as an operating system or a table of threads gives it.
pub struct LowestFree<P: Platform> {
    threads: P::Lock<Vec<bool>>,
    variables: P::Word,
}

impl<P: Platform> Registry<P> for LowestFree<P> {
    fn new() -> Self {
        LowestFree { threads: Lock::new("registry.threads", Vec::new()), variables: Word::new("registry.variables", 0) }
    }

    fn thread(&self) -> u64 {
        self.threads.with(|taken| {
            let free = taken.iter().position(|taken| !taken).unwrap_or(taken.len());
            taken.resize(taken.len().max(free + 1), false);
            taken[free] = true;
            free as u64
        })
    }

    fn thread_ended(&self, thread: u64) {
        self.threads.with(|taken| taken[thread as usize] = false);
    }

    fn variable(&self) -> u64 {
        // Relaxed: uniqueness follows from the atomicity of the addition.
        self.variables.fetch_add(1, Ordering::Relaxed)
    }
}

/// Variables are numbered 0, 1, 0, 1, …
pub struct OneBit<P: Platform> {
    threads: P::Word,
    variables: P::Word,
}

impl<P: Platform> Registry<P> for OneBit<P> {
    fn new() -> Self {
        OneBit { threads: Word::new("registry.threads", 0), variables: Word::new("registry.variables", 0) }
    }

    fn thread(&self) -> u64 {
        // Relaxed: uniqueness follows from the atomicity of the addition.
        self.threads.fetch_add(1, Ordering::Relaxed)
    }

    fn thread_ended(&self, _: u64) {}

    fn variable(&self) -> u64 {
        // Relaxed: as above; the fault is the width.
        self.variables.fetch_add(1, Ordering::Relaxed) % 2
    }
}

/// Threads are numbered 0 to 7, again and again.
pub struct ThreeBits<P: Platform> {
    threads: P::Word,
    variables: P::Word,
}

impl<P: Platform> Registry<P> for ThreeBits<P> {
    fn new() -> Self {
        ThreeBits { threads: Word::new("registry.threads", 0), variables: Word::new("registry.variables", 0) }
    }

    fn thread(&self) -> u64 {
        // Relaxed: as above; the fault is the width.
        self.threads.fetch_add(1, Ordering::Relaxed) % 8
    }

    fn thread_ended(&self, _: u64) {}

    fn variable(&self) -> u64 {
        // Relaxed: as above.
        self.variables.fetch_add(1, Ordering::Relaxed)
    }
}

/// `locked` with eight identities of threads: the ninth takes the entries of the first for its own.
pub type EightThreads = WithRegistry<Sound<SelectedPlatform, Tracked, Locked>, ThreeBits<SelectedPlatform>>;

/// `locked` with identities of threads that are used again: a new thread takes the entries of the dead for its own.
pub type Reused = WithRegistry<Sound<SelectedPlatform, Tracked, Locked>, LowestFree<SelectedPlatform>>;

/// `per-thread` with identities of variables that come round: one variable hits with the value of another.
pub type Wrapped = WithRegistry<PerThreadDesign<SelectedPlatform, Tracked>, OneBit<SelectedPlatform>>;
