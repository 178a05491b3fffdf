//! How much was tried to make a failure smaller, and why no more.

use std::fmt;

/// How much was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// Smaller scenarios tried.
    pub scenarios: u64,
    /// Executions used, in units of one under shuttle.
    pub executions: u64,
    /// Why it ended.
    pub end: End,
}

/// Why shrinking ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It is 1-minimal: no single step makes it smaller.
    Smallest,
    /// The budget was used up: it may be possible to make it smaller.
    Budget,
    /// No engine found it a second time.
    NotSeenAgain,
    /// A signal, or the end of the time, came before it was found a second time.
    NoTime,
    /// The process that was to make it smaller died.
    Died,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            End::Smallest => "1-minimal",
            End::Budget => "not known to be 1-minimal: the budget for making it smaller was used up",
            End::NoTime => "shown as it was found, without a token: there was no time to find it again",
            End::Died => "shown as it was found, without a token: to make it smaller ended the process",
            End::NotSeenAgain => "shown as it was found, without a token: it was not found a second time",
        })
    }
}
