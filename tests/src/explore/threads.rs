//! Real threads on real hardware.
//!
//! Shows: that faults occur outside the simulators too, at full speed and with the machine's own memory model. Cannot
//! show: that they do not occur. Threads that are spawned for each run find nothing, because the first is done before
//! the second has started; so the workers persist, and each run starts at a spin barrier.

use super::judge::Judge;
use super::{Engine, Explorer, Job};
use crate::check::Property;
use crate::generate::{self, Profile, Seeded};
use crate::scenario::Scenario;
use crate::subject::{Body, Crew};
use crate::verdict::{Evidence, Findings, mix};
use contextvars_model::ThreadId;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

/// The engine.
pub struct Threads;

/// Runs per second of budget; a slow machine does more.
const NOMINAL: u64 = 4_000;

/// Runs of one scenario before the next one has its turn.
const EACH: u64 = 200;

impl Explorer for Threads {
    fn engine(&self) -> Engine {
        Engine::Threads
    }

    fn judges(&self, property: Property) -> bool {
        property != Property::Map1
    }

    fn explore(&self, job: &Job<'_>) -> Findings {
        let planned = job.budget.executions(NOMINAL);
        let deadline = job.budget.deadline();
        let mut findings = Findings::new(Engine::Threads);
        let mut judge = Judge::new(job.properties.iter().copied().filter(|&p| self.judges(p)));
        let crew: Arc<dyn Crew> = Arc::new(Workers::new(Scenario::MAX_THREADS));
        let named: Vec<_> = job.scenarios.concurrent().cloned().collect();
        let mut random = Seeded::new(job.seed);
        for turn in 0.. {
            let generated = job.scenarios.generate && (named.is_empty() || turn % 2 == 1);
            let scenario = if generated {
                Arc::new(generate::scenario(&mut random, &Profile::CONCURRENT))
            } else {
                Arc::clone(&named[turn / 2 % named.len()])
            };
            judge.next_scenario();
            findings.covered.scenarios += 1;
            for _ in 0..EACH {
                let covered = &mut findings.covered;
                if judge.is_done() || covered.executions >= planned {
                    findings.not_judged = judge.not_judged();
                    return findings;
                }
                if covered.executions.is_multiple_of(16) && deadline.has_passed() {
                    let done = covered.executions;
                    findings.shortfall = Some(format!("{done} of {planned} runs in the time given"));
                    findings.not_judged = judge.not_judged();
                    return findings;
                }
                let outcome = job.subject.on_threads(&scenario, Arc::clone(&crew));
                covered.executions += 1;
                covered.operations += outcome.history.operations.len() as u64;
                covered.digest = mix(covered.digest, outcome.history.operations.len() as u64);
                covered.outcomes += 1;
                for violation in judge.judge(&outcome) {
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
        unreachable!("the turns end at the plan or at the deadline")
    }
}

/// Workers that persist.
struct Workers {
    jobs: Vec<mpsc::Sender<Body>>,
    pending: Arc<(Mutex<usize>, Condvar)>,
}

impl Workers {
    fn new(count: usize) -> Workers {
        let pending = Arc::new((Mutex::new(0), Condvar::new()));
        let worker = |_| {
            let (sender, receiver) = mpsc::channel::<Body>();
            let pending = Arc::clone(&pending);
            std::thread::spawn(move || {
                for body in receiver {
                    body();
                    let mut left = pending.0.lock().unwrap_or_else(PoisonError::into_inner);
                    *left -= 1;
                    if *left == 0 {
                        pending.1.notify_all();
                    }
                }
            });
            sender
        };
        Workers { jobs: (0..count).map(worker).collect(), pending: Arc::clone(&pending) }
    }

    fn give(&self, thread: ThreadId, body: Body) {
        self.jobs[usize::from(thread.0) - 1].send(body).expect("workers live as long as the crew");
    }
}

impl Crew for Workers {
    fn start_all(&self, bodies: Vec<(ThreadId, Body)>) {
        let waiting = Arc::new(AtomicUsize::new(bodies.len()));
        *self.pending.0.lock().unwrap_or_else(PoisonError::into_inner) += bodies.len();
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
        *self.pending.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.give(thread, body);
    }

    fn wait(&self) {
        let mut left = self.pending.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *left > 0 {
            left = self.pending.1.wait(left).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
