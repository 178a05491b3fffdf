//! What the harness costs: executions per second of an engine on a scenario, beside a bare runner of the same kind on
//! the same number of threads and scheduling points. Prints; asserts nothing.

use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::{ENGINES, Engine, Explorer, Job, Scenarios};
use contextvars_check::properties::Property;
use contextvars_check::scenario::Scenario;
use contextvars_check::suite;
use std::sync::Arc;
use std::time::Instant;

const SEED: u64 = 1;

fn main() {
    println!("{:<28} {:>8} {:>14} {:>14} {:>7}", "scenario", "points", "engine /s", "bare /s", "ratio");
    for name in ["own-values", "enter-same", "set-and-len", "reset-same-token", "run-same-context"] {
        shuttle(name);
    }
    for name in ["own-values", "enter-same", "set-and-len", "reset-same-token", "run-same-context"] {
        loom(name);
    }
}

fn scenario(name: &str) -> Arc<Scenario> {
    let all = suite::shipped();
    all.concurrent().find(|scenario| scenario.name == name).unwrap_or_else(|| panic!("no scenario {name}")).clone()
}

fn engine(engine: Engine) -> &'static dyn Explorer {
    ENGINES.iter().copied().find(|e| e.engine() == engine).expect("every engine is listed")
}

/// Executions per second of an engine on one scenario, and how many there were.
fn explore(kind: Engine, scenarios: &Scenarios, seconds: f64) -> (f64, u64) {
    let subject = designs::find(DESIGNS, "per-thread").expect("it is listed").subject;
    let budget = Budget::seconds(seconds);
    let job = Job { subject, scenarios, properties: &Property::ALL, budget, seed: SEED };
    let begun = Instant::now();
    let executions = engine(kind).explore(&job).covered.executions;
    (executions as f64 / begun.elapsed().as_secs_f64(), executions)
}

fn shuttle(name: &str) {
    let scenario = scenario(name);
    let threads = scenario.threads.len();
    let scenarios = Scenarios { larger: vec![Arc::clone(&scenario)], ..Scenarios::default() };
    let (rate, _) = explore(Engine::Shuttle, &scenarios, 8.0);
    // One schedule of the scenario tells how many points there are; the bare threads yield as often between them.
    let subject = designs::find(DESIGNS, "per-thread").expect("it is listed").subject;
    let points = contextvars_check::explore::shuttle::points(subject, &scenario);
    let yields = points.saturating_sub(2 * threads + 2) / threads;
    let executions = 100_000;
    let scheduler = ::shuttle::scheduler::PctScheduler::new_from_seed(SEED, 3, executions);
    let begun = Instant::now();
    ::shuttle::Runner::new(scheduler, ::shuttle::Config::new()).run(move || {
        let bare = |_| ::shuttle::thread::spawn(move || (0..yields).for_each(|_| ::shuttle::thread::yield_now()));
        let running: Vec<_> = (0..threads).map(bare).collect();
        running.into_iter().for_each(|thread| thread.join().expect("it only yields"));
    });
    let bare = executions as f64 / begun.elapsed().as_secs_f64();
    row("shuttle", name, points, rate, bare);
}

fn loom(name: &str) {
    let scenario = scenario(name);
    let threads = scenario.threads.len();
    let scenarios = Scenarios { pairs: vec![scenario], ..Scenarios::default() };
    let (_, once) = explore(Engine::Loom, &scenarios, 8.0);
    let begun = Instant::now();
    let mut executions = 0;
    while begun.elapsed().as_secs_f64() < 2.0 {
        executions += explore(Engine::Loom, &scenarios, 8.0).1;
    }
    let rate = executions as f64 / begun.elapsed().as_secs_f64();
    // The bare model: as many threads, each with one access, explored again and again.
    let counter = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let begun = Instant::now();
    while begun.elapsed().as_secs_f64() < 2.0 {
        let counter = Arc::clone(&counter);
        loom::model(move || {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let word = Arc::new(loom::sync::atomic::AtomicU64::new(0));
            let bare = |_| {
                let word = Arc::clone(&word);
                loom::thread::spawn(move || {
                    word.fetch_add(1, loom::sync::atomic::Ordering::AcqRel);
                })
            };
            let running: Vec<_> = (0..threads).map(bare).collect();
            running.into_iter().for_each(|thread| thread.join().expect("it only adds"));
        });
    }
    let bare = counter.load(std::sync::atomic::Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    row("loom", name, once as usize, rate, bare);
}

fn row(kind: &str, name: &str, points: usize, rate: f64, bare: f64) {
    println!("{:<28} {points:>8} {rate:>14.0} {bare:>14.0} {:>7.2}", format!("{kind} {name}"), rate / bare);
}
