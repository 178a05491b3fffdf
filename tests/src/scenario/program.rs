//! The type itself: steps, programs, scenarios.

use contextvars_model::{CtxId, Op, Ret, Specs, ValueSpec};
use std::sync::Arc;

/// One step of a thread's program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// One operation, with the answer that the specification's authority gives, where the scenario states it.
    Do(Op, Option<Ret>),
    /// A scope: the body runs inside the context, which is left also when the body panics. If the context cannot be
    /// entered the body is skipped. A panic is caught right outside the scope.
    Run {
        /// The context entered.
        ctx: CtxId,
        /// What runs inside.
        body: Vec<Step>,
        /// Whether the body ends in a panic.
        panics: bool,
    },
}

/// A program of one parallel thread.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Program {
    /// Whether it waits for a [`Op::Spawn`]; otherwise it starts with the parallel part, without a context.
    pub spawned: bool,
    /// Its steps. [`Op::End`] is implied.
    pub steps: Vec<Step>,
}

/// A scenario.
///
/// Thread 0 runs `init` alone; then all it holds is given to the threads 1, 2, …, which run in parallel; each ends with
/// [`Op::End`], which hands what it holds to thread 0; then thread 0 runs `post` and ends.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Scenario {
    /// Its name: letters, digits and `-`.
    pub name: String,
    /// What thread 0 does first.
    pub init: Vec<Step>,
    /// What threads 1, 2, … do; at most [`Scenario::MAX_THREADS`].
    pub threads: Vec<Program>,
    /// What thread 0 does last.
    pub post: Vec<Step>,
    /// How values and watchers behave.
    pub specs: Arc<Specs>,
    /// Whether code inside the allocator reads: whenever an operation takes or gives back memory, every variable that
    /// its thread holds. The sequential engine does that; the others run the scenario without.
    pub allocator_reads: bool,
}

impl Scenario {
    /// Parallel threads at most.
    pub const MAX_THREADS: usize = 16;

    /// Values that hold something, at most. They may hold each other in a chain, which dies by a recursion, and the
    /// stacks of threads under loom and shuttle are small.
    pub const MAX_HOLDERS: usize = 32;

    /// The same without the answers that it states, for orders of the steps in which they need not hold.
    #[must_use]
    pub fn without_answers(&self) -> Scenario {
        fn strip(steps: &mut [Step]) {
            for step in steps {
                match step {
                    Step::Do(_, answer) => *answer = None,
                    Step::Run { body, .. } => strip(body),
                }
            }
        }
        let mut scenario = self.clone();
        strip(&mut scenario.init);
        scenario.threads.iter_mut().for_each(|program| strip(&mut program.steps));
        strip(&mut scenario.post);
        scenario
    }

    /// Whether a program, or user code in values and watchers, performs an operation of this kind.
    pub fn any(&self, is: &dyn Fn(&Op) -> bool) -> bool {
        let mut any = false;
        self.each(&mut |op| any |= is(op));
        any
    }

    /// Shows every operation of the programs, those of scopes' bodies too, and of user code in values and watchers.
    pub fn each(&self, show: &mut dyn FnMut(&Op)) {
        let all = [&self.init, &self.post].into_iter().chain(self.threads.iter().map(|program| &program.steps));
        all.flatten().for_each(|step| step.each(show));
        let code = self.specs.values.values().flat_map(ValueSpec::code).chain(self.specs.watchers.values());
        code.flat_map(|code| &code.ops).for_each(show);
    }

    /// The number of operations in all programs, `run` counting as two.
    pub fn operations(&self) -> usize {
        let all = [&self.init, &self.post].into_iter().chain(self.threads.iter().map(|t| &t.steps));
        all.map(|steps| steps.iter().map(Step::operations).sum::<usize>()).sum()
    }
}

impl Step {
    /// The number of operations of the step.
    pub fn operations(&self) -> usize {
        match self {
            Step::Do(..) => 1,
            Step::Run { body, .. } => 2 + body.iter().map(Step::operations).sum::<usize>(),
        }
    }

    fn each(&self, show: &mut dyn FnMut(&Op)) {
        match self {
            Step::Do(op, _) => show(op),
            Step::Run { body, .. } => body.iter().for_each(|step| step.each(show)),
        }
    }

    /// Whether it performs an operation of this kind.
    pub fn any(&self, is: &dyn Fn(&Op) -> bool) -> bool {
        match self {
            Step::Do(op, _) => is(op),
            Step::Run { body, .. } => body.iter().any(|step| step.any(is)),
        }
    }
}
