//! Hand-written histories.

use contextvars_model::Op::{self, *};
use contextvars_model::Ret::{self, Done, Value};
use contextvars_model::history::{History, Operation};
use contextvars_model::{CtxId, IterId, ThreadId, TokId, Val, VarId};

pub(crate) const V0: VarId = VarId(0);
pub(crate) const V1: VarId = VarId(1);
pub(crate) const C0: CtxId = CtxId(0);
pub(crate) const C1: CtxId = CtxId(1);
pub(crate) const C2: CtxId = CtxId(2);
pub(crate) const T0: TokId = TokId(0);
pub(crate) const I0: IterId = IterId(0);

pub(crate) fn get(var: VarId) -> Op {
    Get { var, fallback: None }
}

pub(crate) fn set(var: VarId, value: u32) -> Op {
    Set { var, value: Val(value), token: None }
}

pub(crate) fn set_with(var: VarId, value: u32, token: TokId) -> Op {
    Set { var, value: Val(value), token: Some(token) }
}

pub(crate) fn val(value: u32) -> Ret {
    Value(Val(value))
}

/// Init makes v0, v1 (default 9), c0 and c1; then each line happens after the one before it: thread, operation, answer.
pub(crate) fn told<const N: usize>(lines: [(u16, Op, Ret); N]) -> History {
    let init = [
        NewVar { var: V0, default: None },
        NewVar { var: V1, default: Some(Val(9)) },
        NewContext { ctx: C0 },
        NewContext { ctx: C1 },
    ];
    let line = |(index, (thread, op, ret)): (usize, (u16, Op, Ret))| Operation {
        thread: ThreadId(thread),
        op,
        ret,
        invoked: 10 * index as u64,
        responded: 10 * index as u64 + 5,
    };
    History {
        threads: 3,
        init: init.into_iter().map(|op| (0, op, Done)).enumerate().map(line).collect(),
        operations: lines.into_iter().enumerate().map(line).collect(),
        ..History::default()
    }
}

/// The history with an operation that lasts as long as those up to another one.
pub(crate) fn until(mut history: History, operation: usize, last: usize) -> History {
    history.operations[operation].responded = history.operations[last].responded + 1;
    history
}
