//! Many generated scenarios, in batches, of which two are under way at any time: while the interpreter performs one the
//! suite compares the one before.

use crate::compare::{Comparison, Rules};
use crate::dialect::{Dialect, Version};
use crate::found::{self, Found};
use crate::interpreter::{Failure, Interpreter};
use crate::plan::{Cut, Order, Plan, Way};
use crate::profile::Generator;
use crate::trial::{Alone, Job, PATIENCE, Trouble, alone, judged};
use crate::wire;
use contextvars_check::generate::Seeded;
use contextvars_check::stop;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Operations of a batch, about.
const BATCH: u64 = 2_000;

/// Batches under way.
const UNDER_WAY: usize = 2;

/// How one event in so many is followed by a probe.
pub const PROBE_EVERY: usize = 12;

/// What came of a job.
#[derive(Clone, Debug)]
pub struct Report {
    /// The interpreter.
    pub version: Version,
    /// Operations compared.
    pub operations: u64,
    /// Scenarios performed.
    pub scenarios: u64,
    /// Those compared to their end.
    pub whole: u64,
    /// Those that end where the specification leaves open what comes next, or at what the oracle cannot perform.
    pub open: u64,
    /// Those that end before a step that touches a fault of the interpreter, by the fault.
    pub faults: BTreeMap<&'static str, u64>,
    /// Differences that the dialect explains, by their names.
    pub explained: BTreeMap<&'static str, u64>,
    /// Everything else.
    pub found: Vec<Found>,
    /// How long it took, without making findings small.
    pub seconds: f64,
    /// Why less was done than was asked for.
    pub shortfall: Option<String>,
}

impl Report {
    /// Nothing done yet.
    pub fn new(version: &Version) -> Report {
        Report {
            version: version.clone(),
            operations: 0,
            scenarios: 0,
            whole: 0,
            open: 0,
            faults: BTreeMap::new(),
            explained: BTreeMap::new(),
            found: Vec::new(),
            seconds: 0.0,
            shortfall: None,
        }
    }

    /// Operations a second.
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds.max(1e-9)
    }

    /// The finding with the smallest scenario.
    pub fn smallest(&self) -> Option<&Found> {
        self.found.iter().min_by_key(|found| found.plan.scenario.operations())
    }

    pub(crate) fn count(&mut self, plan: &Plan, comparison: &Comparison) {
        self.operations += comparison.operations;
        self.scenarios += 1;
        for (id, count) in &comparison.explained {
            *self.explained.entry(id).or_default() += count;
        }
        match plan.cut {
            None => self.whole += 1,
            Some(Cut::Open(_) | Cut::Unable(_)) => self.open += 1,
            Some(Cut::Fault(fault)) => *self.faults.entry(fault.id).or_default() += 1,
        }
    }
}

/// Compares generated scenarios until so many operations are done, so much was found, or the time is over.
///
/// # Errors
/// One line, if the interpreter cannot be started again after it died.
pub fn run(interpreter: &mut Interpreter, job: &Job<'_>) -> Result<Report, String> {
    let began = Instant::now();
    let mut lost = Duration::ZERO;
    let mut report = Report::new(interpreter.version());
    let dialect = Dialect::of(interpreter.version()).seeking(job.seek);
    let mut random = Seeded::new(job.seed);
    let mut under_way: VecDeque<Vec<Plan>> = VecDeque::new();
    let mut planned = 0;
    loop {
        let over = job.deadline.has_passed() || report.found.len() >= job.findings;
        while under_way.len() < UNDER_WAY && planned < job.operations && !over {
            let batch = batch(&mut random, job.generator, &dialect);
            planned += batch.iter().map(Plan::operations).sum::<u64>();
            interpreter.ask(wire::batch(&batch, false));
            under_way.push_back(batch);
        }
        let Some(batch) = under_way.pop_front().filter(|_| !over) else { break };
        let troubles = match interpreter.answer(PATIENCE.0, job.deadline) {
            Ok(told) => judge(&batch, &told, &dialect, job.rules, &mut report),
            Err(Failure::Stopped) => break,
            Err(failure) => {
                interpreter.restart()?;
                let troubles = culprits(interpreter, &batch, failure, &dialect, job, &mut report)?;
                for batch in &under_way {
                    interpreter.ask(wire::batch(batch, false));
                }
                troubles
            }
        };
        if troubles.is_empty() {
            continue;
        }
        let pause = Instant::now();
        // What is under way is in the pipe before whatever is asked now.
        interpreter.restart()?;
        for (plan, trouble) in troubles {
            if report.found.len() < job.findings {
                report.found.push(found::shrink(interpreter, plan, trouble, &dialect, job)?);
            }
        }
        for batch in &under_way {
            interpreter.ask(wire::batch(batch, false));
        }
        lost += pause.elapsed();
    }
    if !under_way.is_empty() && stop::asked_by().is_none() {
        // What nobody waits for any more is not to be taken for the answer to the next question.
        interpreter.restart()?;
    }
    report.seconds = (began.elapsed() - lost).as_secs_f64();
    if report.operations < job.operations && report.found.len() < job.findings {
        report.shortfall = Some(format!("{} of {} operations {}", report.operations, job.operations, stop::reason()));
    }
    Ok(report)
}

fn batch(random: &mut Seeded, generator: Generator, dialect: &Dialect) -> Vec<Plan> {
    let (mut batch, mut operations) = (Vec::new(), 0);
    while operations < BATCH {
        let scenario = generator(random);
        let way = Way { order: Order::Mixed(random.bits()), probe_every: PROBE_EVERY };
        let plan = Plan::new(&scenario, dialect, &way);
        operations += plan.operations();
        batch.push(plan);
    }
    batch
}

/// Compares what was told of a batch.
fn judge(batch: &[Plan], told: &Value, dialect: &Dialect, rules: Rules, report: &mut Report) -> Vec<(Plan, Trouble)> {
    let nothing = Value::Null;
    let mut troubles = Vec::new();
    for (n, plan) in batch.iter().enumerate() {
        let (comparison, trouble) = judged(plan, told["told"].get(n).unwrap_or(&nothing), dialect, rules);
        report.count(plan, &comparison);
        troubles.extend(trouble.map(|trouble| (plan.clone(), trouble)));
    }
    troubles
}

/// After a batch that was not answered, each of its scenarios alone: which one is it?
fn culprits(
    interpreter: &mut Interpreter,
    batch: &[Plan],
    failure: Failure,
    dialect: &Dialect,
    job: &Job<'_>,
    report: &mut Report,
) -> Result<Vec<(Plan, Trouble)>, String> {
    let mut troubles = Vec::new();
    for plan in batch {
        let Alone { comparison, trouble, .. } = alone(interpreter, plan, dialect, job)?;
        match &trouble {
            Some(Trouble::Failed(Failure::Stopped)) => break,
            _ => report.count(plan, &comparison),
        }
        troubles.extend(trouble.map(|trouble| (plan.clone(), trouble)));
    }
    if troubles.is_empty() && !job.deadline.has_passed() {
        troubles.push((batch[batch.len() - 1].clone(), Trouble::Failed(failure)));
    }
    Ok(troubles)
}
