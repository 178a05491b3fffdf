//! The child's end: does the work, and keeps the black box.

use super::black_box::{self, Head, State};
use super::request::{Request, Work};
use super::wire;
use crate::counterexample;
use crate::counterexample::codec::{Broken, Read};
use crate::counterexample::reproduction::Reproduction;
use crate::deadline::{self, Deadline};
use crate::designs::DesignEntry;
use crate::explore::{ENGINES, Job, loom, sequential, shuttle};
use crate::harness::observe::{Moment, observe};
use crate::limit;
use crate::mutex::lock;
use crate::properties::Property;
use crate::scenario::Scenario;
use crate::stop;
use crate::verdict::Findings;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Between two looks at an execution.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// Looks at an execution that takes no step, after a signal has asked to stop.
const PATIENCE_WHEN_STOPPED: usize = 20;

/// What a child that has lost its parent is given to end in order.
const WITHOUT_PARENT: Duration = Duration::from_secs(2);

/// Operations in lockstep, or executions under loom, of a scenario that is run to see whether it kills the process.
const OPERATIONS: u64 = 1_000;

/// What the child is doing.
struct Follower {
    file: Mutex<(File, Option<Arc<Scenario>>)>,
    exact: bool,
    stop_before: Option<u64>,
    executions: AtomicU64,
    inside: AtomicBool,
}

impl Follower {
    fn file(&self) -> MutexGuard<'_, (File, Option<Arc<Scenario>>)> {
        lock(&self.file)
    }

    fn head(&self, state: State, inside: Option<bool>) -> Head {
        // Relaxed, here and below: numbers of one thread's making, read by another that needs no others with them.
        Head { state, inside, executions: self.executions.load(Ordering::Relaxed) }
    }

    /// A box that cannot be written to says less; the work is done all the same.
    fn note(&self, moment: &Moment<'_>) {
        let inside = matches!(moment, Moment::Begins(_));
        self.inside.store(inside, Ordering::Relaxed);
        if let Moment::Begins(scenario) = moment {
            let number = self.executions.fetch_add(1, Ordering::Relaxed) + 1;
            if self.stop_before == Some(number) {
                stop::ask(signal_hook::consts::SIGTERM);
            }
            let (file, last) = &mut *self.file();
            if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, scenario)) {
                let head = self.head(State::Runs, self.exact.then_some(true));
                let _ = black_box::write(file, head, &wire::bytes(*scenario));
                *last = Some(Arc::clone(scenario));
                return;
            }
        }
        if self.exact {
            let _ = black_box::write_head(&mut self.file().0, self.head(State::Runs, Some(inside)));
        }
    }

    /// Looks until an execution takes no step for so many looks in a row; says so.
    fn watch(&self, patience: usize) {
        let (mut before, mut looks) = ((0, 0), 0);
        loop {
            std::thread::sleep(LOOK);
            let now = (self.executions.load(Ordering::Relaxed), deadline::beats());
            let stands = self.inside.load(Ordering::Relaxed) && now == before;
            (before, looks) = (now, if stands { looks + 1 } else { 0 });
            let patience = if stop::asked_by().is_some() { PATIENCE_WHEN_STOPPED.min(patience) } else { patience };
            if looks >= patience {
                let _ = black_box::write_head(&mut self.file().0, self.head(State::Hangs, Some(true)));
                return;
            }
        }
    }
}

/// Does what is asked for on the standard input, with this file as black box.
///
/// # Errors
/// One line, if that cannot be read or the file cannot be written.
pub fn serve(path: &Path) -> Result<(), String> {
    let said = |error: io::Error| format!("{}: {error}", path.display());
    let file = File::options().write(true).open(path).map_err(said)?;
    // Both ends have it open. Where that cannot be done the parent removes it.
    let _ = fs::remove_file(path);
    let Request { work, seconds, exact, stop_before, patience } = request().map_err(|why| why.0.to_string())?;
    let follow = Arc::new(Follower {
        file: Mutex::new((file, None)),
        exact,
        stop_before,
        executions: AtomicU64::new(0),
        inside: AtomicBool::new(false),
    });
    let (observed, watched) = (Arc::clone(&follow), Arc::clone(&follow));
    observe(Box::new(move |moment| observed.note(&moment)));
    std::thread::spawn(follow_parent);
    std::thread::spawn(move || watched.watch(patience));
    let _limit = limit::until(Deadline::after(seconds));
    let result = perform(work);
    let head = follow.head(State::Done, Some(false));
    black_box::write(&mut follow.file().0, head, &result).map_err(said)
}

fn request() -> Read<Request> {
    let (mut length, broken) = ([0; 8], |_| Broken("the request ends too early"));
    io::stdin().read_exact(&mut length).map_err(broken)?;
    let mut bytes = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap_or(0)];
    io::stdin().read_exact(&mut bytes).map_err(broken)?;
    wire::value(&bytes)
}

/// Waits for what the parent passes on, or for its end.
fn follow_parent() {
    let mut signal = [0];
    let passed_on = io::stdin().read_exact(&mut signal).is_ok();
    stop::ask(if passed_on { signal[0].into() } else { signal_hook::consts::SIGTERM });
    // A parent that stops its child reads what that still has to say, and ends it if it says nothing.
    if !passed_on {
        std::thread::sleep(WITHOUT_PARENT);
        std::process::exit(1);
    }
}

fn perform(work: Work) -> Vec<u8> {
    match work {
        Work::Explore { entry, engine, scenarios, properties, budget, seed } => {
            let job = Job { subject: entry.subject, scenarios: &scenarios, properties: &properties, budget, seed };
            let explorer = ENGINES.iter().find(|explorer| explorer.engine() == engine);
            wire::bytes(&explorer.map_or_else(|| Findings::new(engine), |explorer| explorer.explore(&job)))
        }
        Work::Explain { entry, evidence, budget } => wire::bytes(&counterexample::explain(entry, &evidence, budget)),
        Work::Find { entry, scenario, property, budget } => {
            wire::bytes(&counterexample::find(entry, Arc::unwrap_or_clone(scenario), property, budget))
        }
        Work::Show { entry, way, scenario, property } => {
            wire::bytes(&way.show(entry, &scenario, property).map(|shown| shown.evidence))
        }
        Work::Survive { entry, way, scenarios } => {
            scenarios.iter().for_each(|scenario| run(entry, &way, scenario));
            wire::bytes(&true)
        }
    }
}

/// Runs a scenario in this way, for what becomes of the process.
fn run(entry: &DesignEntry, way: &Reproduction, scenario: &Arc<Scenario>) {
    match way {
        Reproduction::Lockstep => _ = sequential::search(entry.subject, scenario, Property::Prog2, OPERATIONS),
        Reproduction::Switches(switches) => _ = shuttle::show(entry.subject, scenario, Property::Prog2, switches),
        Reproduction::Loom(bound) => {
            let deadline = limit::current().unwrap_or_else(Deadline::of_a_replay);
            _ = loom::search(entry.subject, scenario, Property::Prog2, *bound, OPERATIONS, deadline);
        }
    }
}
