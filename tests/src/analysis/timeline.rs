//! The operations of a traced execution, as intervals and as a history.
//!
//! Invocations and responses are counted as the platform's clock counts them, so that the operations which a checker
//! names are found again by their times.

use crate::platform::trace::{Event, Traced};
use contextvars_model::history::{History, Operation};
use contextvars_model::{Op, Ret, Specs, ThreadId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An operation of the trace.
#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub(super) thread: ThreadId,
    pub(super) op: Op,
    pub(super) ret: Option<Ret>,
    /// The clock at the invocation.
    pub(super) invoked: u64,
    /// The clock at the response.
    pub(super) responded: Option<u64>,
    /// How many operations of its thread it lies inside of.
    pub(super) depth: usize,
}

/// A traced execution by operations.
pub(super) struct Timeline {
    /// In the order of their invocations.
    pub(super) operations: Vec<Spanned>,
    /// For each event the operation it belongs to: the innermost one that is open.
    pub(super) of: Vec<Option<usize>>,
    /// Where the parallel part begins: the number of operations before it.
    pub(super) init: usize,
}

impl Timeline {
    pub(super) fn new(trace: &[Traced]) -> Timeline {
        let mut operations: Vec<Spanned> = Vec::new();
        let mut of = Vec::new();
        let mut open: BTreeMap<ThreadId, Vec<usize>> = BTreeMap::new();
        let (mut clock, mut init) = (0, None);
        for Traced { thread, event } in trace {
            let open = open.entry(*thread).or_default();
            match event {
                Event::Invoke(op) => {
                    clock += 1;
                    if *thread != ThreadId(0) {
                        init = init.or(Some(operations.len()));
                    }
                    of.push(Some(operations.len()));
                    open.push(operations.len());
                    operations.push(Spanned {
                        thread: *thread,
                        op: *op,
                        ret: None,
                        invoked: clock,
                        responded: None,
                        depth: open.len() - 1,
                    });
                }
                Event::Respond(ret) => {
                    clock += 1;
                    let operation = open.pop();
                    of.push(operation);
                    if let Some(operation) = operation {
                        let operation = &mut operations[operation];
                        (operation.ret, operation.responded) = (Some(ret.clone()), Some(clock));
                    }
                }
                Event::Access { .. } => of.push(open.last().copied()),
            }
        }
        let init = init.unwrap_or(operations.len());
        Timeline { operations, of, init }
    }

    /// The operations as a history: the index of each in [`Timeline::operations`] less [`Timeline::init`].
    pub(super) fn history(&self, threads: u16, specs: &Arc<Specs>) -> History {
        let operation = |spanned: &Spanned| Operation {
            thread: spanned.thread,
            op: spanned.op,
            ret: spanned.ret.clone().unwrap_or(Ret::Done),
            invoked: spanned.invoked,
            responded: spanned.responded.unwrap_or(u64::MAX),
        };
        let (init, rest) = self.operations.split_at(self.init);
        History {
            threads,
            specs: Arc::clone(specs),
            init: init.iter().map(operation).collect(),
            operations: rest.iter().map(operation).collect(),
        }
    }

    /// Where an operation that a checker named is: by its time, else the last one that looks alike.
    pub(super) fn find(&self, wanted: &Operation) -> Option<usize> {
        let alike = |spanned: &Spanned| spanned.thread == wanted.thread && spanned.op == wanted.op;
        let by_time = self.operations.iter().position(|spanned| alike(spanned) && spanned.invoked == wanted.invoked);
        let same = |spanned: &Spanned| alike(spanned) && spanned.ret.as_ref() == Some(&wanted.ret);
        by_time.or_else(|| self.operations.iter().rposition(same))
    }
}
