//! A vars cell in which a reader that finds another one inside takes what that one has read.
//!
//! The kinds *real time* and *three threads*: what the first reader has read may be older than a write that responded
//! before the second one came. Smallest trigger: a reader that stands in the cell, a write, and another reader.

use super::swap::{AnyVars, WithVars};
use contextvars::core::UncachedDesign;
use contextvars::parts::vars::VarsCell;
use contextvars::platform::{Lock, Platform};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

struct State<T> {
    version: T,
    read: Option<T>,
    readers: u32,
}

/// The version, what the readers inside have read, and how many they are.
pub struct ReadJoined<P: Platform, T: Send + 'static>(P::Lock<State<T>>);

impl<P: Platform, T: Clone + Send + 'static> VarsCell<P, T> for ReadJoined<P, T> {
    fn new(version: T) -> Self {
        ReadJoined(P::Lock::new("context.vars", State { version, read: None, readers: 0 }))
    }

    fn load(&self) -> T {
        let version = self.0.with(|state| {
            state.readers += 1;
            state.read.get_or_insert_with(|| state.version.clone()).clone()
        });
        let given_up = self.0.with(|state| {
            state.readers -= 1;
            if state.readers == 0 { state.read.take() } else { None }
        });
        drop(given_up);
        version
    }

    fn replace(&self, version: T) -> T {
        self.0.with(|state| std::mem::replace(&mut state.version, version))
    }
}

/// Makes them.
pub struct Joined;

impl<P: Platform> AnyVars<P> for Joined {
    type Of<T: Clone + Send + Sync + 'static> = ReadJoined<P, T>;
}

/// `uncached` with this cell.
pub type Faulty = WithVars<UncachedDesign<SelectedPlatform, Tracked>, Joined>;
