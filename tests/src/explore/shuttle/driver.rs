//! Runs many schedules of many scenarios through one runner of shuttle.
//!
//! # Protocol
//! shuttle calls the driver, as its scheduler, before every execution; the driver takes the outcome of the execution
//! before, has it judged, and names the scenario of the next one, which the model's closure then runs. So failures are
//! values, never panics; judging happens on an ordinary stack; and one runner, with its pooled stacks, serves all
//! (a runner for each schedule costs eight times as much).

use super::plan::Plan;
use super::strategy::Strategy;
use crate::deadline::Deadline;
use crate::digest::mix;
use crate::explore::Engine;
use crate::explore::judge::Judge;
use crate::harness::{PlatformThreads, SystemUnderTest};
use crate::limit;
use crate::mutex::lock;
use crate::outcome::Outcome;
use crate::platform::selected::{Backend, with_backend};
use crate::platform::{progress, trace};
use crate::properties::prog_1::Progress;
use crate::properties::{Property, Violation};
use crate::scenario::Scenario;
use crate::verdict::{Covered, Evidence};
use contextvars_model::Op;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::sync::{Arc, Mutex};

/// A scenario and the schedules of it to run.
#[derive(Clone)]
pub(super) struct Work {
    pub(super) scenario: Arc<Scenario>,
    pub(super) plan: Plan,
}

/// Steps after which an execution is taken for one without an end, ...
const STEPS: usize = 100_000;

/// ..., and for each operation of the first scenario of a drive.
const STEPS_PER_OPERATION: usize = 500;

/// Steps of an execution between two looks at the clock.
const BETWEEN_LOOKS: usize = 1_024;

/// When a drive ends.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The number of executions after which it ends.
    pub(super) executions: u64,
    /// At this moment.
    pub(super) deadline: Deadline,
}

/// What a drive is about, shared between the scheduler (which shuttle owns) and the caller.
pub(super) struct Drive {
    pub(super) judge: Judge,
    pub(super) covered: Covered,
    pub(super) violations: Vec<Evidence>,
    /// For each work that was begun: the schedules run, and whether they were all there are of its kind.
    pub(super) done: Vec<(u64, bool)>,
    pub(super) out_of_time: bool,
    /// Scheduling points of the last execution.
    pub(super) points: usize,
    /// Watches the gets, if property PROG-1 is to be judged; the trace is on then.
    pub(super) progress: Option<Progress>,
    /// Of each task, the most steps that it took in one execution.
    pub(super) steps: Vec<usize>,
    scenario: Option<Arc<Scenario>>,
    outcome: Option<Outcome>,
    /// Which task went on at each scheduling point of the last execution.
    pub(super) schedule: Vec<u8>,
}

impl Drive {
    fn new(judge: Judge) -> Drive {
        let progress = judge.is_open(Property::Prog1).then(Progress::default);
        Drive {
            judge,
            covered: Covered::default(),
            violations: Vec::new(),
            done: Vec::new(),
            out_of_time: false,
            points: 0,
            progress,
            steps: Vec::new(),
            scenario: None,
            outcome: None,
            schedule: Vec::new(),
        }
    }

    fn take_outcome(&mut self) {
        // What was cut decides nothing.
        if limit::has_cut() {
            self.out_of_time = true;
            return;
        }
        let (Some(outcome), Some(scenario)) = (self.outcome.take(), self.scenario.clone()) else { return };
        self.covered.executions += 1;
        self.points = self.schedule.len();
        self.count_steps();
        self.covered.operations += (outcome.history.init.len() + outcome.history.operations.len()) as u64;
        self.covered.digest = self.schedule.iter().fold(self.covered.digest, |d, &task| mix(d, u64::from(task)));
        self.take_progress(&outcome, &scenario, 0);
        let violations = self.judge.judge(&outcome);
        self.covered.outcomes = self.judge.distinct();
        self.add(violations, &scenario, 0);
    }

    /// Takes what was seen of gets in an execution, which may not have come to its end: `more` is then 1.
    fn take_progress(&mut self, outcome: &Outcome, scenario: &Arc<Scenario>, more: u64) {
        let seen = self.progress.as_mut().and_then(|progress| progress.take(outcome));
        let violation = seen.and_then(|violation| self.judge.take(violation));
        self.add(violation, scenario, more);
    }

    fn add(&mut self, violations: impl IntoIterator<Item = Violation>, scenario: &Arc<Scenario>, more: u64) {
        let (schedule, execution) = (&self.schedule, self.covered.executions + more);
        self.violations.extend(violations.into_iter().map(|violation| Evidence {
            engine: Engine::Shuttle,
            violation,
            scenario: Arc::clone(scenario),
            schedule: schedule.clone(),
            execution,
            trace: Vec::new(),
        }));
    }

    fn count_steps(&mut self) {
        let mut steps = vec![0; 1 + usize::from(self.schedule.iter().copied().max().unwrap_or(0))];
        self.schedule.iter().for_each(|&task| steps[usize::from(task)] += 1);
        self.steps.resize(self.steps.len().max(steps.len()), 0);
        self.steps.iter_mut().zip(steps).for_each(|(most, now)| *most = now.max(*most));
    }
}

struct Driver<I> {
    drive: Arc<Mutex<Drive>>,
    works: I,
    strategy: Option<Box<dyn Strategy>>,
    limits: Limits,
    /// Whether nothing is handed over in the scenario: who waits for a mailbox, which is the harness's, waits for
    /// nobody of the program.
    watched: bool,
}

impl<I: Iterator<Item = Work>> Scheduler for Driver<I> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let mut drive = lock(&self.drive);
        drive.take_outcome();
        if drive.out_of_time || drive.judge.is_done() || drive.covered.executions >= self.limits.executions {
            return None;
        }
        // The first execution is always run: a replay has no other, and tells of a violation also after a signal.
        let begun = drive.covered.executions > 0;
        if begun && drive.covered.executions.is_multiple_of(64) && self.limits.deadline.has_passed() {
            drive.out_of_time = true;
            return None;
        }
        drive.schedule.clear();
        loop {
            if let Some(strategy) = &mut self.strategy {
                if strategy.begin() {
                    if drive.progress.is_some() {
                        progress::begin();
                        trace::start();
                    }
                    if let Some(done) = drive.done.last_mut() {
                        done.0 += 1;
                    }
                    return Some(Schedule::new(0));
                }
                if let Some(done) = drive.done.last_mut() {
                    done.1 = strategy.is_exhausted();
                }
            }
            let work = self.works.next()?;
            if drive.scenario.as_ref().is_none_or(|before| !Arc::ptr_eq(before, &work.scenario)) {
                drive.judge.next_scenario();
                drive.covered.scenarios += 1;
            }
            self.watched = !work.scenario.any(&|op| matches!(op, Op::Give { .. }));
            drive.scenario = Some(work.scenario);
            drive.done.push((0, false));
            self.strategy = Some(work.plan.strategy());
        }
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        let next = self.strategy.as_mut()?.next(runnable, current, yielding);
        let mut drive = lock(&self.drive);
        // One operation may take all the steps that there are, and its execution then ends here.
        if drive.schedule.len() % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && limit::is_over() {
            return None;
        }
        if let Some(progress) = drive.progress.as_mut().filter(|_| self.watched) {
            let ids = || runnable.iter().map(|task| usize::from(task.id()));
            progress.look(|thread| ids().any(|id| Some(id) == progress::task_of(thread)));
        }
        drive.schedule.extend(next.map(|next| usize::from(next) as u8));
        next
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}

/// Runs the works until they are done, every property is refuted, or a limit is reached. What goes wrong with an
/// execution as such (a deadlock, a panic, no end) comes back as an error with the schedule that led there.
pub(super) fn drive(
    subject: &'static dyn SystemUnderTest,
    works: impl Iterator<Item = Work> + 'static,
    judge: Judge,
    limits: Limits,
) -> (Drive, Option<Crash>) {
    let traced = trace::is_on();
    let mut works = works.peekable();
    let longest = works.peek().map_or(0, |work| work.scenario.operations());
    let _limit = limit::until(limits.deadline);
    let shared = Arc::new(Mutex::new(Drive::new(judge)));
    let scheduler = Driver { drive: Arc::clone(&shared), works, strategy: None, limits, watched: false };
    let mut config = Config::new();
    config.stack_size = 256 * 1024;
    config.failure_persistence = FailurePersistence::None;
    // A longer scenario has more steps, and is no livelock.
    config.max_steps = MaxSteps::FailAfter(STEPS.max(STEPS_PER_OPERATION * longest));
    config.silence_warnings = true;
    let inside = Arc::clone(&shared);
    let run = move || {
        Runner::new(scheduler, config).run(move || {
            let scenario = lock(&inside).scenario.clone().expect("the scheduler has chosen one");
            let outcome = subject.run(&scenario, Arc::new(PlatformThreads::default()));
            lock(&inside).outcome = Some(outcome);
        });
    };
    let crash = crate::explore::quietly(|| with_backend(Backend::Shuttle, run)).err().map(|panic| {
        let message = crate::explore::panic_message(&*panic);
        let drive = lock(&shared);
        let scenario = drive.scenario.clone().expect("a panic comes out of an execution");
        Crash { message, scenario, schedule: drive.schedule.clone() }
    });
    let mut drive = std::mem::replace(&mut *lock(&shared), Drive::new(Judge::new([])));
    if let Some(crash) = &crash {
        drive.take_progress(&Outcome::default(), &crash.scenario, 1);
    }
    if drive.progress.is_some() && !traced {
        trace::finish();
    }
    (drive, crash)
}

/// An execution that did not terminate.
pub(super) struct Crash {
    pub(super) message: String,
    pub(super) scenario: Arc<Scenario>,
    pub(super) schedule: Vec<u8>,
}
