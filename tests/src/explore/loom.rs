//! loom: exhaustive over interleavings and weak-memory behaviours within its bounds.
//!
//! Shows: that no execution of a small scenario refutes a per-thread property, whatever the memory model allows. Cannot
//! show: linearizability, because the order of its log is not happens-before; such histories are judged under shuttle.
//! loom stops at 5 threads, and remembers 7 stores of an atomic.
//!
//! A failing execution is run again with the trace on: loom is deterministic, so execution N is execution N.

use super::judge::Judge;
use super::{Engine, Explorer, Job, Shown};
use crate::budget::Budget;
use crate::deadline::Deadline;
use crate::digest::mix;
use crate::generate::enumerate::Bounds;
use crate::generate::{self, Seeded};
use crate::harness::{PlatformThreads, SystemUnderTest};
use crate::limit;
use crate::mutex::lock;
use crate::outcome::Outcome;
use crate::platform::loom::with_real_time;
use crate::platform::selected::{Backend, with_backend};
use crate::platform::trace;
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::stop;
use crate::verdict::{Evidence, Findings};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};

/// The engine.
pub struct LoomEngine;

/// Executions per second of budget; a slow machine does more.
const NOMINAL: u64 = 6_000;

/// Branches after which an execution is taken for one without an end, ...
const BRANCHES: usize = 20_000;

/// ..., and for each operation of the scenario.
const BRANCHES_PER_OPERATION: usize = 200;

/// The bound on preemptions for scenarios that are not explored without one.
const PREEMPTIONS: usize = 2;

/// Parallel threads at most: loom's five, without the one that sets up.
pub const THREADS: usize = 4;

/// Generated scenarios whose threads contend get one part in this of the plan, ...
const CONTENDED: u64 = 4;

/// ..., and each at most so many executions.
const EACH_CONTENDED: u64 = 150;

/// The small scenarios that are explored besides the named ones.
const ENUMERATED: Bounds = Bounds { steps: 2, token: true, second: true };

/// Two models in two threads of one process slow each other down threefold (the stacks of each execution are mapped
/// anew), so one runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl Explorer for LoomEngine {
    fn engine(&self) -> Engine {
        Engine::Loom
    }

    fn judges(&self, property: Property) -> bool {
        !matches!(property, Property::Lin1 | Property::Api1 | Property::Iso2 | Property::Prog1)
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let _one = lock(&ONE_AT_A_TIME);
        let planned = job.executions(NOMINAL);
        let mut run = Exploration {
            job,
            findings: Findings::new(Engine::Loom),
            judge: Judge::new(job.properties.iter().copied().filter(|&p| self.judges(p))),
            deadline: job.budget.deadline(),
            // A small budget buys less of each scenario, but enough for the pairs of most designs.
            most: (planned / 8).max(planned.clamp(2_000, 4_000)),
            real_time: false,
        };
        run.group("pairs", &job.scenarios.pairs, None, 1);
        run.group("small", &job.scenarios.small, Some(PREEMPTIONS), 1);
        // An execution of these takes several times as long.
        run.group("larger", &job.scenarios.larger, Some(1), 4);
        run.real_time = true;
        run.group("pairs in real time", &job.scenarios.pairs, Some(PREEMPTIONS), 16);
        run.real_time = false;
        if job.scenarios.generate {
            run.contended(planned / CONTENDED);
            run.enumerated(planned);
        }
        let Exploration { mut findings, judge, .. } = run;
        findings.notes.extend(judge.contention());
        findings.covered.outcomes = judge.distinct();
        findings.tallies = judge.tallies();
        findings
    }
}

struct Exploration<'a> {
    job: &'a Job<'a>,
    findings: Findings,
    judge: Judge,
    deadline: Deadline,
    /// Executions of one scenario at most.
    most: u64,
    /// Whether the orders of responses and invocations are explored.
    real_time: bool,
}

impl Exploration<'_> {
    /// Explores each scenario of a group that loom has threads for, with one `share`-th of the executions at most.
    fn group(&mut self, group: &str, scenarios: &[Arc<Scenario>], bound: Option<usize>, share: u64) {
        let fitting: Vec<_> = scenarios.iter().filter(|scenario| scenario.threads.len() <= THREADS).collect();
        let (mut complete, mut begun) = (0, 0);
        let before = self.findings.covered.executions;
        for scenario in &fitting {
            if self.is_over() {
                break;
            }
            begun += 1;
            complete += usize::from(self.scenario(scenario, bound, self.most / share));
        }
        let (of, executions) = (fitting.len(), self.findings.covered.executions - before);
        let how = bound.map_or("without a preemption bound".into(), |bound| format!("at preemption bound {bound}"));
        self.findings.notes.push(format!("{group}: {complete} of {of} complete {how}, {executions} executions"));
        let cut = complete < begun && self.deadline.has_passed();
        if (begun < of || cut) && !self.judge.is_done() {
            self.findings.shortfall =
                Some(format!("{begun} of {of} scenarios of the group `{group}` {}", stop::reason()));
        }
    }

    /// Explores generated scenarios whose threads contend for one thing, up to so many executions: each with few
    /// preemptions, and in real time.
    fn contended(&mut self, executions: u64) {
        let mut random = Seeded::new(self.job.seed);
        let (mut complete, mut begun, before) = (0, 0, self.findings.covered.executions);
        self.real_time = true;
        while self.findings.covered.executions < before + executions && !self.is_over() {
            let scenario = Arc::new(generate::contended(&mut random));
            begun += 1;
            complete += u64::from(self.scenario(&scenario, Some(1 + begun as usize % 2), EACH_CONTENDED));
        }
        self.real_time = false;
        let executions = self.findings.covered.executions - before;
        self.findings.notes.push(format!(
            "contended: {complete} of {begun} complete at preemption bounds 1 and 2, in real time, \
             {executions} executions"
        ));
    }

    /// Explores small scenarios, all of them if the plan is large enough, in an order that the seed gives.
    fn enumerated(&mut self, planned: u64) {
        let count = ENUMERATED.count();
        // A step that has no factor in common with the count visits each number once.
        let stride = (1 + self.job.seed.wrapping_mul(0x9E37_79B9) % count..).find(|&stride| gcd(stride, count) == 1);
        let stride = stride.unwrap_or(1);
        let (mut complete, mut begun, before) = (0, 0, self.findings.covered.executions);
        for number in 0..count {
            if self.findings.covered.executions >= planned || self.is_over() {
                break;
            }
            let scenario = ENUMERATED.scenario(number * stride % count).map(Arc::new);
            begun += 1;
            complete += u64::from(scenario.is_some_and(|scenario| self.scenario(&scenario, None, self.most)));
        }
        let executions = self.findings.covered.executions - before;
        self.findings.notes.push(format!(
            "enumerated small scenarios: {complete} of {begun} complete without a preemption bound, of {count} \
             there are, {executions} executions"
        ));
        let done = self.findings.covered.executions;
        if done < planned && begun < count && !self.judge.is_done() {
            self.findings.shortfall = Some(format!("{done} of {planned} executions {}", stop::reason()));
        }
    }

    fn is_over(&self) -> bool {
        self.judge.is_done() || self.deadline.has_passed()
    }

    /// Explores one scenario; whether completely.
    fn scenario(&mut self, scenario: &Arc<Scenario>, bound: Option<usize>, at_most: u64) -> bool {
        let model = Model { subject: self.job.subject, scenario, bound, real_time: self.real_time };
        let judge = std::mem::replace(&mut self.judge, Judge::new([]));
        let run = model.explore(judge, Limit { executions: at_most, deadline: self.deadline, trace_at: None });
        self.judge = run.judge;
        let covered = &mut self.findings.covered;
        covered.executions += run.executions;
        covered.operations += run.executions * scenario.operations() as u64;
        covered.scenarios += 1;
        covered.digest = mix(covered.digest, run.executions);
        if run.crashed {
            self.findings.shortfall =
                Some(format!("the exploration of `{}` ended with an execution that did not terminate", scenario.name));
        }
        for mut evidence in run.violations {
            if evidence.trace.is_empty() {
                evidence.trace = model.trace(evidence.execution);
            }
            self.findings.violations.push(evidence);
        }
        run.complete
    }
}

/// Explores one scenario with at most `bound` preemptions (none: without a bound) until the property is refuted; shows
/// that execution. Also tells how many executions it took. loom is deterministic: the same scenario and bound give the
/// same.
pub fn search(
    subject: &'static dyn SystemUnderTest,
    scenario: &Arc<Scenario>,
    property: Property,
    bound: Option<usize>,
    executions: u64,
    deadline: Deadline,
) -> (Option<Shown>, u64) {
    if scenario.threads.len() > THREADS || !LoomEngine.judges(property) {
        return (None, 0);
    }
    let _one = lock(&ONE_AT_A_TIME);
    let mut done = 0;
    // Without real time first: most failures do not need it, and without it there are far fewer executions.
    for real_time in [false, true] {
        let model = Model { subject, scenario, bound, real_time };
        let limit = Limit { executions: (executions - done).max(1), deadline, trace_at: None };
        let mut run = model.explore(Judge::new([property]), limit);
        done += run.executions;
        if let Some(mut evidence) = run.violations.pop() {
            if evidence.trace.is_empty() {
                evidence.trace = model.trace(evidence.execution);
            }
            return (Some(Shown { evidence, outcome: run.broken }), done);
        }
        if done >= executions {
            break;
        }
    }
    (None, done)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// One scenario under loom.
struct Model<'a> {
    subject: &'static dyn SystemUnderTest,
    scenario: &'a Arc<Scenario>,
    bound: Option<usize>,
    real_time: bool,
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
    complete: bool,
    /// Whether an execution did not terminate, which ends the exploration.
    crashed: bool,
    violations: Vec<Evidence>,
    /// The outcome that the violations are of.
    broken: Option<Outcome>,
    trace: Vec<trace::Traced>,
}

impl Run {
    fn new(judge: Judge) -> Run {
        let (violations, trace) = (Vec::new(), Vec::new());
        Run { judge, executions: 0, complete: false, crashed: false, violations, broken: None, trace }
    }
}

/// Ends an exploration from inside.
struct Enough;

impl Model<'_> {
    /// Runs the model again up to this execution, and traces that.
    fn trace(&self, execution: u64) -> Vec<trace::Traced> {
        let deadline = Budget::seconds(600.0).deadline();
        let limit = Limit { executions: u64::MAX, deadline, trace_at: Some(execution) };
        self.explore(Judge::keeping_the_last(), limit).trace
    }

    /// Explores until the end, a limit, or the first violation.
    fn explore(&self, judge: Judge, limit: Limit) -> Run {
        let shared = Arc::new(Mutex::new(Run::new(judge)));
        lock(&shared).judge.next_scenario();
        let inside = Arc::clone(&shared);
        let (subject, scenario) = (self.subject, Arc::clone(self.scenario));
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = self.bound;
        // A longer scenario has more branches, and is no livelock.
        builder.max_branches = BRANCHES.max(BRANCHES_PER_OPERATION * scenario.operations());
        let _limit = limit::until(limit.deadline);
        let model = move || {
            let execution = lock(&inside).executions + 1;
            if limit.trace_at == Some(execution) {
                trace::start();
            }
            let outcome = subject.run(&scenario, Arc::new(PlatformThreads::default()));
            let mut run = lock(&inside);
            run.executions = execution;
            if limit.trace_at == Some(execution) {
                run.trace = trace::finish();
                drop(run);
                resume_unwind(Box::new(Enough));
            }
            // What was cut decides nothing.
            let cut = limit::has_cut();
            run.executions -= u64::from(cut);
            if limit.trace_at.is_none() && !cut {
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
                if run.broken.is_none() && !run.violations.is_empty() {
                    run.broken = Some(outcome);
                }
            }
            let out_of_time = cut || execution.is_multiple_of(256) && limit.deadline.has_passed();
            let found = !run.violations.is_empty();
            let enough = found || run.judge.is_done() || execution >= limit.executions || out_of_time;
            drop(run);
            if enough {
                resume_unwind(Box::new(Enough));
            }
        };
        let end =
            super::quietly(|| with_backend(Backend::Loom, || with_real_time(self.real_time, || builder.check(model))));
        let run = std::mem::replace(&mut *lock(&shared), Run::new(Judge::new([])));
        self.ended(run, end)
    }

    fn ended(&self, mut run: Run, end: Result<(), Box<dyn std::any::Any + Send>>) -> Run {
        match end {
            Ok(()) => run.complete = true,
            Err(panic) if panic.is::<Enough>() => {}
            // An execution that was cut does not do again what loom has seen it do before, and loom panics over that.
            // It decides nothing.
            Err(_) if limit::has_cut() => drop(trace::finish()),
            Err(panic) => {
                let violation = super::no_end(&super::panic_message(&*panic));
                run.crashed = true;
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
