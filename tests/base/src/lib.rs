//! What every part of the check stands on. It knows neither scenarios nor designs.
//!
//! - [`budget`], [`deadline`], [`limit`], [`stop`]: how long work may take, and who ends it;
//! - [`suggest`]: what was meant by a name that is not known;
//! - [`source`]: where a generator's choices come from;
//! - [`digest`], [`mutex`], [`ParseError`], [`panic_message`]: digests, locks of the suite's own, errors with a line
//!   and a column, what a panic says.
#![forbid(unsafe_code)]

pub mod budget;
pub mod deadline;
pub mod digest;
pub mod limit;
pub mod mutex;
pub mod source;
pub mod stop;
pub mod suggest;

use std::any::Any;
use std::fmt;

/// What a panic says, in one line.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").lines().next().unwrap_or_default().to_string()
}

/// Where and why a text is not what it was read as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}
