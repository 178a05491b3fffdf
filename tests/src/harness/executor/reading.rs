//! What code inside the allocator does while a thread of a scenario calls the library: it reads.

use super::Executor;
use crate::allocator;
use crate::explore::panic_message;
use crate::harness::value::Tracked;
use crate::platform::TestPlatform;
use contextvars::core::Design;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A read that takes memory causes further reads. More of them inside each other are taken to go on without end.
const DEEPEST: usize = 8;

impl<D> Executor<D>
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    /// Runs what calls the library; meanwhile the allocator reads, where the scenario says so.
    pub(super) fn in_library<R>(&self, call: impl FnOnce() -> R) -> R {
        if self.lockstep.is_some() && self.shared.scenario.allocator_reads {
            allocator::calling(allocator_reads::<D>, call)
        } else {
            call()
        }
    }

    /// Reads every variable that this thread holds, also inside such reads. Where these do not end, it ends them.
    fn read_all(&self) {
        // Where the names are being changed the memory is the harness's own.
        let Ok(handles) = self.handles.try_borrow() else { return };
        let vars: Vec<_> = handles.vars().map(|(id, var)| (id, var.clone())).collect();
        drop(handles);
        let mut reads = self.reads.borrow_mut();
        if reads.depth >= DEEPEST && reads.failure.is_none() {
            reads.failure = Some(format!("reads run more than {DEEPEST} deep inside each other"));
        }
        if reads.failure.is_some() {
            return;
        }
        reads.depth += 1;
        drop(reads);
        let read =
            |var| allocator::calling(allocator_reads::<D>, || self.state.get(var, None, |got| got.map(Tracked::id)));
        let got = catch_unwind(AssertUnwindSafe(|| vars.iter().map(|(id, var)| (*id, read(var))).collect::<Vec<_>>()));
        let mut reads = self.reads.borrow_mut();
        reads.depth -= 1;
        match got {
            Ok(got) => reads.got.extend(got),
            Err(panic) => reads.failure = Some(format!("it panicked: {}", panic_message(&*panic))),
        }
    }
}

/// What is hooked into the allocator: the acting thread reads.
fn allocator_reads<D>()
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    if let Some(actor) = D::Platform::actor()
        && let Some(executor) = actor.as_any().downcast_ref::<Executor<D>>()
    {
        executor.read_all();
    }
}
