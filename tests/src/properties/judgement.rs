//! What a checker says of one outcome.

use super::steps::Step;
use crate::property::Property;
use contextvars_model::history::Operation;

/// How a property was broken in one outcome.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which one.
    pub property: Property,
    /// The operations that show it: what broke first, then what it conflicts with.
    pub operations: Vec<Operation>,
    /// One sentence of plain English: who saw what, and what should have been.
    pub sentence: String,
}

/// What a checker says of one outcome.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// The property held.
    Holds,
    /// It did not.
    Refuted(Violation),
    /// The outcome does not determine it: it is outside of what the checker looks at.
    Inconclusive(&'static str),
    /// It is determined, and deciding it took more than the checker has for one outcome.
    OutOfBudget(&'static str),
}

impl Judgement {
    /// The property is refuted: the operations that show it, and the sentence.
    pub(super) fn refuted_by(property: Property, operations: Vec<Operation>, sentence: String) -> Judgement {
        Judgement::Refuted(Violation { property, operations, sentence })
    }

    /// The same, by steps of a replay.
    pub(super) fn refuted<'r, 'a: 'r>(
        property: Property,
        steps: impl IntoIterator<Item = &'r Step<'a>>,
        sentence: String,
    ) -> Judgement {
        Judgement::refuted_by(property, steps.into_iter().map(|step| step.of.clone()).collect(), sentence)
    }
}
