//! Numbers of few bits in what a cache compares: right up to a size, and wrong beyond it.
//!
//! Catalogue A2, neighbour faults. An entry is found by the slot alone, so that the variable that shares it hits; a
//! frame's number has four bits, so that the seventeenth enter of a thread is taken for the first; or it stops at 32.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache, PerThread, SLOTS};
use contextvars::platform::Platform;
use contextvars_check::designs::changed::{Change, Changed};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// A hit does not compare the variable: two that share a slot are one. Smallest trigger: 65 variables.
pub struct SlotAlone;

impl<P: Platform, V, C: Cache<P, V>> Change<P, V, C> for SlotAlone {
    fn seen(at: At) -> At {
        At { variable: at.variable % SLOTS as u64, ..at }
    }
}

/// Frames are numbered with four bits. Smallest trigger: 17 enters by one thread.
pub struct FourBitFrames;

impl<P: Platform, V, C: Cache<P, V>> Change<P, V, C> for FourBitFrames {
    fn frame(frame: u64) -> u64 {
        frame % 16
    }
}

/// The number of a frame stops at 32. Smallest trigger: 32 enters by one thread and one inside the last of them.
pub struct SaturatedFrames;

impl<P: Platform, V, C: Cache<P, V>> Change<P, V, C> for SaturatedFrames {
    fn frame(frame: u64) -> u64 {
        frame.min(32)
    }
}

/// `per-thread` with the change `X`.
pub type Faulty<X> = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Changed<PerThread, X>>;
