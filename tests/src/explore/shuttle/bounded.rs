//! The search of all schedules with few preemptions.

use super::strategy::Strategy;
use shuttle::scheduler::{Task, TaskId};

/// All schedules with at most `preemptions` preemptions, depth first (Musuvathi and Qadeer, PLDI 2007). To leave a task
/// that could go on is a preemption; to choose another when it cannot is free.
pub(super) struct Bounded {
    preemptions: usize,
    left: u64,
    /// The choice taken at each point of the schedule, the number of choices, and the preemptions up to and with it.
    path: Vec<(usize, usize, usize)>,
    at: usize,
    begun: bool,
    exhausted: bool,
}

impl Bounded {
    pub(super) fn new(preemptions: usize, at_most: u64) -> Bounded {
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
