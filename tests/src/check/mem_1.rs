//! MEM-1: every value is dropped exactly once, none is reached after its drop, nothing is left when all handles are gone.

use super::{Judgement, Property};
use crate::outcome::Outcome;

/// Looks at the ledger of values.
pub fn check(outcome: &Outcome) -> Judgement {
    let ledger = &outcome.ledger;
    let sentence = match (ledger.reached_after_drop.first(), ledger.leaked.as_slice()) {
        (Some((value, thread)), _) => format!("{thread} reached value {value} after it had been dropped"),
        (None, []) => return Judgement::Holds,
        (None, [value]) => format!("value {value} was never dropped although every handle is gone"),
        (None, [value, more @ ..]) => {
            format!("value {value} and {} more were never dropped although every handle is gone", more.len())
        }
    };
    Judgement::violated(Property::Mem1, [], sentence)
}
