//! The sequence lock of `slot-array` with one of its steps left out or weakened: what each of them is for.
//!
//! Those that concern orderings and fences show under loom only: shuttle explores no weaker memory, and the processors
//! that this is usually run on do not reorder these accesses.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::platform::Ordering;
use contextvars_check::designs::slot_array::{SlotArray, Steps};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// A write that begins after the first reading goes unnoticed.
pub struct NoRecheck;
impl Steps for NoRecheck {
    const RECHECKS: bool = false;
}

/// A write that has begun before the first reading, and does not end before the second, goes unnoticed.
pub struct ReadsWhileWritten;
impl Steps for ReadsWhileWritten {
    const SEES_WRITERS: bool = false;
}

/// The number of a finished write is seen, but not all of its fields.
pub struct OpensRelaxed;
impl Steps for OpensRelaxed {
    const OPEN: Ordering = Ordering::Relaxed;
}

/// The same from the other side.
pub struct ClosesRelaxed;
impl Steps for ClosesRelaxed {
    const CLOSE: Ordering = Ordering::Relaxed;
}

/// A field of a write is seen, and then the number that was there before it.
pub struct NoReaderFence;
impl Steps for NoReaderFence {
    const READER_FENCE: bool = false;
}

/// The same from the other side.
pub struct NoWriterFence;
impl Steps for NoWriterFence {
    const WRITER_FENCE: bool = false;
}

/// The link of a freed entry stands beside the thread and the version of its last use.
pub struct ClearsValueOnly;
impl Steps for ClearsValueOnly {
    const CLEARS_THREAD: bool = false;
}

/// `slot-array` with the steps `S`.
pub type Faulty<S> = WithCache<UncachedDesign<SelectedPlatform, Tracked>, SlotArray<S, 4>>;
