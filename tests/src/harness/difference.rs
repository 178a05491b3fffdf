//! Where a run in lockstep and the model part.

use contextvars_model::{Observation, Op, Ret, ThreadId, Val, VarId};

/// Where the implementation and the model part.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// The thread.
    pub thread: ThreadId,
    /// Its operation.
    pub op: Op,
    /// What differs.
    pub difference: Difference,
}

/// What differs.
#[derive(Clone, Debug)]
pub enum Difference {
    /// The answer: the model's and the implementation's.
    Answer(Ret, Ret),
    /// What user code saw: the model's and the implementation's.
    Seen(Vec<Observation>, Vec<Observation>),
    /// The values that exist: the model's and the implementation's.
    Live(Vec<Val>, Vec<Val>),
    /// What code inside the allocator read of a variable: what the model permits, and what it got.
    Read {
        /// The variable.
        var: VarId,
        /// What it may be bound to.
        permitted: Vec<Option<Val>>,
        /// What was read.
        got: Option<Val>,
    },
    /// Such a read came to no answer: what was wrong.
    ReadFailed(String),
}
