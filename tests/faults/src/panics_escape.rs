//! The panic of a dying value or of a watcher leaves the operation that ran it.
//!
//! This library before issue 14 of this project: the token of a `set` was lost with the panic, a `run` whose watcher
//! panicked left its context entered for ever, and a second panic, while the thread unwound already, ended the process.
//! Catalogue A22 is CPython's neighbour: a watcher that loses its caller's error.

use super::swap::WithContainment;
use contextvars::core::UncachedDesign;
use contextvars::parts::containment::{Contained, Containment};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Contains nothing. Where the thread unwinds already it does, because that would end the process: the first panic
/// shows the fault.
pub struct Escaping;

impl Containment for Escaping {
    const ROUNDS_AT_END: u32 = Contained::ROUNDS_AT_END;
    const ENDS_WITH_BODY: bool = Contained::ENDS_WITH_BODY;

    fn contain(body: impl FnOnce()) {
        match catch_unwind(AssertUnwindSafe(body)) {
            Err(panic) if !std::thread::panicking() => resume_unwind(panic),
            _ => {}
        }
    }
}

/// `uncached` with this.
pub type Faulty = WithContainment<UncachedDesign<SelectedPlatform, Tracked>, Escaping>;
