//! The model beside a run: every operation is compared as it ends.

use super::difference::{Difference, Mismatch};
use super::reads::{Permitted, Reads};
use super::value::ValueHeap;
use crate::limit;
use contextvars::core::{Context, Design};
use contextvars_model::{Observation, Op, Ret, Specs, State, ThreadId, Val, step_observed};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The model beside a run.
pub(super) struct Lockstep<D: Design> {
    state: RefCell<State>,
    seen: Cell<usize>,
    mismatch: RefCell<Option<Mismatch>>,
    operations: Cell<u64>,
    spawned: RefCell<Vec<(ThreadId, Option<Context<D>>)>>,
}

impl<D: Design> Lockstep<D> {
    /// A run that has not begun.
    pub(super) fn new(specs: &Arc<Specs>) -> Lockstep<D> {
        Lockstep {
            state: RefCell::new(State::new(Arc::clone(specs))),
            seen: Cell::new(0),
            mismatch: RefCell::new(None),
            operations: Cell::new(0),
            spawned: RefCell::new(Vec::new()),
        }
    }

    /// Whether there is nothing to compare any more.
    pub(super) fn is_over(&self) -> bool {
        limit::has_cut() || self.mismatch.borrow().is_some() || self.state.borrow().unspecified.is_some()
    }

    /// The parallel threads begin.
    pub(super) fn fork(&self, threads: u16) {
        self.state.borrow_mut().fork(threads);
    }

    /// What the thread that goes on has seen so far.
    pub(super) fn has_seen(&self, observations: usize) {
        self.seen.set(observations);
    }

    /// The threads that were spawned since it was last asked, and the contexts that they start in a copy of.
    pub(super) fn take_spawned(&self) -> Vec<(ThreadId, Option<Context<D>>)> {
        self.spawned.take()
    }

    /// What came of it: the first difference, why the specification leaves the rest open, and the operations compared.
    pub(super) fn result(&self) -> (Option<Mismatch>, Option<&'static str>, u64) {
        let unspecified = self.state.borrow().unspecified;
        (self.mismatch.take(), unspecified, self.operations.get())
    }

    pub(super) fn spawn(&self, thread: ThreadId, start_in: Option<Context<D>>) {
        self.spawned.borrow_mut().push((thread, start_in));
    }

    /// Takes the same step with the model.
    pub(super) fn compare(
        &self,
        thread: ThreadId,
        op: &Op,
        ret: &Ret,
        seen: &[Observation],
        world: &ValueHeap,
        reads: Reads,
    ) {
        if self.is_over() {
            return;
        }
        let mut state = self.state.borrow_mut();
        let permitted = Permitted::before(&state, thread, op, reads);
        let answer = step_observed(&mut state, thread, op, Some(ret));
        let observed = std::mem::take(&mut state.seen);
        if state.unspecified.is_some() {
            return;
        }
        self.operations.set(self.operations.get() + 1);
        let live = || world.live();
        let difference = if answer != *ret {
            Some(Difference::Answer(answer, ret.clone()))
        } else if observed != seen[self.seen.get()..] {
            Some(Difference::Seen(observed, seen[self.seen.get()..].to_vec()))
        } else if !world.is_live(&state.live) {
            Some(Difference::Live(state.live.iter().copied().collect(), live()))
        } else {
            permitted.after(&state, thread, op, &seen[self.seen.get()..])
        };
        *self.mismatch.borrow_mut() = difference.map(|difference| Mismatch { thread, op: *op, difference });
        self.seen.set(seen.len());
    }

    /// When every handle is gone and every circle broken, what still exists is what the ends of threads gave up.
    pub(super) fn compare_the_rest(&self, left: &[Val]) {
        if self.is_over() {
            return;
        }
        let state = self.state.borrow();
        let bound = state.abandoned.iter().flat_map(|ctx| &state.contexts[ctx].map);
        let given_up: BTreeSet<Val> =
            bound.flat_map(|(var, &value)| [Some(value), state.vars[var]].into_iter().flatten()).collect();
        if !given_up.iter().eq(left) {
            let difference = Difference::Live(given_up.into_iter().collect(), left.to_vec());
            *self.mismatch.borrow_mut() = Some(Mismatch { thread: ThreadId(0), op: Op::End, difference });
        }
    }
}
