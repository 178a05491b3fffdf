//! Moments at which work is cut.

use std::time::{Duration, Instant};

/// A moment in time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    heeds_signals: bool,
}

impl Deadline {
    /// So many seconds from now.
    pub fn after(seconds: f64) -> Deadline {
        Deadline { at: Instant::now() + Duration::from_secs_f64(seconds), heeds_signals: true }
    }

    /// That of a single execution that is run again: what was found is told after a signal, too, but not for long.
    pub fn of_a_replay() -> Deadline {
        Deadline { heeds_signals: false, ..Deadline::after(10.0) }
    }

    /// The same, or the other's moment if that is earlier.
    #[must_use]
    pub fn not_after(self, other: Deadline) -> Deadline {
        Deadline { at: self.at.min(other.at), ..self }
    }

    /// Whether it has passed, or a signal has asked to stop.
    pub fn has_passed(self) -> bool {
        self.heeds_signals && crate::stop::asked_by().is_some() || Instant::now() >= self.at
    }
}
