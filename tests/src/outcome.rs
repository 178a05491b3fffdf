//! What one execution of a scenario leaves behind: everything a checker may look at.

use contextvars_model::history::History;
use contextvars_model::{CtxId, Observation, Ret, ThreadId, Val};

/// One execution, over.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every operation with its answer, in real-time order where the engine knows one.
    pub history: History,
    /// What user code saw, thread by thread.
    pub seen: Vec<Observation>,
    /// Operations whose answer is not the one that the scenario states: index into `history.operations`, or into
    /// `history.init` for operations of `init`, and the answer stated.
    pub unexpected: Vec<Unexpected>,
    /// What became of the values.
    pub ledger: LedgerReport,
}

/// An answer that differs from the scenario's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unexpected {
    /// Whether the operation belongs to `init`.
    pub in_init: bool,
    /// Its index in that list.
    pub operation: usize,
    /// What the scenario states.
    pub expected: Ret,
}

/// What became of the values of one execution.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LedgerReport {
    /// Values that exist although every handle is gone.
    pub leaked: Vec<Val>,
    /// Values that were read after they had been dropped, and by which thread.
    pub reached_after_drop: Vec<(Val, ThreadId)>,
    /// Contexts that a thread entered although what the thread inside before had done does not happen before that. Only
    /// loom can tell.
    pub unordered: Vec<(ThreadId, CtxId)>,
    /// A thread in which user code ran without end: it was kept from performing more.
    pub runaway: Option<ThreadId>,
    /// The values that existed at the moments of the parallel part, and after it, at which nobody was inside an
    /// operation, as far as the engine knows such moments.
    pub quiet: Vec<Quiet>,
}

/// A moment at which nobody was inside an operation.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Quiet {
    /// The time: every operation has responded by then, or is invoked afterwards.
    pub at: u64,
    /// The values that existed, in order.
    pub live: Vec<Val>,
}
