//! loom: exhaustive over interleavings and weak-memory behaviours within its bounds.
//!
//! Shows: that no execution of a small scenario breaks a per-thread property, whatever the memory model allows. Cannot
//! show: linearizability, because the order of its log is not happens-before; such histories are judged under shuttle.
//! loom stops at 5 threads, and remembers 7 stores of an atomic.
//!
//! A failing execution is run again with the trace on: loom is deterministic, so execution N is execution N.

use super::judge::Judge;
use super::{Engine, Explorer, Job};
use crate::budget::Deadline;
use crate::check::{Property, Violation};
use crate::platform::trace;
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::verdict::{Evidence, Findings, mix};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// The engine.
pub struct LoomEngine;

/// Executions per second of budget; a slow machine does more.
const NOMINAL: u64 = 4_000;

/// The bound on preemptions for scenarios that are not explored without one.
const PREEMPTIONS: usize = 2;

/// Two models in two threads of one process slow each other down threefold (the stacks of each execution are mapped
/// anew), so one runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl Explorer for LoomEngine {
    fn engine(&self) -> Engine {
        Engine::Loom
    }

    fn judges(&self, property: Property) -> bool {
        !matches!(property, Property::Map1 | Property::Lin1 | Property::Api1)
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = job.budget.executions(NOMINAL);
        let deadline = job.budget.deadline();
        let mut findings = Findings::new(Engine::Loom);
        let mut judge = Judge::new(job.properties.iter().copied().filter(|&p| self.judges(p)));
        let fits = |scenario: &&Arc<Scenario>| scenario.threads.len() <= 4;
        let groups = [
            ("pairs", &job.scenarios.pairs, None),
            ("quads", &job.scenarios.quads, Some(PREEMPTIONS)),
            ("larger", &job.scenarios.larger, Some(1)),
        ];
        for (group, scenarios, bound) in groups {
            let (mut complete, mut begun, mut executions) = (0, 0, 0);
            for scenario in scenarios.iter().filter(fits) {
                // The first two groups are always explored whole; what is larger gets what is left of the plan.
                let at_most = if group == "larger" { planned.saturating_sub(findings.covered.executions) } else { u64::MAX };
                if judge.is_done() || at_most == 0 || deadline.has_passed() {
                    continue;
                }
                let model = Model { subject: job.subject, scenario, bound };
                let run = model.explore(judge, Limit { executions: at_most, deadline, trace_at: None });
                judge = run.judge;
                begun += 1;
                complete += usize::from(run.complete);
                executions += run.executions;
                let covered = &mut findings.covered;
                covered.executions += run.executions;
                covered.operations += run.executions * scenario.operations() as u64;
                covered.outcomes += run.outcomes;
                covered.scenarios += 1;
                covered.digest = mix(covered.digest, run.executions);
                for mut evidence in run.violations {
                    let limit = Limit { executions: u64::MAX, deadline, trace_at: Some(evidence.execution) };
                    evidence.trace = model.explore(Judge::new([Property::Prog2]), limit).trace;
                    findings.violations.push(evidence);
                }
            }
            let of = scenarios.iter().filter(fits).count();
            let bound = bound.map_or("without a bound on preemptions".to_string(), |b| format!("at preemption bound {b}"));
            findings.notes.push(format!("{group}: {complete} of {of} complete {bound}, {executions} executions"));
            if group != "larger" && begun < of && !judge.is_done() {
                findings.shortfall = Some(format!("{begun} of {of} scenarios of the group `{group}` in the time given"));
            }
        }
        findings.not_judged = judge.not_judged();
        findings
    }
}

/// One scenario under loom.
struct Model<'a> {
    subject: &'static dyn Subject,
    scenario: &'a Arc<Scenario>,
    bound: Option<usize>,
}

#[derive(Clone, Copy)]
struct Limit {
    executions: u64,
    deadline: Deadline,
    /// The execution to trace, after which there is nothing left to do.
    trace_at: Option<u64>,
}

struct Run {
    judge: Judge,
    executions: u64,
    outcomes: u64,
    complete: bool,
    violations: Vec<Evidence>,
    trace: Vec<trace::Traced>,
}

/// Ends an exploration from inside.
struct Enough;

impl Model<'_> {
    fn explore(&self, judge: Judge, limit: Limit) -> Run {
        let run = Run { judge, executions: 0, outcomes: 0, complete: false, violations: Vec::new(), trace: Vec::new() };
        let shared = Arc::new(Mutex::new(run));
        shared.lock().unwrap_or_else(PoisonError::into_inner).judge.next_scenario();
        let inside = Arc::clone(&shared);
        let (subject, scenario) = (self.subject, Arc::clone(self.scenario));
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = self.bound;
        builder.max_branches = 20_000;
        let model = move || {
            let execution = inside.lock().unwrap_or_else(PoisonError::into_inner).executions + 1;
            if limit.trace_at == Some(execution) {
                trace::start();
            }
            let outcome = subject.under_loom(&scenario);
            let mut run = inside.lock().unwrap_or_else(PoisonError::into_inner);
            run.executions = execution;
            if limit.trace_at == Some(execution) {
                run.trace = trace::finish();
                drop(run);
                resume_unwind(Box::new(Enough));
            }
            if run.judge.is_new(&outcome) {
                run.outcomes += 1;
                for violation in run.judge.judge(&outcome) {
                    let evidence = Evidence {
                        engine: Engine::Loom,
                        violation,
                        scenario: Arc::clone(&scenario),
                        schedule: Vec::new(),
                        execution,
                        trace: Vec::new(),
                    };
                    run.violations.push(evidence);
                }
            }
            let out_of_time = execution.is_multiple_of(256) && limit.deadline.has_passed();
            let enough = run.judge.is_done() || execution >= limit.executions || out_of_time;
            drop(run);
            if enough {
                resume_unwind(Box::new(Enough));
            }
        };
        let end = catch_unwind(AssertUnwindSafe(|| builder.check(model)));
        let run = std::mem::replace(
            &mut *shared.lock().unwrap_or_else(PoisonError::into_inner),
            Run { judge: Judge::new([]), executions: 0, outcomes: 0, complete: false, violations: Vec::new(), trace: Vec::new() },
        );
        self.ended(run, end)
    }

    fn ended(&self, mut run: Run, end: Result<(), Box<dyn std::any::Any + Send>>) -> Run {
        match end {
            Ok(()) => run.complete = true,
            Err(panic) if panic.is::<Enough>() => {}
            Err(panic) => {
                let sentence = format!("an execution came to no end: {}", super::panic_message(&*panic));
                let violation = Violation { property: Property::Prog2, operations: Vec::new(), sentence };
                run.violations.extend(run.judge.take(violation).map(|violation| Evidence {
                    engine: Engine::Loom,
                    violation,
                    scenario: Arc::clone(self.scenario),
                    schedule: Vec::new(),
                    execution: run.executions + 1,
                    trace: trace::finish(),
                }));
            }
        }
        run
    }
}
