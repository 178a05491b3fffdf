//! One thread at a time, every interleaving of whole steps, in lockstep with the model.
//!
//! Shows: that each operation, performed alone, does exactly what the model says: answer, what user code sees, and
//! which values exist afterwards. Cannot show: anything about operations that overlap.

use super::judge::Judge;
use super::{Engine, Explorer, Job};
use crate::check::{Property, Violation};
use crate::generate::{self, Profile, Seeded};
use crate::scenario::Scenario;
use crate::subject::lockstep::{Difference, Mismatch, Report};
use crate::verdict::{Evidence, Findings, mix};
use contextvars_model::ThreadId;
use std::sync::Arc;

/// The engine.
pub struct Sequential;

/// Operations per second of budget; a slow machine does more.
const NOMINAL: u64 = 60_000;

/// Operations of all interleavings of one scenario at most.
const OPERATIONS: u64 = 40_000;

impl Explorer for Sequential {
    fn engine(&self) -> Engine {
        Engine::Sequential
    }

    fn judges(&self, property: Property) -> bool {
        !matches!(property, Property::Map1 | Property::Prog1)
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let mut run = Exploration {
            job,
            findings: Findings::new(Engine::Sequential),
            judge: Judge::new(job.properties.iter().copied().filter(|&p| self.judges(p))),
            complete: 0,
            cut: 0,
            unspecified: 0,
        };
        let planned = job.budget.executions(NOMINAL);
        for scenario in job.scenarios.concurrent() {
            run.interleavings(scenario);
        }
        // The answers of a corner case hold in the order of its text: thread 1 to its end, then thread 2, and so on.
        for scenario in &job.scenarios.corners {
            run.in_order(scenario);
            run.interleavings(&Arc::new(scenario.without_answers()));
        }
        let deadline = job.budget.deadline();
        let mut random = Seeded::new(job.seed);
        let named = run.findings.covered.operations;
        loop {
            let done = run.findings.covered.operations - named;
            if !job.scenarios.generate || done >= planned || run.judge.is_done() {
                run.findings.notes.push(format!("{done} operations of generated scenarios compared with the model"));
                break;
            }
            if deadline.has_passed() {
                run.findings.shortfall = Some(format!("{done} of {planned} random operations in the time given"));
                break;
            }
            let scenario = Arc::new(generate::scenario(&mut random, &Profile::SEQUENTIAL));
            run.findings.covered.scenarios += 1;
            let mut order = |able: &[ThreadId]| able[random.bits() as usize % able.len()];
            let report = job.subject.in_lockstep(&scenario, &mut order);
            run.report(&scenario, &report);
        }
        let Exploration { mut findings, judge, complete, cut, unspecified, .. } = run;
        findings.notes.push(format!(
            "{complete} scenarios in every order of their steps, {cut} in the first orders up to {OPERATIONS} operations; {unspecified} runs ended where the specification leaves the order of user code open"
        ));
        findings.not_judged = judge.not_judged();
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
}

impl Exploration<'_> {
    /// The threads one after the other.
    fn in_order(&mut self, scenario: &Arc<Scenario>) {
        let report = self.job.subject.in_lockstep(scenario, &mut |able| able[0]);
        self.report(scenario, &report);
    }

    /// Every order of the steps of the threads, depth first: `path` holds the choice made and the number of choices at
    /// each point of the order being run.
    fn interleavings(&mut self, scenario: &Arc<Scenario>) {
        self.findings.covered.scenarios += 1;
        self.judge.next_scenario();
        let mut path: Vec<(usize, usize)> = Vec::new();
        let end = self.findings.covered.operations + OPERATIONS;
        while self.findings.covered.operations < end {
            let mut at = 0;
            let mut choose = |able: &[ThreadId]| {
                if at == path.len() {
                    path.push((0, able.len()));
                }
                at += 1;
                // A faulty design need not do the same again: its run may have fewer choices than before.
                able[path[at - 1].0.min(able.len() - 1)]
            };
            let report = self.job.subject.in_lockstep(scenario, &mut choose);
            path.truncate(at);
            self.report(scenario, &report);
            while path.last().is_some_and(|&(choice, of)| choice + 1 == of) {
                path.pop();
            }
            let Some(last) = path.last_mut() else {
                self.complete += 1;
                return;
            };
            last.0 += 1;
        }
        self.cut += 1;
    }

    fn report(&mut self, scenario: &Arc<Scenario>, report: &Report) {
        let covered = &mut self.findings.covered;
        covered.executions += 1;
        covered.operations += report.operations;
        covered.digest = mix(covered.digest, report.operations);
        self.unspecified += u64::from(report.unspecified.is_some());
        let mut violations = Vec::new();
        // A run that was stopped early leaves nothing but what came before the stop to be judged.
        if report.unspecified.is_none() && self.judge.is_new(&report.outcome) {
            covered.outcomes += 1;
            violations = self.judge.judge(&report.outcome);
        }
        if let Some(mismatch) = report.mismatch.as_ref().filter(|_| violations.is_empty()) {
            violations.extend(self.judge.take(parted(mismatch)));
        }
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

/// A difference from the model that no checker of a narrower property explains.
fn parted(mismatch: &Mismatch) -> Violation {
    let Mismatch { thread, op, difference } = mismatch;
    let (property, sentence) = match difference {
        Difference::Answer(model, got) => (
            Property::Api1,
            format!(
                "{thread} performed `{}` and got {}, where the model answers {}",
                crate::scenario::OpText(op),
                crate::scenario::RetText(got),
                crate::scenario::RetText(model)
            ),
        ),
        Difference::Seen(model, got) => (
            Property::Api1,
            format!(
                "during `{}` of {thread} user code saw {got:?}, where the model shows it {model:?}",
                crate::scenario::OpText(op)
            ),
        ),
        Difference::Live(model, got) => (
            Property::Mem1,
            format!(
                "after `{}` of {thread} the values {got:?} exist, where the model keeps {model:?}",
                crate::scenario::OpText(op)
            ),
        ),
    };
    Violation { property, operations: Vec::new(), sentence }
}
