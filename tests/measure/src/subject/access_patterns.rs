//! Threads, or tasks of one thread, that take turns: which share of the lookups hits?
//!
//! All are simulated on one real thread, each turn a fixed number of reads, so the answer is exact and the same in
//! every run. Long turns are what the GIL gives a program; turns of one read are the pattern that the thread of issue
//! 121546 expects of threads that really run in parallel.

use super::counted::{Counted, Tally};
use super::fixture::{On, context, read, variables};
use super::{Fixture, Sample};
use contextvars::core::{Context, Runtime, ThreadState};
use contextvars::parts::cache::Cache;
use contextvars::platform::Std;
use serde::Serialize;

/// Who takes turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Players {
    /// Threads, each inside a context of its own from beginning to end.
    Threads,
    /// Tasks of one thread, as of an event loop: a turn enters the task's context, reads, and leaves it.
    Tasks,
}

/// A pattern of access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct AccessPattern {
    /// Who takes turns.
    pub players: Players,
    /// How many there are.
    pub count: usize,
    /// Reads in a turn.
    pub slice: usize,
    /// Variables, read round robin by each player.
    pub variables: usize,
}

/// The reads of one player, over all its turns. A multiple of every length of turn that is measured.
pub const READS: usize = 10_000;

impl AccessPattern {
    /// Plays, and counts.
    pub(super) fn tally<C: Cache<Std, Sample>>(self) -> Tally {
        let runtime = Runtime::<On<Counted<C>>>::new();
        let variables = variables(&runtime, self.variables);
        let contexts: Vec<Context<_>> =
            (0..self.count).map(|player| context(&runtime, &variables, player * self.variables)).collect();
        let mut done = vec![0; self.count];
        let mut turn = |thread: &ThreadState<On<Counted<C>>>, player: usize| {
            for _ in 0..self.slice {
                let n: usize = done[player];
                read(thread, &variables[n % variables.len()]);
                done[player] = n + 1;
            }
        };
        let rounds = READS / self.slice;
        match self.players {
            Players::Threads => {
                let start = |context| ThreadState::start_in_copy(&runtime, context);
                let threads: Vec<_> = contexts.iter().map(start).collect();
                Tally::of(|| {
                    for _ in 0..rounds {
                        threads.iter().enumerate().for_each(|(player, thread)| turn(thread, player));
                    }
                })
            }
            Players::Tasks => {
                let thread = ThreadState::start(&runtime);
                Tally::of(|| {
                    for _ in 0..rounds {
                        for (player, context) in contexts.iter().enumerate() {
                            thread.run(context, || turn(&thread, player)).expect("nobody is inside");
                        }
                    }
                })
            }
        }
    }
}

/// What `reads` further gets of variables, round robin in one thread, hit when each was read before.
pub(super) fn warm<C: Cache<Std, Sample>>(variables: usize) -> Tally {
    let fixture = Fixture::<Counted<C>>::new(variables);
    fixture.read_all();
    Tally::of(|| (0..4).for_each(|_| fixture.read_all()))
}
