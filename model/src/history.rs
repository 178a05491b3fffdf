//! What a concurrent run leaves behind: its operations, when each was invoked and when it responded.
//!
//! Vocabulary of Herlihy & Wing, *Linearizability: a correctness condition for concurrent objects* (TOPLAS 1990).
//! Two orders restrict the order in which operations may have taken effect:
//! * **real time**: an operation that responded before another was invoked took effect before it;
//! * **program order**: the operations of one thread took effect in the order of their *invocations*. What user code
//!   performs (a drop, an equality, a clone, a watcher) is recorded as operations of its own whose intervals lie inside
//!   that of the operation that ran it; user code runs only when the outer effect is complete, so the outer one is
//!   first.

use crate::op::{CtxId, Error, Op, Ret, ThreadId};
use crate::state::{Specs, State};
use crate::step::step_observed;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// One operation of a concurrent run, with the times of its invocation and response: any monotone clock, only `<`
/// counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Operation {
    /// Who performed it.
    pub thread: ThreadId,
    /// What was performed.
    pub op: Op,
    /// What it answered; of no meaning while it is pending.
    pub ret: Ret,
    /// When it was invoked.
    pub invoked: u64,
    /// When it responded; `u64::MAX` if it never did. Such a pending operation has taken effect with any answer, or
    /// not.
    pub responded: u64,
}

impl Operation {
    /// Whether it never responded.
    pub fn is_pending(&self) -> bool {
        self.responded == u64::MAX
    }

    /// Whether it may have changed something: not if it only reads, nor if it failed. (A reset that is refused because
    /// of the context may have made the implicit one.)
    pub(crate) fn changes(&self) -> bool {
        let failed = matches!(self.ret, Ret::Err(error) if error != Error::OtherContext);
        self.is_pending() || !failed && !self.op.only_reads()
    }

    /// Real time: whether it responded before the other one was invoked.
    pub fn precedes(&self, other: &Operation) -> bool {
        self.responded < other.invoked
    }

    /// How it may come out here: with the recorded answer; if it is pending, with any, or (`None`) with no effect. Of
    /// those that change something, only [`Op::Next`] has an answer that the specification leaves open.
    pub(crate) fn outcomes(&self, state: &State) -> Vec<Option<Ret>> {
        let mut outcomes = vec![Some(self.ret.clone())];
        if self.is_pending() {
            outcomes.push(None);
            if let Op::Next { iter } = self.op {
                let iterator = state.iterators.get(&iter);
                let remaining = iterator.into_iter().flat_map(|i| &i.remaining);
                outcomes.extend(remaining.map(|(&var, &value)| Some(Ret::Item(Some((var, value))))));
            }
        }
        outcomes
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { thread, op, ret, invoked, responded } = self;
        let responded = if self.is_pending() { "never".to_owned() } else { responded.to_string() };
        write!(f, "{thread} [{invoked}, {responded}] {op:?} -> {ret:?}")
    }
}

/// The history of a run. Its scenario is well formed: every name is given to at most one object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// Number of parallel threads; [`State::fork`] gave them the handles of `init`.
    pub threads: u16,
    /// How values and watchers behave: which values are equal.
    pub specs: Arc<Specs>,
    /// What thread 0 did first, alone, in this order.
    pub init: Vec<Operation>,
    /// What the parallel threads did, and afterwards thread 0, in any order.
    pub operations: Vec<Operation>,
}

impl History {
    /// The state in which the parallel threads start; or else the first operation of `init` (its index) that the model
    /// would have answered otherwise, and how.
    pub fn start(&self) -> Result<State, (usize, Ret)> {
        let mut state = State::for_history(self.specs.clone());
        for (index, Operation { thread, op, ret, .. }) in self.init.iter().enumerate() {
            let answer = step_observed(&mut state, *thread, op, Some(ret));
            if answer != *ret {
                return Err((index, answer));
            }
        }
        state.fork(self.threads);
        Ok(state)
    }

    /// Program order: the indices of each thread's operations by invocation; of two invoked at the same time, the one
    /// that comes first in `operations`.
    pub fn lanes(&self) -> BTreeMap<ThreadId, Vec<usize>> {
        let mut lanes = BTreeMap::<ThreadId, Vec<usize>>::new();
        for (index, operation) in self.operations.iter().enumerate() {
            lanes.entry(operation.thread).or_default().push(index);
        }
        lanes.values_mut().for_each(|lane| lane.sort_by_key(|&i| self.operations[i].invoked));
        lanes
    }

    /// Whether one operation has to take effect before another, by real time or by program order.
    pub fn before(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.operations[one], &self.operations[other]);
        a.precedes(b) || a.thread == b.thread && (a.invoked, one) < (b.invoked, other)
    }

    /// The same history with every equality of contexts taken apart into what it promises: it pins one version of its
    /// left operand and later one of its right, never both at one moment (section 6 of `proofs-notes/semantics.md`), so
    /// that two contexts may compare equal which never were so at the same time. Each [`Op::Equal`] stays at its index
    /// and compares a copy, made within its interval by an operation appended at the end, and named by
    /// [`CtxId::pinned`].
    pub fn with_pinned_operands(&self) -> History {
        let mut split = self.clone();
        let mut pins = Vec::new();
        for operation in &mut split.operations {
            operation.invoked = operation.invoked.saturating_mul(2);
            operation.responded = operation.responded.saturating_mul(2).saturating_add(1);
            let refused = operation.ret == Ret::Err(Error::NoHandle);
            let (Op::Equal { left, .. }, false) = (&mut operation.op, refused) else { continue };
            let to = CtxId::pinned(pins.len());
            let op = Op::Copy { from: std::mem::replace(left, to), to };
            pins.push(Operation { op, ret: Ret::Done, ..operation.clone() });
            operation.invoked += 1;
        }
        split.operations.extend(pins);
        split
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.init.iter().try_for_each(|operation| writeln!(f, "{operation}"))?;
        let mut sorted: Vec<_> = self.operations.iter().collect();
        sorted.sort_by_key(|operation| operation.invoked);
        writeln!(f, "then {} parallel threads", self.threads)?;
        sorted.iter().try_for_each(|operation| writeln!(f, "{operation}"))
    }
}
