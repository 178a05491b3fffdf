//! Ways of choosing schedules, one mechanism for all: shuttle asks which task goes on, a [`Strategy`] answers.

use super::switches::{Point, Recording, Switch, Switching};
use crate::generate::Seeded;
use shuttle::scheduler::{PctScheduler, UrwRandomScheduler};
use shuttle::scheduler::{Scheduler, Task, TaskId};
use std::sync::{Arc, Mutex};

/// Chooses schedules of one scenario.
pub(super) trait Strategy: Send {
    /// Begins another schedule; false when there is none left.
    fn begin(&mut self) -> bool;
    /// The task that goes on.
    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId>;
    /// Whether no further schedule of this kind exists; asked when `begin` has said that there is none left.
    fn is_exhausted(&self) -> bool {
        false
    }
}

/// What to run, without its state: a plan is a list of these.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// All schedules with at most so many preemptions, at most so many schedules.
    Bounded { preemptions: usize, at_most: u64 },
    /// A task chosen uniformly at each point.
    Random { seed: u64, schedules: usize },
    /// Probabilistic concurrency testing with this depth: finds a fault of that depth with a guaranteed probability.
    Pct { seed: u64, depth: usize, schedules: usize },
    /// Uniform random walk over the orders of the tasks' steps.
    Urw { seed: u64, schedules: usize },
    /// The other tasks lead by so many steps; then as `Bounded`, but one task is stopped after so many steps of its
    /// own, for as long as another can go on.
    Stopped { task: usize, lead: usize, after: usize, preemptions: usize, at_most: u64 },
    /// One schedule, given. Where it ends or does not fit the running task goes on, else the first that can.
    Replay(Vec<u8>),
    /// One schedule, given by its switches.
    Switches(Vec<Switch>),
    /// The schedule given, whose points are added to the list.
    Record(Vec<u8>, Arc<Mutex<Vec<Point>>>),
}

impl Plan {
    pub(super) fn strategy(&self) -> Box<dyn Strategy> {
        match *self {
            Plan::Bounded { preemptions, at_most } => Box::new(Bounded::new(preemptions, at_most)),
            Plan::Stopped { task, lead, after, preemptions, at_most } => {
                Box::new(Stopped { task, lead, after, steps: 0, others: 0, rest: Bounded::new(preemptions, at_most) })
            }
            Plan::Random { seed, schedules } => Box::new(Random { random: Seeded::new(seed), left: schedules }),
            Plan::Pct { seed, depth, schedules } => {
                Box::new(Theirs::new(PctScheduler::new_from_seed(seed, depth, schedules)))
            }
            Plan::Urw { seed, schedules } => Box::new(Theirs::new(UrwRandomScheduler::new_from_seed(seed, schedules))),
            Plan::Replay(ref schedule) => Box::new(Replay::new(schedule.clone())),
            Plan::Switches(ref switches) => Box::new(Switching::new(switches.clone())),
            Plan::Record(ref schedule, ref into) => Box::new(Recording::new(schedule.clone(), Arc::clone(into))),
        }
    }
}

/// A scheduler of shuttle's own. Where there is nothing to choose they end the run by a panic: a program that never has
/// two tasks that can go on has one schedule, and no other is asked for.
struct Theirs<S> {
    scheduler: S,
    begun: bool,
    chosen: bool,
}

impl<S> Theirs<S> {
    fn new(scheduler: S) -> Theirs<S> {
        Theirs { scheduler, begun: false, chosen: false }
    }
}

impl<S: Scheduler + Send> Strategy for Theirs<S> {
    fn begin(&mut self) -> bool {
        let more = !self.is_exhausted() && self.scheduler.new_execution().is_some();
        self.begun = true;
        more
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        self.chosen |= runnable.len() > 1;
        self.scheduler.next_task(runnable, current, yielding)
    }

    fn is_exhausted(&self) -> bool {
        self.begun && !self.chosen
    }
}

/// A task chosen uniformly at each point. Our own, because shuttle's prints a failing seed whenever it is dropped
/// before its end, failure or not.
struct Random {
    random: Seeded,
    left: usize,
}

impl Strategy for Random {
    fn begin(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    fn next(&mut self, runnable: &[&Task], _: Option<TaskId>, _: bool) -> Option<TaskId> {
        let chosen = (self.random.bits() >> 33) as usize % runnable.len();
        Some(runnable[chosen].id())
    }
}

/// All schedules with at most `preemptions` preemptions, depth first (Musuvathi and Qadeer, PLDI 2007). To leave a task
/// that could go on is a preemption; to choose another when it cannot is free.
struct Bounded {
    preemptions: usize,
    left: u64,
    /// The choice taken at each point of the schedule, the number of choices, and the preemptions up to and with it.
    path: Vec<(usize, usize, usize)>,
    at: usize,
    begun: bool,
    exhausted: bool,
}

impl Bounded {
    fn new(preemptions: usize, at_most: u64) -> Bounded {
        Bounded { preemptions, left: at_most, path: Vec::new(), at: 0, begun: false, exhausted: false }
    }
}

impl Strategy for Bounded {
    fn begin(&mut self) -> bool {
        if self.begun {
            self.path.truncate(self.at);
            while self.path.last().is_some_and(|&(choice, of, _)| choice + 1 == of) {
                self.path.pop();
            }
            let Some(last) = self.path.last_mut() else {
                self.exhausted = true;
                return false;
            };
            last.0 += 1;
        }
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        self.begun = true;
        self.at = 0;
        true
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        let stay = current.filter(|&c| !yielding && runnable.iter().any(|task| task.id() == c));
        let used = self.at.checked_sub(1).map_or(0, |before| self.path[before].2);
        // Choice 0 is to stay, where that is possible; the others follow in the order of their ids.
        let others = || runnable.iter().map(|task| task.id()).filter(|&id| Some(id) != stay);
        let choices = match stay {
            Some(_) if used < self.preemptions => 1 + others().count(),
            Some(_) => 1,
            None => runnable.len(),
        };
        if self.at == self.path.len() {
            self.path.push((0, choices, used));
        }
        let (choice, _, _) = self.path[self.at];
        let chosen = match stay {
            Some(stay) if choice == 0 => Some(stay),
            Some(_) => others().nth(choice - 1),
            None => others().nth(choice),
        };
        self.path[self.at].2 = used + usize::from(stay.is_some() && choice > 0);
        self.at += 1;
        chosen
    }

    fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}

/// One task is stopped at one of its points, after the others have begun or not; the others take all turns with few
/// preemptions. When none of them can go on, or when they have had so many turns that they go in circles, it goes on,
/// so that the execution comes to its end: what was to be seen has been seen by then.
struct Stopped {
    task: usize,
    lead: usize,
    after: usize,
    steps: usize,
    /// Turns of the others, before it began and while it stands still.
    others: usize,
    rest: Bounded,
}

/// Turns of the others after which a stopped task goes on.
const PATIENCE: usize = 1_000;

impl Strategy for Stopped {
    fn begin(&mut self) -> bool {
        (self.steps, self.others) = (0, 0);
        self.rest.begin()
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, yielding: bool) -> Option<TaskId> {
        let is_it = |id: TaskId| usize::from(id) == self.task;
        let mut ids = runnable.iter().map(|task| task.id());
        let it = ids.clone().find(|&id| is_it(id));
        if self.steps == 0
            && let Some(it) = it
        {
            let stay = current.filter(|&current| !is_it(current) && ids.clone().any(|id| id == current));
            let other = stay.or_else(|| ids.find(|&id| !is_it(id))).filter(|_| self.others < self.lead);
            (self.others, self.steps) = if other.is_some() { (self.others + 1, 0) } else { (0, 1) };
            return Some(other.unwrap_or(it));
        }
        let stands = self.steps == self.after && self.others < PATIENCE;
        let able: Vec<&Task> = runnable.iter().copied().filter(|task| !stands || !is_it(task.id())).collect();
        let next = if able.is_empty() {
            self.rest.next(runnable, current, yielding)
        } else {
            self.others += usize::from(stands);
            self.rest.next(&able, current, yielding)
        };
        self.steps += usize::from(next.is_some_and(is_it));
        next
    }

    fn is_exhausted(&self) -> bool {
        self.rest.is_exhausted()
    }
}

/// One schedule, given.
pub(super) struct Replay {
    schedule: Vec<u8>,
    at: Option<usize>,
}

impl Replay {
    pub(super) fn new(schedule: Vec<u8>) -> Replay {
        Replay { schedule, at: None }
    }
}

impl Strategy for Replay {
    fn begin(&mut self) -> bool {
        let first = self.at.is_none();
        self.at = Some(0);
        first
    }

    fn next(&mut self, runnable: &[&Task], current: Option<TaskId>, _: bool) -> Option<TaskId> {
        let at = self.at.unwrap_or(0);
        self.at = Some(at + 1);
        let can = |wanted: usize| runnable.iter().map(|task| task.id()).find(|&id| usize::from(id) == wanted);
        let scheduled = self.schedule.get(at).and_then(|&wanted| can(usize::from(wanted)));
        scheduled.or_else(|| current.and_then(|c| can(usize::from(c)))).or_else(|| runnable.first().map(|t| t.id()))
    }
}
