//! A vars cell whose reader, having met a writer, answers its next read with what it read then.
//!
//! The kind *real time*: both reads have a place in an order of all operations that keeps each thread's own, but the
//! second one may begin when the write has long responded. Smallest trigger: one write, two reads.

use super::seat;
use super::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::VarsCell;
use contextvars::platform::{Lock, Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::collections::BTreeMap;

/// The version, whether one is being written, and what readers have kept.
pub struct ReadKept<P: Platform, T: Send + 'static> {
    version: P::Lock<T>,
    writing: P::Word,
    kept: P::Lock<BTreeMap<usize, T>>,
}

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for ReadKept<P, T> {
    fn new(version: T) -> Self {
        ReadKept {
            version: P::Lock::new("context.vars", version),
            writing: P::Word::new("context.writing", 0),
            kept: P::Lock::new("context.kept", BTreeMap::new()),
        }
    }

    fn load(&self) -> T {
        let seat = seat::mine();
        if let Some(kept) = self.kept.with(|kept| kept.remove(&seat)) {
            return kept;
        }
        // Relaxed: a hint.
        let meets = self.writing.load(Ordering::Relaxed) != 0;
        let version = self.version.with(|version| version.clone());
        if meets {
            let again = version.clone();
            self.kept.with(|kept| kept.insert(seat, again));
        }
        version
    }

    fn replace(&self, version: T) -> T {
        // Relaxed, both: a hint.
        self.writing.store(1, Ordering::Relaxed);
        let old = self.version.with(|old| std::mem::replace(old, version));
        self.writing.store(0, Ordering::Relaxed);
        old
    }
}

/// Makes them.
pub struct Kept;

impl<P: Platform> AnyVars<P> for Kept {
    type Of<T: Clone + Send + Sync + 'static> = ReadKept<P, T>;
}

/// `uncached` with this cell.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, Kept>;
