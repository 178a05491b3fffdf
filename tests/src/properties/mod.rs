//! The properties, one file each. A checker looks at one [`Outcome`] and says whether its property held in it.
//!
//! The ids are defined in `proofs-notes/properties.md`. A checker never alarms falsely: where an outcome does not
//! determine the answer it says [`Judgement::Inconclusive`], and where finding it takes too long,
//! [`Judgement::OutOfBudget`], which makes the verdict `unknown`. Every checker has a negative control among the faulty
//! parts.

pub mod api_1;
mod contents;
pub mod entry_1;
pub mod fresh_1;
pub mod iso_1;
pub mod iso_2;
mod judgement;
pub mod lin_1;
pub mod mem_1;
pub mod prog_1;
pub mod prog_2;
mod quiet;
mod replay;
pub mod snap_1;
pub mod snap_2;
mod steps;
pub mod tok_1;
mod words;

pub use crate::property::Property;
pub use judgement::{Judgement, Violation};

use crate::outcome::Outcome;

/// Judges one property of one outcome.
pub fn check(property: Property, outcome: &Outcome) -> Judgement {
    match property {
        Property::Iso1 => iso_1::check(outcome),
        Property::Iso2 => iso_2::check(outcome),
        Property::Fresh1 => fresh_1::check(outcome),
        Property::Snap1 => snap_1::check(outcome),
        Property::Snap2 => snap_2::check(outcome),
        Property::Entry1 => entry_1::check(outcome),
        Property::Tok1 => tok_1::check(outcome),
        Property::Lin1 => lin_1::check(outcome),
        Property::Mem1 => mem_1::check(outcome),
        Property::Api1 => api_1::check(outcome),
        Property::Prog1 => Judgement::Holds,
        Property::Prog2 => prog_2::check(outcome),
    }
}
