//! What [`Replay`](super::replay::Replay) makes of a history: steps, visits, writes and the objects they act on.

use contextvars_model::history::Operation;
use contextvars_model::{CtxId, Error, IterId, Ret, ThreadId, TokId, Val, VarId};
use std::collections::BTreeMap;

/// The end of what has not ended.
pub(super) const NEVER: u64 = u64::MAX;

/// One operation and where it was performed.
pub(super) struct Step<'a> {
    /// The operation.
    pub(super) of: &'a Operation,
    /// When it was invoked; the operations of `init` come before all others.
    pub(super) start: u64,
    /// When it had taken effect.
    pub(super) end: u64,
    /// When it had responded.
    pub(super) responded: u64,
    /// The current context of its thread when it began.
    pub(super) current: Option<usize>,
    /// The context it reads or writes: the current one (the implicit one that it creates included) or the one named.
    pub(super) subject: Option<usize>,
    /// Whether its thread is inside that context.
    pub(super) inside: bool,
    /// Writes in that context invoked before: if its thread is inside, that is the version it finds.
    pub(super) version: usize,
}

impl Step<'_> {
    /// Its thread.
    pub(super) fn thread(&self) -> ThreadId {
        self.of.thread
    }

    /// Whether it never responded.
    pub(super) fn pending(&self) -> bool {
        self.responded == NEVER
    }

    /// Whether it answered this.
    pub(super) fn answers(&self, ret: &Ret) -> bool {
        !self.pending() && self.of.ret == *ret
    }

    /// Whether it failed so.
    pub(super) fn fails(&self, error: Error) -> bool {
        self.answers(&Ret::Err(error))
    }

    /// Whether it succeeded, if `Done` is success.
    pub(super) fn done(&self) -> bool {
        self.answers(&Ret::Done)
    }
}

/// A stay of a thread in a context.
pub(super) struct Visit {
    /// Whose.
    pub(super) thread: ThreadId,
    /// The step that began it.
    pub(super) enter: usize,
    /// The step that ended it.
    pub(super) exit: Option<usize>,
}

/// What a write does to its variable.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// Binds it.
    Bind(Val),
    /// Restores what it was before that write of the same context.
    Restore(usize),
}

/// A successful set or reset.
pub(super) struct Write {
    /// The step.
    pub(super) step: usize,
    /// The variable's index.
    pub(super) var: usize,
    /// What it does.
    pub(super) change: Change,
}

/// Where the contents of a copy come from.
#[derive(Clone, Copy)]
pub(super) struct Source {
    /// The context copied.
    pub(super) ctx: usize,
    /// The version, if the copying thread was inside.
    pub(super) version: Option<usize>,
}

/// A context object.
pub(super) struct Ctx {
    /// Its name.
    pub(super) id: CtxId,
    /// The step that made it.
    pub(super) made: usize,
    /// What it is a copy of.
    pub(super) source: Option<Source>,
    /// Its visits in time order.
    pub(super) visits: Vec<Visit>,
    /// Its writes in time order.
    pub(super) writes: Vec<Write>,
    /// When each value was first bound to each variable.
    pub(super) bound: BTreeMap<(usize, Val), u64>,
    /// Steps that read it by name, or as the current one.
    pub(super) reads: Vec<usize>,
    /// Whether two visits overlap, so that the order of the writes is unknown.
    pub(super) overlap: bool,
}

/// A token.
pub(super) struct Token {
    /// Its name.
    pub(super) id: TokId,
    /// Its variable.
    pub(super) var: VarId,
    /// Its context.
    pub(super) ctx: usize,
    /// The write that made it: its index among the writes of the context.
    pub(super) write: usize,
}

/// An iterator.
pub(super) struct Iter {
    /// Its name.
    pub(super) id: IterId,
    /// The step that started it.
    pub(super) made: usize,
    /// Its deliveries.
    pub(super) nexts: Vec<usize>,
}
