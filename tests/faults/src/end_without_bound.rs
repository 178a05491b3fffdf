//! A thread's end leaves contexts for as long as dying values set again.
//!
//! This library before issue 14 of this project: a value whose drop sets another of its kind kept the core's loop going
//! for ever, and overflowed the stack of the ambient layer. Catalogue B34 is the neighbour among maps: a drop without a
//! bound.

use super::swap::WithContainment;
use contextvars::core::UncachedDesign;
use contextvars::parts::containment::{Contained, Containment};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// Makes as many rounds as it takes.
pub struct WithoutBound;

impl Containment for WithoutBound {
    const ROUNDS_AT_END: u32 = u32::MAX;
    const ENDS_WITH_BODY: bool = Contained::ENDS_WITH_BODY;

    fn contain(body: impl FnOnce()) {
        Contained::contain(body);
    }
}

/// `uncached` with this.
pub type Faulty = WithContainment<UncachedDesign<SelectedPlatform, Tracked>, WithoutBound>;
