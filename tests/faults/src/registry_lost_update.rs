//! Identities from a counter that is incremented in two steps.
//!
//! Catalogue A2, CPython issue 83957: two that ask at the same time get the same identity, and whatever is keyed by it
//! takes one for the other. Here it is variables: the cache of a thread hits with the value of another variable.

use super::swap::WithRegistry;
use contextvars::core::PerThreadDesign;
use contextvars::parts::registry::Registry;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Two counters, each advanced by a load and a store.
pub struct LostUpdate<P: Platform> {
    threads: P::Word,
    variables: P::Word,
}

fn next<W: Word>(counter: &W) -> u64 {
    // Relaxed: plain accesses in C.
    let identity = counter.load(Ordering::Relaxed);
    counter.store(identity + 1, Ordering::Relaxed);
    identity
}

impl<P: Platform> Registry<P> for LostUpdate<P> {
    fn new() -> Self {
        LostUpdate { threads: Word::new("registry.threads", 0), variables: Word::new("registry.variables", 0) }
    }

    fn thread(&self) -> u64 {
        next(&self.threads)
    }

    fn thread_ended(&self, _: u64) {}

    fn variable(&self) -> u64 {
        next(&self.variables)
    }
}

/// `per-thread` with this registry.
pub type Faulty = WithRegistry<PerThreadDesign<SelectedPlatform, Tracked>, LostUpdate<SelectedPlatform>>;
