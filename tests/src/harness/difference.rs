//! Where a run in lockstep and the model part.

use crate::property::Property;
use crate::scenario::{OpText, RetText};
use contextvars_model::{Observation, Op, Ret, ThreadId, Val, VarId};
use std::fmt;

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

impl Mismatch {
    /// The property that it refutes, where no checker of a narrower one explains it.
    pub fn property(&self) -> Property {
        match self.difference {
            Difference::Answer(..) | Difference::Seen(..) | Difference::Read { .. } => Property::Api1,
            Difference::ReadFailed(_) => Property::Prog2,
            Difference::Live(..) => Property::Mem1,
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { thread, op, difference } = self;
        let op = OpText(op);
        match difference {
            Difference::Answer(model, got) => {
                let (model, got) = (RetText(model), RetText(got));
                write!(f, "{thread} performed `{op}` and got {got}, where the model answers {model}")
            }
            Difference::Seen(model, got) => {
                write!(f, "during `{op}` of {thread} user code saw {got:?}, where the model shows it {model:?}")
            }
            Difference::Read { var, permitted, got } => {
                write!(f, "during `{op}` of {thread} code inside the allocator read {var} and got {got:?}; ")?;
                write!(f, "the model permits {permitted:?}")
            }
            Difference::ReadFailed(failure) => {
                write!(f, "during `{op}` of {thread} code inside the allocator read a variable: {failure}")
            }
            Difference::Live(model, got) => {
                write!(f, "after `{op}` of {thread} the values {got:?} exist, where the model keeps {model:?}")
            }
        }
    }
}
