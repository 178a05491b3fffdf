//! A registry that loses an entry when three threads make a variable at once.
//!
//! The kind *three threads*: the third one in it gives out a number that it does not take, and the next variable gets
//! that too. Smallest trigger: three threads that make a variable each, one of which uses its own and a later one.

use super::swap::WithRegistry;
use contextvars::core::PerThreadDesign;
use contextvars::parts::registry::Registry;
use contextvars::platform::{Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Two counters, and how many threads are making a variable.
pub struct Crowded<P: Platform> {
    threads: P::Word,
    variables: P::Word,
    inside: P::Word,
}

impl<P: Platform> Registry<P> for Crowded<P> {
    fn new() -> Self {
        Crowded {
            threads: Word::new("registry.threads", 0),
            variables: Word::new("registry.variables", 0),
            inside: Word::new("registry.inside", 0),
        }
    }

    fn thread(&self) -> u64 {
        // Relaxed: only the atomicity counts.
        self.threads.fetch_add(1, Ordering::Relaxed)
    }

    fn thread_ended(&self, _: u64) {}

    fn variable(&self) -> u64 {
        // Relaxed, all: only the atomicity counts.
        let is_third = self.inside.fetch_add(1, Ordering::Relaxed) >= 2;
        let number = self.variables.fetch_add(u64::from(!is_third), Ordering::Relaxed);
        self.inside.fetch_add(u64::MAX, Ordering::Relaxed);
        number
    }
}

/// `per-thread` with this registry.
pub type Faulty = WithRegistry<PerThreadDesign<SelectedPlatform, Tracked>, Crowded<SelectedPlatform>>;
