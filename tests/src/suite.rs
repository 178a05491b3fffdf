//! A run of the suite: designs by properties, each cell explored by every engine that can judge it.

use crate::budget::Budget;
use crate::designs::DesignEntry;
use crate::explore::{ENGINES, Engine, Explorer, Job, Scenarios};
use crate::limit;
use crate::mutex::lock;
use crate::properties::Property;
use crate::scenario::{Scenario, Step, library};
use crate::stop;
use crate::verdict::{Covered, Evidence, Findings, Verdict, nothing_decides};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// What to run.
pub struct Plan {
    /// The designs.
    pub entries: Vec<&'static DesignEntry>,
    /// The properties.
    pub properties: Vec<Property>,
    /// The engines.
    pub engines: Vec<Engine>,
    /// The time for all of it.
    pub budget: Budget,
    /// Where random choices start.
    pub seed: u64,
    /// The scenarios.
    pub scenarios: Scenarios,
    /// Which outcomes are surprises.
    pub expect: Expect,
}

/// Which outcomes of a run are surprises, besides a property that was to hold and does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// A property of a safe design that is unknown, or a known fault that is missed in any property that it refutes.
    Everything,
    /// A property of a safe design that is unknown, or a known fault that is missed altogether.
    Decided,
    /// The same, but a scenario need not decide every property: one that none of its executions decides is no surprise
    /// if they decide another.
    WhatItCan,
    /// As `Decided`, and only what is known to be refuted is asked: a fault is done when that was found.
    Known,
}

impl Plan {
    /// Which properties are asked of a design.
    pub fn asked(&self, entry: &DesignEntry) -> Vec<Property> {
        let is_asked = |property: &Property| self.expect != Expect::Known || entry.refutes.contains(property);
        self.properties.iter().copied().filter(is_asked).collect()
    }
}

/// What was found out about one design.
pub struct DesignReport {
    /// The design.
    pub entry: &'static DesignEntry,
    /// What each engine found.
    pub findings: Vec<Findings>,
}

/// The number of processors by which budgets are shared out, so that what they buy does not depend on the machine.
const PROCESSORS: usize = 2;

/// How much of the budget an engine gets, in relation to the others.
fn weight(engine: Engine) -> f64 {
    match engine {
        Engine::Sequential | Engine::Loom | Engine::Threads => 2.0,
        Engine::Shuttle => 4.0,
    }
}

/// A design that is known to be refuted needs less: its faults show early.
fn share(entry: &DesignEntry, engine: Engine) -> f64 {
    weight(engine) * if entry.is_safe() { 1.0 } else { 0.3 }
}

/// The scenarios that the project ships, and as many generated ones as the budget allows.
pub fn shipped() -> Scenarios {
    let mut scenarios = Scenarios { generate: true, ..Scenarios::default() };
    for shipped in library::shipped() {
        let scenario = Arc::new(shipped.scenario);
        match shipped.group {
            "pairs" => scenarios.pairs.push(scenario),
            "small" => scenarios.small.push(scenario),
            "sequential" => scenarios.sequential.push(scenario),
            "lifetimes" => by_size(&mut scenarios, scenario),
            _ => scenarios.larger.push(scenario),
        }
    }
    scenarios
}

/// One scenario and nothing else.
pub fn only(scenario: Scenario) -> Scenarios {
    let mut scenarios = Scenarios::default();
    by_size(&mut scenarios, Arc::new(scenario));
    scenarios
}

/// Puts a scenario into the group that has its size.
fn by_size(scenarios: &mut Scenarios, scenario: Arc<Scenario>) {
    let operations = scenario.threads.iter().map(|t| t.steps.iter().map(Step::operations).sum::<usize>());
    let (most, all) = operations.fold((0, 0), |(most, all), of| (most.max(of), all + of));
    match scenario.threads.len() {
        0 | 1 => scenarios.sequential.push(scenario),
        2 if most <= 2 => scenarios.pairs.push(scenario),
        2 if all <= 8 => scenarios.small.push(scenario),
        _ => scenarios.larger.push(scenario),
    }
}

/// The jobs of a plan: a design (by its place in the plan) and an engine.
fn jobs(plan: &Plan) -> VecDeque<(usize, &'static dyn Explorer)> {
    let explorers = ENGINES.iter().copied().filter(|e| plan.engines.contains(&e.engine()));
    let mut jobs: VecDeque<(usize, &'static dyn Explorer)> = VecDeque::new();
    for explorer in explorers {
        for (index, entry) in plan.entries.iter().enumerate() {
            let judges = plan.asked(entry).iter().any(|&p| explorer.judges(p));
            if judges && !entry.skip.contains(&explorer.engine()) {
                jobs.push_back((index, explorer));
            }
        }
    }
    jobs
}

/// The reports of a run that is not over: what was not found yet is unknown, for this reason.
pub fn so_far(plan: &Plan, done: &[(&'static DesignEntry, Findings)], why: &str) -> Vec<DesignReport> {
    let findings = jobs(plan).into_iter().map(|(index, explorer)| {
        let same = |(entry, findings): &&(&'static DesignEntry, Findings)| {
            std::ptr::eq(*entry, plan.entries[index]) && findings.engine == explorer.engine()
        };
        let known = done.iter().find(same).map(|(_, findings)| findings.clone());
        (index, known.unwrap_or_else(|| Findings::not_begun(explorer.engine(), why)))
    });
    assemble(plan, findings)
}

/// The findings by designs and engines.
fn assemble(plan: &Plan, findings: impl IntoIterator<Item = (usize, Findings)>) -> Vec<DesignReport> {
    let mut reports: Vec<DesignReport> =
        plan.entries.iter().map(|&entry| DesignReport { entry, findings: Vec::new() }).collect();
    for (index, findings) in findings {
        reports[index].findings.push(findings);
    }
    for report in &mut reports {
        report.findings.sort_by_key(|findings| findings.engine);
    }
    reports
}

/// How a job is done.
pub type Explore<'a> = &'a (dyn Fn(&'static DesignEntry, &dyn Explorer, &Job<'_>) -> Findings + Sync);

/// Is told of each job when it is done: how many are done, of how many, and what was found.
pub type Progress<'a> = &'a (dyn Fn(usize, usize, &'static DesignEntry, &Findings) + Sync);

/// Runs the plan on two threads of this process. A subject that aborts ends it; see [`process`](crate::process).
pub fn run(plan: &Plan, progress: Progress<'_>) -> Vec<DesignReport> {
    run_by(plan, &|_, explorer, job| explorer.explore(job), progress)
}

/// Runs the plan, two jobs at a time, each done by `explore`.
pub fn run_by(plan: &Plan, explore: Explore<'_>, progress: Progress<'_>) -> Vec<DesignReport> {
    let jobs = jobs(plan);
    let total: f64 = jobs.iter().map(|(index, explorer)| share(plan.entries[*index], explorer.engine())).sum();
    let workers = PROCESSORS.min(jobs.len()).max(1);
    let (count, queue) = (jobs.len(), Mutex::new(jobs));
    let found: Mutex<Vec<(usize, Findings)>> = Mutex::default();
    let done = Mutex::new(0);
    let whole = plan.budget.deadline();
    let worker = |first: Option<Engine>| {
        let _limit = limit::until(whole);
        loop {
            let job = {
                let mut queue = lock(&queue);
                // loom's jobs exclude each other, so one worker does them all before anything else.
                let at = queue
                    .iter()
                    .position(|(_, e)| (Some(e.engine()) == first) || (first.is_none() && e.engine() != Engine::Loom));
                queue.remove(at.unwrap_or(0))
            };
            let Some((index, explorer)) = job else { break };
            let entry = plan.entries[index];
            let budget = plan.budget.share(workers as f64 * share(entry, explorer.engine()) / total);
            let job = Job {
                subject: entry.subject,
                scenarios: &plan.scenarios,
                properties: &plan.asked(entry),
                budget,
                seed: plan.seed,
            };
            let findings = match stop::asked_by() {
                Some(signal) => Findings::not_begun(explorer.engine(), format!("stopped by {}", signal.name())),
                None => explore(entry, explorer, &job),
            };
            let mut done = lock(&done);
            *done += 1;
            progress(*done, count, entry, &findings);
            lock(&found).push((index, findings));
        }
    };
    std::thread::scope(|scope| {
        for number in 1..workers {
            let worker = &worker;
            std::thread::Builder::new()
                .name(format!("worker {number}"))
                .spawn_scoped(scope, move || worker(None))
                .expect("a thread can be started");
        }
        worker(Some(Engine::Loom));
    });
    assemble(plan, found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl DesignReport {
    /// What is known of a property: refuted if any engine refuted it, held if all engines that can judge it completed
    /// what they had planned and some execution decides it. Inconclusive executions do not count for it.
    pub fn verdict(&self, property: Property) -> Verdict {
        let judging = || {
            self.findings
                .iter()
                .filter(|findings| ENGINES.iter().any(|e| e.engine() == findings.engine && e.judges(property)))
        };
        if let Some(evidence) = self.evidence(property) {
            return Verdict::Violation(Box::new(evidence.clone()));
        }
        let mut covered = Covered::default();
        judging().for_each(|findings| covered += findings.deciding(property));
        let shortfall = judging().find_map(|findings| Some((findings.engine, findings.shortfall_of(property)?)));
        match shortfall {
            _ if judging().next().is_none() => {
                Verdict::Unknown(covered, "none of the engines that were run can judge it".into())
            }
            Some((engine, why)) => Verdict::Unknown(covered, format!("{engine}: {why}")),
            None if covered.executions == 0 => {
                Verdict::Unknown(covered, nothing_decides(judging().find_map(|findings| findings.left_open(property))))
            }
            None => Verdict::Ok(covered),
        }
    }

    /// The violation of a property that tells its story best: one with a schedule before one with a trace before
    /// others, and the shortest among equals.
    pub fn evidence(&self, property: Property) -> Option<&Evidence> {
        let all = self.findings.iter().flat_map(|findings| &findings.violations);
        let of = all.filter(|evidence| evidence.violation.property == property);
        of.min_by_key(|e| (e.schedule.is_empty(), e.trace.is_empty(), e.scenario.operations()))
    }

    /// How many milliseconds its engine took to find a piece of evidence, if that is known.
    pub fn refuted_after(&self, evidence: &Evidence) -> Option<u64> {
        let of = self.findings.iter().find(|findings| findings.engine == evidence.engine)?;
        let tally = of.tallies.iter().find(|tally| tally.property == evidence.violation.property);
        tally?.refuted_after
    }
}
