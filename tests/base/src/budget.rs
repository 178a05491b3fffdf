//! Budgets. A budget is a length of time, but what it buys is a *number* of executions, so that the same budget and the
//! same seed explore the same, whatever the machine is doing. The time itself is only a limit: if the machine is too
//! slow for the number, the verdict says so and how far it came.

use crate::deadline::Deadline;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time to be used.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Budget {
    seconds: f64,
}

impl Budget {
    /// A budget of `seconds`.
    pub fn seconds(seconds: f64) -> Budget {
        Budget { seconds }
    }

    /// Its length.
    pub fn as_seconds(self) -> f64 {
        self.seconds
    }

    /// The number of executions that it buys at a nominal rate per second, at least one.
    pub fn executions(self, per_second: u64) -> u64 {
        ((self.seconds * per_second as f64) as u64).max(1)
    }

    /// A part of it.
    pub fn share(self, part: f64) -> Budget {
        Budget { seconds: self.seconds * part }
    }

    /// The moment at which what goes on is cut, inside an execution too. It is generous: what was planned is to be
    /// finished on a machine that is a few times slower than usual, too. Never after the
    /// [limit in force](crate::limit::until).
    pub fn deadline(self) -> Deadline {
        let own = Deadline::after(self.seconds * 4.0 + 30.0);
        crate::limit::current().map_or(own, |outer| own.not_after(outer))
    }
}

impl fmt::Display for Budget {
    /// As [`Budget::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds >= 1.0 || self.seconds.is_nan() {
            return write!(f, "{}s", self.seconds);
        }
        humantime::format_duration(Duration::from_secs_f64(self.seconds)).fmt(f)
    }
}

impl FromStr for Budget {
    type Err = String;

    /// `90`, `90s`, `2m` or `1h`; more than nothing, at most 30 days.
    fn from_str(text: &str) -> Result<Budget, String> {
        let wrong = || format!("`{text}` is not a budget; write a length of time such as 5s, 2m or 1h");
        let seconds = match text.parse::<f64>() {
            Ok(seconds) => seconds,
            Err(_) => humantime::parse_duration(text).map_err(|_| wrong())?.as_secs_f64(),
        };
        if !(0.0..=30.0 * 86400.0).contains(&seconds) {
            return Err(wrong());
        }
        if seconds == 0.0 {
            return Err(String::from("a budget of 0 explores nothing; give a length of time such as 5s"));
        }
        Ok(Budget { seconds })
    }
}
