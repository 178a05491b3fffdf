//! One thread inside a context that binds some variables: where programs begin.

use super::Sample;
use contextvars::core::{Context, Runtime, Sound, ThreadState, Variable};
use contextvars::parts::cache::Cache;
use contextvars::platform::Std;
use std::hint::black_box;
use std::sync::Arc;

/// The design that is sound but perhaps for its cache, on real threads.
pub(super) type On<C> = Sound<Std, Sample, C>;

/// So many new variables.
pub(super) fn variables<C: Cache<Std, Sample>>(runtime: &Arc<Runtime<On<C>>>, count: usize) -> Vec<Variable<On<C>>> {
    (0..count).map(|n| Variable::new(runtime, format!("v{n}"), None)).collect()
}

/// A context that binds the variables to values that are named from `first` on. It was made in a thread that has ended
/// since, so no cache has anything of it.
pub(super) fn context<C: Cache<Std, Sample>>(
    runtime: &Arc<Runtime<On<C>>>,
    variables: &[Variable<On<C>>],
    first: usize,
) -> Context<On<C>> {
    let (maker, context) = (ThreadState::start(runtime), Context::new());
    maker.enter(&context).expect("nobody is inside a new context");
    for (n, variable) in variables.iter().enumerate() {
        drop(maker.set(variable, Sample::named(first + n)));
    }
    maker.exit(&context).expect("entered above");
    context
}

/// Reads a variable as a program does: looks at the value.
#[inline]
pub(super) fn read<C: Cache<Std, Sample>>(thread: &ThreadState<On<C>>, variable: &Variable<On<C>>) {
    black_box(thread.get(black_box(variable), None, |value| value.map(Sample::number)));
}

/// One thread inside a context that binds all variables.
pub(super) struct Fixture<C: Cache<Std, Sample>> {
    pub(super) thread: ThreadState<On<C>>,
    pub(super) variables: Vec<Variable<On<C>>>,
    next: usize,
}

impl<C: Cache<Std, Sample>> Fixture<C> {
    pub(super) fn new(count: usize) -> Self {
        let runtime = Runtime::new();
        let variables = variables(&runtime, count);
        let thread = ThreadState::start_in_copy(&runtime, &context(&runtime, &variables, 0));
        Fixture { thread, variables, next: 0 }
    }

    /// The number of the next variable, round robin.
    #[inline]
    pub(super) fn turn(&mut self) -> usize {
        let turn = self.next;
        self.next = if turn + 1 == self.variables.len() { 0 } else { turn + 1 };
        turn
    }

    /// Reads every variable once.
    pub(super) fn read_all(&self) {
        self.variables.iter().for_each(|variable| read(&self.thread, variable));
    }
}
