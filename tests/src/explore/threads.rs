//! Real threads on real hardware.
//!
//! Shows: that faults occur outside the simulators too, at full speed and with the machine's own memory model. Cannot
//! show: that they do not occur. Threads that are spawned for each run find nothing, because the first is done before
//! the second has started; so the workers persist, each run starts at a spin barrier, and in every other run
//! so does each step.

use super::judge::Judge;
use super::{Engine, Explorer, Job};
use crate::deadline::Deadline;
use crate::digest::mix;
use crate::generate::{self, Profile, Seeded, Shape};
use crate::harness::{Body, ThreadRunner};
use crate::limit;
use crate::mutex::lock;
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::verdict::{Evidence, Findings};
use contextvars_model::ThreadId;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

/// The engine.
pub struct Threads;

/// Runs per second of budget; a slow machine does more.
const NOMINAL: u64 = 3_000;

/// Runs of one scenario before the next one has its turn.
const EACH: u64 = 200;

/// Steps of a program that threads begin together.
const MEETINGS: usize = 16;

/// Looks at the others before a thread begins a step without them; after [`SPINS`] it gives way between two.
const WAITS: usize = 2_020;

/// Looks without giving way.
const SPINS: usize = 2_000;

/// Runs of a large scenario, which has its turn after each four others; a run takes as long as some twenty of theirs.
const LARGE: u64 = 4;

impl Explorer for Threads {
    fn engine(&self) -> Engine {
        Engine::Threads
    }

    fn judges(&self, property: Property) -> bool {
        property != Property::Prog1
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let planned = job.executions(NOMINAL);
        let deadline = job.budget.deadline();
        let _limit = limit::until(deadline);
        let mut findings = Findings::new(Engine::Threads);
        let mut judge = Judge::new(job.properties.iter().copied().filter(|&p| self.judges(p)));
        let crew: Arc<dyn ThreadRunner> = Arc::new(Workers::new(Scenario::MAX_THREADS, deadline));
        let named: Vec<_> = job.scenarios.concurrent().cloned().collect();
        let mut random = Seeded::new(job.seed);
        'turns: for turn in 0.. {
            if named.is_empty() && !job.scenarios.generate {
                break;
            }
            let of_turn = if job.scenarios.generate { (turn / 5, turn % 5) } else { (turn, 0) };
            let (scenario, runs) = match of_turn {
                (round, 0) if !named.is_empty() => (Arc::clone(&named[round % named.len()]), EACH),
                (_, 2) => (Arc::new(generate::contended(&mut random)), EACH),
                (_, 3) => (Arc::new(generate::scenario(&mut random, &Profile::CONTENDED_REENTRANT)), EACH),
                (round, 4) => (Arc::new(generate::large(&mut random, Shape::of_turn(round), 2)), LARGE),
                _ => (Arc::new(generate::scenario(&mut random, &Profile::CONCURRENT)), EACH),
            };
            judge.next_scenario();
            findings.covered.scenarios += 1;
            for _ in 0..runs {
                let covered = &mut findings.covered;
                if judge.is_done() || covered.executions >= planned {
                    break 'turns;
                }
                if crew.is_cut() {
                    let done = covered.executions;
                    findings.shortfall = Some(format!("{done} of {planned} runs {}", crate::stop::reason()));
                    break 'turns;
                }
                covered.executions += 1;
                let run = || job.subject.run(&scenario, Arc::clone(&crew));
                let violations = match super::quietly(run) {
                    // Its threads left out steps: it decides nothing.
                    Ok(_) if crew.is_cut() => {
                        covered.executions -= 1;
                        Vec::new()
                    }
                    Ok(outcome) => {
                        covered.operations += outcome.history.operations.len() as u64;
                        covered.digest = mix(covered.digest, outcome.history.operations.len() as u64);
                        judge.judge(&outcome)
                    }
                    Err(panic) => judge.take(super::no_end(&super::panic_message(&*panic))).into_iter().collect(),
                };
                for violation in violations {
                    findings.violations.push(Evidence {
                        engine: Engine::Threads,
                        violation,
                        scenario: Arc::clone(&scenario),
                        schedule: Vec::new(),
                        execution: findings.covered.executions,
                        trace: Vec::new(),
                    });
                }
            }
        }
        findings.covered.outcomes = judge.distinct();
        findings.notes.extend(judge.contention());
        findings.tallies = judge.tallies();
        findings
    }
}

/// Workers that persist.
struct Workers {
    jobs: Vec<mpsc::Sender<Body>>,
    pending: Arc<(Mutex<usize>, Condvar)>,
    /// What a thread of the run panicked with.
    panicked: Arc<Mutex<Option<String>>>,
    deadline: Deadline,
    /// How many threads of the run have come to each of their first steps, and whether they wait for each other.
    arrived: [AtomicUsize; MEETINGS],
    together: AtomicBool,
}

impl Workers {
    fn new(count: usize, deadline: Deadline) -> Workers {
        let pending = Arc::new((Mutex::new(0), Condvar::new()));
        let panicked = Arc::new(Mutex::new(None));
        let worker = |_| {
            let (sender, receiver) = mpsc::channel::<Body>();
            let (pending, panicked) = (Arc::clone(&pending), Arc::clone(&panicked));
            std::thread::spawn(move || {
                for body in receiver {
                    if let Err(panic) = super::quietly(body) {
                        *lock(&panicked) = Some(super::panic_message(&*panic));
                    }
                    let mut left = lock(&pending.0);
                    *left -= 1;
                    if *left == 0 {
                        pending.1.notify_all();
                    }
                }
            });
            sender
        };
        let jobs = (0..count).map(worker).collect();
        Workers {
            jobs,
            pending,
            panicked,
            deadline,
            arrived: [const { AtomicUsize::new(0) }; MEETINGS],
            together: AtomicBool::new(false),
        }
    }

    fn give(&self, thread: ThreadId, body: Body) {
        self.jobs[usize::from(thread.0) - 1].send(body).expect("workers live as long as the crew");
    }
}

impl ThreadRunner for Workers {
    fn start_all(&self, bodies: Vec<(ThreadId, Body)>) {
        let waiting = Arc::new(AtomicUsize::new(bodies.len()));
        *lock(&self.pending.0) += bodies.len();
        // Relaxed, both: the threads are given their work by a channel afterwards.
        self.arrived.iter().for_each(|arrived| arrived.store(0, Ordering::Relaxed));
        // In every other run, so that threads also run past each other.
        self.together.fetch_xor(true, Ordering::Relaxed);
        for (thread, body) in bodies {
            let waiting = Arc::clone(&waiting);
            let at_the_barrier = move || {
                // Relaxed, both: the barrier lines up the start and publishes nothing.
                waiting.fetch_sub(1, Ordering::Relaxed);
                let mut spins = 0_u32;
                while waiting.load(Ordering::Relaxed) > 0 {
                    spins += 1;
                    // With more threads than processors, one that spins keeps the awaited one from running.
                    if spins < 2_000 { std::hint::spin_loop() } else { std::thread::yield_now() }
                }
                body();
            };
            self.give(thread, Box::new(at_the_barrier));
        }
    }

    fn start(&self, thread: ThreadId, body: Body) {
        *lock(&self.pending.0) += 1;
        self.give(thread, body);
    }

    /// Without this a thread is done with the thing that another one is just coming to, and they never meet. Nobody
    /// waits for long: a thread may be in a step that another one keeps it from ending, or without a processor.
    fn meet(&self, step: usize, of: usize) {
        // Relaxed, all: this lines up the steps and publishes nothing.
        let Some(arrived) = self.arrived.get(step).filter(|_| self.together.load(Ordering::Relaxed)) else { return };
        arrived.fetch_add(1, Ordering::Relaxed);
        for wait in 0..WAITS {
            if arrived.load(Ordering::Relaxed) >= of {
                break;
            }
            if wait < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }

    fn is_cut(&self) -> bool {
        self.deadline.has_passed()
    }

    fn wait(&self) {
        let mut left = lock(&self.pending.0);
        while *left > 0 {
            left = self.pending.1.wait(left).unwrap_or_else(PoisonError::into_inner);
        }
        drop(left);
        if let Some(message) = lock(&self.panicked).take() {
            resume_unwind(Box::new(message));
        }
    }
}
