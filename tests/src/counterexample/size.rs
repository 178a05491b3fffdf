//! How large a failure is.

use crate::counts::counted;
use crate::platform::trace::Traced;
use crate::scenario::{Scenario, Step};
use contextvars_model::ThreadId;
use std::fmt;

/// How large a failure is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Size {
    /// Parallel threads.
    pub threads: usize,
    /// Operations of the parallel threads, a scope counting as its enter and its exit.
    pub operations: usize,
    /// Operations before and after the parallel part.
    pub around: usize,
    /// How often the execution went from one parallel thread to another, also where one had ended. Nothing if it is not
    /// known.
    pub switches: Option<usize>,
}

impl Size {
    /// The size of an execution of a scenario.
    pub fn of(scenario: &Scenario, trace: &[Traced]) -> Size {
        let count = |steps: &[Step]| steps.iter().map(Step::operations).sum::<usize>();
        Size {
            threads: scenario.threads.len(),
            operations: scenario.threads.iter().map(|program| count(&program.steps)).sum(),
            around: count(&scenario.init) + count(&scenario.post),
            switches: (!trace.is_empty()).then(|| context_switches(trace)),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { threads, operations, around, switches } = self;
        let counted = |count: &usize, noun| counted(*count as u64, noun);
        write!(f, "{}, {}, ", counted(threads, "thread"), counted(operations, "operation"))?;
        f.write_str(&counted(around, "setup or teardown operation"))?;
        switches.as_ref().map_or(Ok(()), |switches| write!(f, ", {}", counted(switches, "switch")))
    }
}

/// How often an execution goes from one parallel thread to another.
pub(super) fn context_switches(trace: &[Traced]) -> usize {
    let mut threads: Vec<ThreadId> = trace.iter().map(|traced| traced.thread).filter(|t| *t != ThreadId(0)).collect();
    threads.dedup();
    threads.len().saturating_sub(1)
}
