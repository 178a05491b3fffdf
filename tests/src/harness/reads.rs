//! What code inside the allocator reads during an operation, and what it may get.
//!
//! Such a read changes nothing in the model. An operation changes a binding in one step, so what is read is what the
//! model binds before the operation or after it. Two kinds of operations have states in between, which the model does
//! not show:
//!
//! - the end of a thread leaves its contexts one by one: a binding in any of them is right, and so is the default;
//! - user code inside an operation sets: then right is what was or is bound in any context that the thread is inside or
//!   enters, the default, and what is set. A variable that is reset meanwhile, by user code or around it, is not
//!   judged.

use super::difference::Difference;
use contextvars_model::{CtxId, Observation, Op, Ret, State, ThreadId, Val, VarId};
use std::collections::{BTreeMap, BTreeSet};

/// What was read during an operation.
#[derive(Default)]
pub(super) struct Reads {
    /// Variables and what they were bound to.
    pub(super) got: BTreeSet<(VarId, Option<Val>)>,
    /// What was wrong with a read, if it came to no answer.
    pub(super) failure: Option<String>,
    /// How many reads are under way, each inside the one before.
    pub(super) depth: usize,
}

/// What a variable is bound to in a state of the model, as one thread sees it.
#[derive(Default)]
struct Bound {
    /// In its current context.
    now: BTreeSet<Option<Val>>,
    /// In any context that it is inside, or in none.
    anywhere: BTreeSet<Option<Val>>,
}

/// What an operation may let the variables that were read be bound to.
pub(super) struct Permitted {
    reads: Reads,
    bound: BTreeMap<VarId, Bound>,
}

impl Permitted {
    /// Takes what was read during an operation that the model performs next.
    pub(super) fn before(state: &State, thread: ThreadId, op: &Op, reads: Reads) -> Permitted {
        let bound = reads.got.iter().map(|&(var, _)| (var, Bound::default())).collect();
        let mut permitted = Permitted { reads, bound };
        permitted.look(state, thread, if let Op::Enter { ctx } = op { Some(*ctx) } else { None });
        permitted
    }

    /// Adds what is bound in this state, and in a context that is about to be entered.
    fn look(&mut self, state: &State, thread: ThreadId, entered: Option<CtxId>) {
        let stack = state.threads.get(&thread).map(|own| own.stack.clone()).unwrap_or_default();
        for (var, bound) in &mut self.bound {
            let Some(&default) = state.vars.get(var) else { continue };
            let within = |ctx: &CtxId| state.contexts.get(ctx)?.map.get(var).copied();
            bound.now.insert(stack.last().and_then(within).or(default));
            bound.anywhere.insert(default);
            bound.anywhere.extend(stack.iter().chain(&entered).filter_map(within).map(Some));
        }
    }

    /// The first read that is wrong, when the model has performed the operation, too, and shows what user code did.
    pub(super) fn after(
        mut self,
        state: &State,
        thread: ThreadId,
        op: &Op,
        seen: &[Observation],
    ) -> Option<Difference> {
        if let Some(failure) = self.reads.failure {
            return Some(Difference::ReadFailed(failure));
        }
        self.look(state, thread, None);
        let inside: Vec<&Op> =
            seen.iter().filter_map(|o| o.op.as_ref()).filter(|(_, ret)| *ret == Ret::Done).map(|(op, _)| op).collect();
        let changes = |op: &Op| matches!(op, Op::Set { .. } | Op::Reset { .. });
        let several = *op == Op::End || inside.iter().any(|op| changes(op));
        for (var, got) in self.reads.got {
            let bound = &self.bound[&var];
            let mut permitted = bound.now.clone();
            if several {
                let all = || inside.iter().copied().chain([op]);
                if all().any(|op| matches!(op, Op::Reset { var: v, .. } if *v == var)) {
                    continue;
                }
                permitted.extend(&bound.anywhere);
                permitted.extend(all().filter_map(|op| match op {
                    Op::Set { var: v, value, .. } if *v == var => Some(Some(*value)),
                    _ => None,
                }));
            }
            // The model's variables are those that the thread holds; one that it does not know is not judged.
            if !permitted.is_empty() && !permitted.contains(&got) {
                return Some(Difference::Read { var, permitted: permitted.into_iter().collect(), got });
            }
        }
        None
    }
}
