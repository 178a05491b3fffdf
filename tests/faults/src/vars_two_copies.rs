//! A vars cell with two copies of the pointer, written one after the other; readers look at different ones.
//!
//! The kind *two observers*: each reader alone sees nothing wrong, but one may see a version and then, when it has
//! responded, the other one the version before. Smallest trigger: one write and two readers.

use super::seat;
use super::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::VarsCell;
use contextvars::platform::{Lock, Platform};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The copies.
pub struct TwoCopies<P: Platform, T: Send + 'static> {
    copies: [P::Lock<T>; 2],
}

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for TwoCopies<P, T> {
    fn new(version: T) -> Self {
        let copy = |version| P::Lock::new("context.copy", version);
        TwoCopies { copies: [copy(version.clone()), copy(version)] }
    }

    fn load(&self) -> T {
        self.copies[seat::mine() % 2].with(|version| version.clone())
    }

    fn replace(&self, version: T) -> T {
        let again = version.clone();
        let old = self.copies[0].with(|old| std::mem::replace(old, again));
        // The same version as `old`, dropped outside the lock.
        drop(self.copies[1].with(|old| std::mem::replace(old, version)));
        old
    }
}

/// Makes them.
pub struct Two;

impl<P: Platform> AnyVars<P> for Two {
    type Of<T: Clone + Send + Sync + 'static> = TwoCopies<P, T>;
}

/// `uncached` with this cell.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, Two>;
