//! PROG-2: no deadlock, no livelock, no panic from re-entrant user code.
//!
//! An execution that does not terminate is seen by the engine. Of one that does, the outcome says whether user code
//! ran without end and had to be stopped.

use super::{Judgement, Property};
use crate::outcome::Outcome;

/// Looks whether user code had to be stopped.
pub fn check(outcome: &Outcome) -> Judgement {
    let Some(thread) = outcome.ledger.runaway else { return Judgement::Holds };
    let sentence = format!("user code of dying values ran again and again in {thread}, without end");
    Judgement::refuted(Property::Prog2, [], sentence)
}
