//! A scenario: what is set up, what each thread does, what is looked at afterwards.
//!
//! One type for everything that is ever run: hand-written cases, generated programs, fuzzer input, counterexamples and
//! regression files. Its text form is readable and is what goes into files; see `proofs-notes/scenarios.md`.

mod lex;
pub mod library;
mod parse;
mod print;
mod program;
pub mod sequential;
mod validate;
mod words;

pub use contextvars_check_base::ParseError;
pub use print::{OpText, RetText};
pub use program::{Program, Scenario, Step};
pub use validate::Invalid;
pub use words::{ERRORS, KEYWORDS, error_word, keyword};
