//! A context that keeps the version before its last change until the next one, if somebody was reading it when it was
//! replaced.

use crate::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::VarsCell;
use contextvars::platform::Ordering::{Acquire, Release};
use contextvars::platform::{Lock, Platform, Word};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The version, the one before if it lingers, and the number of readers.
pub struct Lingers<P: Platform, T: Send + 'static> {
    versions: P::Lock<(T, Option<T>)>,
    readers: P::Word,
}

impl<P: Platform, T: Clone + Send + Sync + 'static> VarsCell<P, T> for Lingers<P, T> {
    fn new(version: T) -> Self {
        Lingers { versions: P::Lock::new("versions", (version, None)), readers: P::Word::new("readers", 0) }
    }

    fn load(&self) -> T {
        // Acquire: with the release of the one who has read.
        self.readers.fetch_add(1, Acquire);
        let version = self.versions.with(|(version, _)| version.clone());
        // Release: adding the largest word subtracts one; what was read before is read by then.
        self.readers.fetch_add(u64::MAX, Release);
        version
    }

    fn replace(&self, version: T) -> T {
        // Acquire: with the release of the one who has read.
        let is_read = self.readers.load(Acquire) != 0;
        let (old, lingered) = self.versions.with(|(current, before)| {
            let old = std::mem::replace(current, version);
            let lingered = std::mem::replace(before, is_read.then(|| old.clone()));
            (old, lingered)
        });
        drop(lingered);
        old
    }
}

/// For versions of every type.
pub struct AnyLingers;

impl<P: Platform> AnyVars<P> for AnyLingers {
    type Of<T: Clone + Send + Sync + 'static> = Lingers<P, T>;
}

/// `uncached` with it.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, AnyLingers>;
