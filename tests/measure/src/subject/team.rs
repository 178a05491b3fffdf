//! What several real threads do at once.

use super::fixture::{On, context, read, variables};
use super::operation::Program;
use super::value::Sample;
use contextvars::core::{Context, Runtime, ThreadState, Variable};
use contextvars::parts::cache::Cache;
use contextvars::platform::Std;
use serde::Serialize;
use std::sync::Arc;

/// What each thread does over and over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Reads one variable, the same for all, bound in a context and to a value of its own.
    SameVariable,
    /// Reads a variable of its own.
    DifferentVariables,
    /// Reads one variable whose value it inherited: all contexts are copies of one, so the value is the same object.
    InheritedValue,
    /// Nine reads of one variable, the same for all, and then a set of it.
    Mix,
    /// Nine reads of a variable of its own, and then a set of it.
    DifferentMix,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Pattern; 5] = [
        Pattern::SameVariable,
        Pattern::DifferentVariables,
        Pattern::InheritedValue,
        Pattern::Mix,
        Pattern::DifferentMix,
    ];

    /// What is said above a plot.
    pub fn title(self) -> &'static str {
        match self {
            Pattern::SameVariable => "same variable, own values",
            Pattern::DifferentVariables => "different variables",
            Pattern::InheritedValue => "same variable, one inherited value",
            Pattern::Mix => "same variable, 90% reads, 10% sets",
            Pattern::DifferentMix => "different variables, 90% reads, 10% sets",
        }
    }
}

/// Threads of one runtime.
pub trait Team: Send + Sync {
    /// The loop of one of them; one iteration is one operation. Called in the thread that runs it.
    fn worker(&self, index: usize) -> Program;
}

/// The team of a pattern.
pub(super) fn team<C: Cache<Std, Sample>>(pattern: Pattern) -> Box<dyn Team> {
    let runtime = Runtime::<On<C>>::new();
    let variable = Variable::new(&runtime, "common", None);
    let inherited = context(&runtime, std::slice::from_ref(&variable), 0);
    Box::new(Members { pattern, runtime, variable, inherited })
}

struct Members<C: Cache<Std, Sample>> {
    pattern: Pattern,
    runtime: Arc<Runtime<On<C>>>,
    variable: Variable<On<C>>,
    inherited: Context<On<C>>,
}

impl<C: Cache<Std, Sample>> Team for Members<C> {
    fn worker(&self, index: usize) -> Program {
        let (runtime, first) = (&self.runtime, 16 * (index + 1));
        // A thread's own variable is made by the thread, and so lies where its own memory does.
        let variable = match self.pattern {
            Pattern::DifferentVariables | Pattern::DifferentMix => variables(runtime, 1).remove(0),
            Pattern::SameVariable | Pattern::InheritedValue | Pattern::Mix => self.variable.clone(),
        };
        let start = match self.pattern {
            Pattern::InheritedValue => self.inherited.clone(),
            _ => context(runtime, std::slice::from_ref(&variable), first),
        };
        let thread = ThreadState::start_in_copy(runtime, &start);
        if !matches!(self.pattern, Pattern::Mix | Pattern::DifferentMix) {
            return Box::new(move |iterations| (0..iterations).for_each(|_| read(&thread, &variable)));
        }
        let values = [Sample::named(first), Sample::named(first + 1)];
        let mut turn = 0;
        Box::new(move |iterations| {
            for _ in 0..iterations {
                turn += 1;
                if turn % 10 == 0 {
                    drop(thread.set(&variable, values[turn / 10 % 2].clone()));
                } else {
                    read(&thread, &variable);
                }
            }
        })
    }
}
