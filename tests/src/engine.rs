//! The engines, by name. How each explores is in [`explore`](crate::explore).

use crate::suggest;
use std::fmt;
use std::str::FromStr;

/// An engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Engine {
    /// One thread at a time, compared with the model after every operation.
    Sequential,
    /// Exhaustive over interleavings and weak-memory behaviours within bounds.
    Loom,
    /// Schedules: all with few preemptions, then random ones.
    Shuttle,
    /// Real threads on real hardware.
    Threads,
}

impl Engine {
    /// All of them, in the order in which the default run uses them.
    pub const ALL: [Engine; 4] = [Engine::Sequential, Engine::Shuttle, Engine::Loom, Engine::Threads];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sequential => "sequential",
            Engine::Loom => "loom",
            Engine::Shuttle => "shuttle",
            Engine::Threads => "threads",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Engine {
    type Err = String;
    fn from_str(text: &str) -> Result<Engine, String> {
        let named = Engine::ALL.into_iter().find(|engine| engine.name() == text);
        named.ok_or_else(|| suggest::unknown("engine", text, Engine::ALL.into_iter().map(Engine::name)))
    }
}
