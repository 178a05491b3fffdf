//! One thread at a time, every interleaving of whole steps, in lockstep with the model.
//!
//! Shows: that each operation, performed alone, does exactly what the model says: answer, what user code sees, and
//! which values exist afterwards. Cannot show: anything about operations that overlap.

use super::judge::Judge;
use super::{Engine, Explorer, Job, Shown};
use crate::counts::counted;
use crate::digest::mix;
use crate::generate::{self, Profile, Seeded, Shape};
use crate::harness::SystemUnderTest;
use crate::harness::lockstep::{self, LockstepRun, Mismatch};
use crate::limit;
use crate::platform::trace;
use crate::properties::{Property, Violation};
use crate::scenario::Scenario;
use crate::stop;
use crate::verdict::{Evidence, Findings};
use contextvars_model::ThreadId;
use std::sync::Arc;

/// The engine.
pub struct Sequential;

/// Operations per second of budget; a slow machine does more.
const NOMINAL: u64 = 60_000;

/// One of this number of operations of generated scenarios is one of a large scenario.
const LARGE: u64 = 3;

/// Operations of all interleavings of one scenario at most: under the smallest budget, and under a large one.
const OPERATIONS: (u64, u64) = (4_000, 40_000);

impl Explorer for Sequential {
    fn engine(&self) -> Engine {
        Engine::Sequential
    }

    fn judges(&self, property: Property) -> bool {
        property != Property::Prog1
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let deadline = job.budget.deadline();
        let _limit = limit::until(deadline);
        let planned = job.budget.executions(NOMINAL);
        let most = planned.clamp(OPERATIONS.0, OPERATIONS.1);
        let mut run = Exploration {
            job,
            findings: Findings::new(Engine::Sequential),
            judge: Judge::new(job.properties.iter().copied().filter(|&p| self.judges(p))),
            complete: 0,
            cut: 0,
            unspecified: 0,
            unread: 0,
            most,
        };
        for scenario in job.scenarios.concurrent() {
            run.interleavings(scenario);
        }
        // The answers of a corner case hold in the order of its text: thread 1 to its end, then thread 2, and so on.
        for scenario in &job.scenarios.sequential {
            if lockstep::can_run(scenario) {
                run.in_order(scenario);
            }
            run.interleavings(&Arc::new(scenario.without_answers()));
        }
        let mut random = Seeded::new(job.seed);
        let named = run.findings.covered.operations;
        let (mut turn, mut of_large) = (0, 0);
        loop {
            let done = run.findings.covered.operations - named;
            if (stop::asked_by().is_some() || limit::has_cut()) && !run.judge.is_done() {
                run.findings.shortfall =
                    Some(format!("{} operations {}", run.findings.covered.operations, stop::reason()));
                break;
            }
            if !job.scenarios.generate || done >= planned || run.judge.is_done() {
                run.findings.notes.push(format!(
                    "{done} operations of generated scenarios compared with the model, {of_large} of them in {}",
                    counted(turn as u64, "large scenario")
                ));
                break;
            }
            if deadline.has_passed() {
                run.findings.shortfall = Some(format!("{done} of {planned} random operations in the time given"));
                break;
            }
            let is_large = of_large * LARGE <= done;
            let scenario = if is_large {
                turn += 1;
                generate::large(&mut random, Shape::of_turn(turn - 1), 1)
            } else {
                generate::scenario(&mut random, &Profile::SEQUENTIAL)
            };
            let scenario = Arc::new(scenario);
            if !run.can_run(&scenario) {
                continue;
            }
            run.findings.covered.scenarios += 1;
            run.run(&scenario, &mut |able| able[random.bits() as usize % able.len()]);
            if is_large {
                of_large += run.findings.covered.operations - named - done;
            }
        }
        let Exploration { mut findings, judge, complete, cut, unspecified, unread, .. } = run;
        if unread > 0 {
            let why =
                format!("{unread} scenarios in which the allocator reads were not run: install `allocator::Calling`");
            findings.shortfall = Some(why);
        }
        findings.notes.push(format!(
            "{} in every order of the steps, {cut} in the first orders up to {most} operations; {unspecified} runs \
             ended where the specification leaves the order of user code open",
            counted(complete, "scenario")
        ));
        findings.covered.outcomes = judge.distinct();
        findings.tallies = judge.tallies();
        findings
    }
}

struct Exploration<'a> {
    job: &'a Job<'a>,
    findings: Findings,
    judge: Judge,
    complete: u64,
    cut: u64,
    unspecified: u64,
    /// Scenarios that were not run because the allocator reads in them, and this program's does not.
    unread: u64,
    /// Operations of all interleavings of one scenario at most.
    most: u64,
}

impl Exploration<'_> {
    fn can_run(&mut self, scenario: &Scenario) -> bool {
        let can = lockstep::can_run(scenario);
        self.unread += u64::from(!can);
        can
    }

    /// The threads one after the other.
    fn in_order(&mut self, scenario: &Arc<Scenario>) {
        self.run(scenario, &mut |able| able[0]);
    }

    /// Every order of the steps of the threads.
    fn interleavings(&mut self, scenario: &Arc<Scenario>) {
        if limit::is_over() || !self.can_run(scenario) {
            return;
        }
        self.findings.covered.scenarios += 1;
        self.judge.next_scenario();
        let mut orders = Orders::default();
        let end = self.findings.covered.operations + self.most;
        while self.findings.covered.operations < end && !limit::is_over() {
            self.run(scenario, &mut |able| orders.choose(able));
            if !orders.advance() {
                self.complete += 1;
                return;
            }
        }
        self.cut += 1;
    }

    /// One run. One that panics refutes PROG-2 and decides nothing else.
    fn run(&mut self, scenario: &Arc<Scenario>, choose: &mut dyn FnMut(&[ThreadId]) -> ThreadId) {
        self.findings.covered.executions += 1;
        match super::quietly(|| self.job.subject.in_lockstep(scenario, choose)) {
            Ok(report) => self.report(scenario, &report),
            Err(panic) => {
                // The operations that it came to are not known; one keeps a scenario that always panics from going on
                // for ever.
                self.findings.covered.operations += 1;
                let violation = self.judge.take(super::no_end(&super::panic_message(&*panic)));
                self.found(scenario, violation);
            }
        }
    }

    fn report(&mut self, scenario: &Arc<Scenario>, report: &LockstepRun) {
        let covered = &mut self.findings.covered;
        covered.operations += report.operations;
        covered.digest = mix(covered.digest, report.operations);
        self.unspecified += u64::from(report.unspecified.is_some());
        if report.cut {
            // What was cut does not count.
            covered.executions -= 1;
            return;
        }
        // A run that was stopped early leaves nothing but what came before the stop to be judged.
        let mut violations = match (report.unspecified, &report.mismatch) {
            (Some(why), _) => self.judge.leave_open(&report.outcome, why),
            (None, Some(_)) => self.judge.judge_cut(&report.outcome, "the run was cut where it parts from the model"),
            (None, None) => self.judge.judge(&report.outcome),
        };
        if let Some(mismatch) = report.mismatch.as_ref().filter(|_| violations.is_empty()) {
            violations.extend(self.judge.take(parted(mismatch)));
        }
        self.found(scenario, violations);
    }

    fn found(&mut self, scenario: &Arc<Scenario>, violations: impl IntoIterator<Item = Violation>) {
        for violation in violations {
            self.findings.violations.push(Evidence {
                engine: Engine::Sequential,
                violation,
                scenario: Arc::clone(scenario),
                schedule: Vec::new(),
                execution: self.findings.covered.executions,
                trace: Vec::new(),
            });
        }
    }
}

/// Tries the orders of the steps of one scenario, depth first, until the property is refuted; shows that run, with the
/// operations as its trace. Also tells how many operations it took.
///
/// # Panics
/// If the allocator reads in the scenario, and this program's does not.
pub fn search(
    subject: &'static dyn SystemUnderTest,
    scenario: &Arc<Scenario>,
    property: Property,
    operations: u64,
) -> (Option<Shown>, u64) {
    lockstep::must_run(scenario);
    let (mut orders, mut used, mut execution) = (Orders::default(), 0, 0);
    loop {
        trace::start();
        let run = super::quietly(|| subject.in_lockstep(scenario, &mut |able| orders.choose(able)));
        let trace = trace::finish();
        used += run.as_ref().map_or(1, |report| report.operations.max(1));
        execution += 1;
        let (violation, outcome) = match run {
            Ok(report) => (broken(&report, property), Some(report.outcome)),
            Err(panic) => {
                (Some(super::no_end(&super::panic_message(&*panic))).filter(|_| property == Property::Prog2), None)
            }
        };
        if let Some(violation) = violation {
            let (engine, scenario) = (Engine::Sequential, Arc::clone(scenario));
            let evidence = Evidence { engine, violation, scenario, schedule: Vec::new(), execution, trace };
            return (Some(Shown { evidence, outcome }), used);
        }
        if used >= operations || limit::is_over() || !orders.advance() {
            return (None, used);
        }
    }
}

/// How a run refuted the property, if it did.
fn broken(report: &LockstepRun, property: Property) -> Option<Violation> {
    // A run that was stopped early leaves nothing but what came before the stop to be judged.
    let judged = (report.unspecified.is_none() && !report.cut).then(|| Judge::new([property]).judge(&report.outcome));
    let parted = || report.mismatch.as_ref().map(parted).filter(|violation| violation.property == property);
    judged.into_iter().flatten().next().or_else(parted)
}

/// The orders of the steps, depth first: the choice made and the number of choices at each point of the order being
/// run.
#[derive(Default)]
struct Orders {
    path: Vec<(usize, usize)>,
    at: usize,
}

impl Orders {
    fn choose(&mut self, able: &[ThreadId]) -> ThreadId {
        if self.at == self.path.len() {
            self.path.push((0, able.len()));
        }
        self.at += 1;
        // A faulty design need not do the same again: its run may have fewer choices than before.
        able[self.path[self.at - 1].0.min(able.len() - 1)]
    }

    /// On to the next order; false if there is none.
    fn advance(&mut self) -> bool {
        self.path.truncate(self.at);
        self.at = 0;
        while self.path.last().is_some_and(|&(choice, of)| choice + 1 == of) {
            self.path.pop();
        }
        self.path.last_mut().map(|last| last.0 += 1).is_some()
    }
}

/// A difference from the model.
fn parted(mismatch: &Mismatch) -> Violation {
    Violation { property: mismatch.property(), operations: Vec::new(), sentence: mismatch.to_string() }
}
