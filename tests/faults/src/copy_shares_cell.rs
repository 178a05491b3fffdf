//! A copy that is the live map instead of a snapshot.
//!
//! Catalogue C3 (PyPy's views on the context instead of snapshots), B29. The copy's cell is the source's cell, so that
//! a later set in the source changes the copy.

use super::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::{LockedVars, VarsCell};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::any::Any;
use std::cell::RefCell;
use std::sync::{Arc, Weak};

/// A cell that may be another one's.
pub struct SharedVars<P: Platform, T: Send + 'static>(Arc<LockedVars<P, T>>);

thread_local! {
    /// The cell read last: `Context::copy` reads the source's cell and then makes the copy's. Weak: a cell must not
    /// outlive its run.
    static LAST_READ: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for SharedVars<P, T> {
    fn new(version: T) -> Self {
        let weak = LAST_READ.take().and_then(|cell| cell.downcast_ref::<Weak<LockedVars<P, T>>>().cloned());
        let source = weak.and_then(|weak| weak.upgrade());
        SharedVars(source.unwrap_or_else(|| Arc::new(VarsCell::<P, T>::new(version))))
    }

    fn load(&self) -> T {
        let version = self.0.load();
        LAST_READ.set(Some(Box::new(Arc::downgrade(&self.0))));
        version
    }

    fn replace(&self, version: T) -> T {
        LAST_READ.set(None);
        self.0.replace(version)
    }
}

/// Makes them.
pub struct Sharing;

impl<P: Platform> AnyVars<P> for Sharing {
    type Of<T: Clone + Send + Sync + 'static> = SharedVars<P, T>;
}

/// `uncached` with this cell.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, Sharing>;
