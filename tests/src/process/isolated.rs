//! Exploring, shrinking and replaying in children: what their results and their deaths mean.
//!
//! # Protocol
//! A child that dies while it explores is run again with each execution written down: exploring is deterministic, so it
//! dies in the same execution, which is then known. Run once more, up to the execution before that, it says what else
//! was found. (Real threads do not do the same again, so theirs are written down at once.) A death inside an execution
//! refutes PROG-2, in the scenario that ran; one elsewhere is the harness's own, and leaves open what was not decided.
//!
//! A scenario that kills its process is made small by children that run all smaller ones, one after the other: the one
//! that kills it is the next to be made small.

use super::child::LOOK;
use super::request::{Request, Work};
use super::supervisor::{Death, End, Supervisor};
use super::wire::{self, Wire};
use crate::budget::Budget;
use crate::counterexample::reproduction::Reproduction;
use crate::counterexample::{self, Counterexample, Effort, End as Shrunk, Found, Size, scenario_name};
use crate::deadline::Deadline;
use crate::designs::DesignEntry;
use crate::explore::{Engine, Explorer, Job, no_end};
use crate::generate::shrink::smaller;
use crate::limit;
use crate::mutex::lock;
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::stop;
use crate::verdict::{Evidence, Findings};
use std::io;
use std::sync::{Arc, Mutex};

/// Looks at an execution that takes no step, before it is taken for one that hangs: five seconds.
const PATIENCE: usize = 100;

/// The same for a smaller scenario than one that hangs: half a second. What is left in the end is looked at for the
/// full time.
const PATIENCE_IN_TRIALS: usize = 10;

/// Children at most to make a scenario small.
const TRIALS: u64 = 100;

/// Runs work in children.
pub struct Isolated {
    supervisor: Supervisor,
    /// What the deaths of exploring children were taken for.
    deaths: Mutex<Vec<(&'static str, Engine, u64)>>,
}

/// How work in a child came out.
pub enum Outcome<T> {
    /// With this result.
    Done(T),
    /// The child died.
    Died(Death),
    /// There is no result, for this reason.
    Nothing(String),
}

impl Isolated {
    /// Children that run this executable, whose command line must hand [`SUBCOMMAND`](super::SUBCOMMAND) to
    /// [`serve`](super::child::serve).
    ///
    /// # Errors
    /// If the system does not tell which executable this is.
    pub fn new() -> io::Result<Isolated> {
        Ok(Isolated { supervisor: Supervisor::new()?, deaths: Mutex::default() })
    }

    fn run<T: Wire>(&self, request: &Request) -> Outcome<T> {
        match self.supervisor.run(request) {
            End::Done(result) => match wire::value(&result) {
                Ok(result) => Outcome::Done(result),
                Err(broken) => Outcome::Nothing(format!("the result of a child process cannot be read: {}", broken.0)),
            },
            End::Died(death) => Outcome::Died(death),
            End::Stopped => {
                Outcome::Nothing(format!("its child process was ended: nothing was found {}", stop::reason()))
            }
            End::Failed(why) => Outcome::Nothing(why),
        }
    }

    /// Explores in a child.
    pub fn explore(&self, entry: &'static DesignEntry, explorer: &dyn Explorer, job: &Job<'_>) -> Findings {
        let engine = explorer.engine();
        let (scenarios, properties) = (Arc::new(job.scenarios.clone()), job.properties.to_vec());
        let work = Work::Explore { entry, engine, scenarios, properties, budget: job.budget, seed: job.seed };
        let request = Request { exact: engine == Engine::Threads, ..request(work, job.budget.deadline()) };
        match self.run(&request) {
            Outcome::Done(findings) => findings,
            Outcome::Nothing(why) => Findings { shortfall: Some(why), ..Findings::new(engine) },
            Outcome::Died(death) => self.explored_until(death, entry, explorer, job, &request),
        }
    }

    fn explored_until(
        &self,
        first: Death,
        entry: &'static DesignEntry,
        explorer: &dyn Explorer,
        job: &Job<'_>,
        request: &Request,
    ) -> Findings {
        let exact = first.hangs || request.exact;
        let death = match (!exact).then(|| self.run::<Findings>(&Request { exact: true, ..request.clone() })) {
            Some(Outcome::Died(death)) => death,
            _ => first,
        };
        let engine = explorer.engine();
        let before = Request { stop_before: Some(death.execution), ..request.clone() };
        let mut findings = match (death.execution > 1).then(|| self.run(&before)) {
            Some(Outcome::Done(findings)) => findings,
            _ => Findings::new(engine),
        };
        findings.shortfall = Some(format!("ended by execution {}: {death}", death.execution));
        let known = findings.violations.iter().any(|evidence| evidence.violation.property == Property::Prog2);
        let judged = explorer.judges(Property::Prog2) && job.properties.contains(&Property::Prog2);
        if let Some(evidence) = evidence(engine, &death)
            && judged
            && !known
        {
            let mut deaths = lock(&self.deaths);
            deaths.push((entry.name, engine, evidence.execution));
            findings.violations.push(evidence);
        }
        findings
    }

    /// Makes a failure small, in a child or in several.
    pub fn explain(&self, entry: &'static DesignEntry, evidence: &Evidence, budget: Budget) -> Counterexample {
        let of_death = (entry.name, evidence.engine, evidence.execution);
        let deaths = lock(&self.deaths).clone();
        if budget.deadline().has_passed() {
            return counterexample::as_found(entry, evidence, Shrunk::NoTime);
        }
        if evidence.violation.property == Property::Prog2 && deaths.contains(&of_death) {
            return self.smallest(entry, evidence, budget);
        }
        let work = Work::Explain { entry, evidence: Arc::new(evidence.clone()), budget };
        match self.run(&request(work, budget.deadline())) {
            Outcome::Done(counterexample) => counterexample,
            Outcome::Died(_) => counterexample::as_found(entry, evidence, Shrunk::Died),
            Outcome::Nothing(_) => counterexample::as_found(entry, evidence, Shrunk::NoTime),
        }
    }

    /// Finds a failure of a scenario and makes it small; nothing if none is found.
    pub fn find(
        &self,
        entry: &'static DesignEntry,
        scenario: Scenario,
        property: Property,
        budget: Budget,
    ) -> Outcome<Option<Counterexample>> {
        let scenario = Arc::new(scenario);
        let work = Work::Find { entry, scenario, property, budget };
        let request = Request { exact: true, ..request(work, budget.deadline()) };
        match self.run(&request) {
            Outcome::Died(death) if property == Property::Prog2 => match evidence(Engine::Sequential, &death) {
                Some(evidence) => Outcome::Done(Some(self.smallest(entry, &evidence, budget))),
                None => Outcome::Died(death),
            },
            outcome => outcome,
        }
    }

    /// Shows a failure again; nothing if it is no longer there.
    pub fn show(
        &self,
        entry: &'static DesignEntry,
        way: &Reproduction,
        scenario: &Arc<Scenario>,
        property: Property,
    ) -> Outcome<Option<Evidence>> {
        let work = Work::Show { entry, way: way.clone(), scenario: Arc::clone(scenario), property };
        // Loom may take long to come to the execution; each of them is watched.
        let request = Request { exact: true, ..request(work, Budget::seconds(600.0).deadline()) };
        match self.run(&request) {
            Outcome::Died(death) if property == Property::Prog2 => match evidence(way.engine(), &death) {
                Some(evidence) => Outcome::Done(Some(evidence)),
                None => Outcome::Died(death),
            },
            outcome => outcome,
        }
    }

    /// The smallest scenario found that kills its process, and the death by it.
    fn smallest(&self, entry: &'static DesignEntry, evidence: &Evidence, budget: Budget) -> Counterexample {
        let until = Deadline::after(budget.as_seconds());
        let mut trials = 0;
        let mut killer = |way: &Reproduction, scenarios: Vec<Arc<Scenario>>, patience| {
            trials += 1;
            let work = Work::Survive { entry, way: way.clone(), scenarios: scenarios.clone() };
            // The full patience is for the last look, which is taken also when the time is over.
            let seconds = budget.as_seconds() + LOOK.as_secs_f64() * patience as f64;
            let request = Request { exact: true, patience, seconds, ..request(work, until) };
            let Outcome::Died(death) = self.run::<bool>(&request) else { return None };
            let at = scenarios.iter().position(|scenario| Some(scenario) == death.scenario.as_ref())?;
            (death.inside == Some(true)).then_some((at, death))
        };
        let ways = [
            Reproduction::Lockstep,
            Reproduction::Switches(Vec::new()),
            Reproduction::Loom(Some(0)),
            Reproduction::Loom(Some(2)),
        ];
        let first = Arc::clone(&evidence.scenario);
        let able = ways.into_iter().filter(|way| !entry.skip.contains(&way.engine()));
        let found = able
            .filter(|_| !until.has_passed())
            .find(|way| killer(way, vec![Arc::clone(&first)], PATIENCE_IN_TRIALS).is_some());
        let as_found = || {
            let over = until.has_passed();
            let end = if over { Shrunk::NoTime } else { Shrunk::NotSeenAgain };
            counterexample::as_found(entry, evidence, end)
        };
        let Some(way) = found else { return as_found() };
        let (mut scenario, mut scenarios, mut end) = (first, 0, Shrunk::Budget);
        for _ in 0..TRIALS {
            if until.has_passed() {
                break;
            }
            let candidates: Vec<_> = smaller(&scenario).map(Arc::new).collect();
            let Some((at, _)) = killer(&way, candidates.clone(), PATIENCE_IN_TRIALS) else {
                scenarios += candidates.len() as u64;
                end = if until.has_passed() { end } else { Shrunk::Smallest };
                break;
            };
            scenarios += at as u64 + 1;
            scenario = Arc::clone(&candidates[at]);
        }
        let name = scenario_name(entry.name, Property::Prog2);
        let scenario = Arc::new(Scenario { name, ..Arc::unwrap_or_clone(scenario) });
        let shown = killer(&way, vec![Arc::clone(&scenario)], PATIENCE);
        let Some(shown) = shown.and_then(|(_, death)| self::evidence(way.engine(), &death)) else {
            return as_found();
        };
        Counterexample {
            entry,
            size: Size::of(&scenario, &[]),
            evidence: shown,
            way: Some(way),
            found: Found::of(evidence),
            effort: Effort { scenarios, executions: trials, end },
        }
    }
}

/// A request with the usual patience.
fn request(work: Work, deadline: Deadline) -> Request {
    let seconds = limit::current().map_or(deadline.left(), |outer| deadline.left().min(outer.left()));
    Request { work, seconds, exact: false, stop_before: None, patience: PATIENCE }
}

/// A death inside an execution as evidence against PROG-2.
fn evidence(engine: Engine, death: &Death) -> Option<Evidence> {
    let scenario = death.scenario.clone().filter(|_| death.inside == Some(true))?;
    let violation = no_end(&death.to_string());
    Some(Evidence { engine, violation, scenario, schedule: Vec::new(), execution: death.execution, trace: Vec::new() })
}
