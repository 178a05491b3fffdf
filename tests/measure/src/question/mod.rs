//! The questions of the thread of CPython issue 121546, each answered by one table and one plot.
//!
//! | question | the thread's words | answered by |
//! |---|---|---|
//! | [`cost`] | "pay the increased access cost" | nanoseconds of each operation of one thread |
//! | [`threads`] | "would that be too slow?", "would not scale well" | throughput of threads that work at once |
//! | [`hit_rate`] | "the assumption that most accesses are cache hits" | exact counts in patterns of turns |
//! | [`memory`] | "an array (something like a freelist)" | bytes for each variable and thread |

pub mod cost;
pub mod hit_rate;
pub mod memory;
pub mod threads;

use super::plot::Figure;
use super::stats::{Estimate, Verdict};
use super::subject::{SUBJECTS, SystemUnderTest};
use super::table::Table;
use contextvars_check::suggest::unknown;
use serde_json::Value as Json;
use std::fmt;
use std::str::FromStr;

/// A question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// What does an operation cost?
    Cost,
    /// Do threads that work at once disturb each other?
    Threads,
    /// Are most accesses hits?
    HitRate,
    /// What does a cache take?
    Memory,
}

impl Question {
    /// All of them, in the order in which they are answered.
    pub const ALL: [Question; 4] = [Question::Cost, Question::Threads, Question::HitRate, Question::Memory];

    /// Its name: on the command line, in the notes, and of its plot.
    pub fn name(self) -> &'static str {
        match self {
            Question::Cost => "cost",
            Question::Threads => "threads",
            Question::HitRate => "hit-rate",
            Question::Memory => "memory",
        }
    }
}

impl FromStr for Question {
    type Err = String;

    fn from_str(text: &str) -> Result<Question, String> {
        let found = Question::ALL.into_iter().find(|question| question.name() == text);
        found.ok_or_else(|| unknown("question", text, Question::ALL.map(Question::name)))
    }
}

/// An answer, in every form in which it is given.
pub struct Answer {
    /// The question.
    pub question: Question,
    /// What is in the tables: what a row and a column mean.
    pub meaning: Vec<String>,
    /// The figures.
    pub tables: Vec<Table>,
    /// What follows from them for the thread's questions, computed from the figures.
    pub findings: Vec<String>,
    /// The plot.
    pub figure: Figure,
    /// The figures for machines.
    pub data: Json,
}

/// The lines of a plot, one for each design, each in the same form in all plots, whichever designs are measured.
fn legend(subjects: &[SystemUnderTest]) -> Vec<(String, usize)> {
    let place =
        |subject: &SystemUnderTest| SUBJECTS.iter().position(|other| other.name == subject.name).unwrap_or_default();
    subjects.iter().map(|subject| (subject.name.to_string(), place(subject))).collect()
}

/// The place of a design among those that are measured.
fn place(subjects: &[SystemUnderTest], name: &str) -> Option<usize> {
    subjects.iter().position(|subject| subject.name == name)
}

/// Three significant digits.
pub(super) fn digits(number: f64) -> String {
    match number.abs() {
        0.0..9.995 => format!("{number:.2}"),
        9.995..99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}..{})", digits(self.value), digits(self.low), digits(self.high))
    }
}

/// A sentence on a figure that was wanted to be at least so large.
fn wanted(figure: &Estimate, wanted: f64) -> String {
    let verdict = match figure.is_at_least(wanted) {
        Verdict::Met => "met",
        Verdict::Missed => "MISSED",
        Verdict::Open => "open: the interval has both",
    };
    format!("{figure}; wanted at least {wanted}: {verdict}")
}
