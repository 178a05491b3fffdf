//! A vars cell whose writer, if a reader is inside, leaves it to the last reader to publish what it wrote.
//!
//! The kind *real time*: the write responds before anybody can see it. Smallest trigger: one reader that stands in the
//! cell, a write, and another reader that comes after it.

use super::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::VarsCell;
use contextvars::platform::{Lock, Platform};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

struct State<T> {
    version: T,
    pending: Option<T>,
    readers: u32,
}

/// The version, the one to come, and the readers inside.
pub struct WrittenLate<P: Platform, T: Send + 'static>(P::Lock<State<T>>);

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for WrittenLate<P, T> {
    fn new(version: T) -> Self {
        WrittenLate(P::Lock::new("context.vars", State { version, pending: None, readers: 0 }))
    }

    fn load(&self) -> T {
        let version = self.0.with(|state| {
            state.readers += 1;
            state.version.clone()
        });
        let replaced = self.0.with(|state| {
            state.readers -= 1;
            let pending = if state.readers == 0 { state.pending.take() } else { None };
            pending.map(|pending| std::mem::replace(&mut state.version, pending))
        });
        drop(replaced);
        version
    }

    fn replace(&self, version: T) -> T {
        self.0.with(|state| {
            if state.readers == 0 {
                return std::mem::replace(&mut state.version, version);
            }
            state.pending.replace(version).unwrap_or_else(|| state.version.clone())
        })
    }
}

/// Makes them.
pub struct Late;

impl<P: Platform> AnyVars<P> for Late {
    type Of<T: Clone + Send + Sync + 'static> = WrittenLate<P, T>;
}

/// `uncached` with this cell.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, Late>;
