//! A vars cell that shows other threads the version before, now and then.
//!
//! The class of fault of CPython issue 155519 without its memory unsafety: a reader gets a version that is no longer
//! current.

use super::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::VarsCell;
use contextvars::platform::{Lock, Ordering, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The version now, the version before, and a word that says which one readers get: switched *after* the lock was given
/// back, as a separate step.
pub struct StaleVars<P: Platform, T: Send + 'static> {
    versions: P::Lock<[T; 2]>,
    shown: P::Word,
}

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for StaleVars<P, T> {
    fn new(version: T) -> Self {
        StaleVars {
            versions: P::Lock::new("context.versions", [version.clone(), version]),
            shown: P::Word::new("context.shown", 0),
        }
    }

    fn load(&self) -> T {
        // Relaxed and outside the lock: which slot is current is read in a step of its own.
        let shown = self.shown.load(Ordering::Relaxed) as usize;
        self.versions.with(|versions| versions[shown % 2].clone())
    }

    fn replace(&self, version: T) -> T {
        let shown = self.shown.load(Ordering::Relaxed);
        let slot = (shown as usize + 1) % 2;
        let old = self.versions.with(|versions| std::mem::replace(&mut versions[slot], version));
        // Relaxed: publishes the slot, late.
        self.shown.store(shown + 1, Ordering::Relaxed);
        old
    }
}

/// Makes them.
pub struct Stale;

impl<P: Platform> AnyVars<P> for Stale {
    type Of<T: Clone + Send + Sync + 'static> = StaleVars<P, T>;
}

/// `uncached` with this cell.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, Stale>;
