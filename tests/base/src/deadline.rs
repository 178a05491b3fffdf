//! Moments at which work is cut.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
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

    /// Whether it has passed, or a signal has asked to stop. To ask is to show that work goes on ([`beats`]).
    pub fn has_passed(self) -> bool {
        let now = Instant::now();
        if LAST_BEAT.get().is_none_or(|last| now - last >= BETWEEN_BEATS) {
            LAST_BEAT.set(Some(now));
            // Relaxed: a count that publishes nothing.
            BEATS.fetch_add(1, Ordering::Relaxed);
        }
        self.heeds_signals && crate::stop::asked_by().is_some() || now >= self.at
    }

    /// Seconds until then.
    pub fn left(self) -> f64 {
        self.at.saturating_duration_since(Instant::now()).as_secs_f64()
    }
}

/// A thread that works shows so at most this often: threads that count in one place wait for each other.
const BETWEEN_BEATS: Duration = Duration::from_millis(20);

static BEATS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static LAST_BEAT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A number that grows while some thread looks at a [`Deadline`], as work with steps does before each.
pub fn beats() -> u64 {
    // Relaxed: as above.
    BEATS.load(Ordering::Relaxed)
}
