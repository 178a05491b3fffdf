//! The properties, one file each. A checker looks at one [`Outcome`] and says whether its property held in it.
//!
//! The ids are defined in `proofs-notes/properties.md`. A checker never alarms falsely: where an outcome does not
//! determine the answer it says [`Judgement::NotJudged`], and where finding it takes too long,
//! [`Judgement::OutOfBudget`], which makes the verdict `unknown`. Every checker has a negative control among the faulty
//! parts.

pub mod api_1;
mod contents;
pub mod entry_1;
pub mod fresh_1;
pub mod iso_1;
pub mod iso_2;
pub mod lin_1;
pub mod map_1;
pub mod mem_1;
pub mod prog_1;
pub mod prog_2;
mod replay;
pub mod snap_1;
pub mod snap_2;
mod steps;
pub mod tok_1;
mod words;

use crate::nearest::unknown;
use crate::outcome::Outcome;
use contextvars_model::history::Operation;
use std::fmt;
use std::str::FromStr;

/// A property of `proofs-notes/properties.md`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Property {
    /// A get never returns a value bound in a context other than the thread's current one.
    Iso1,
    /// Threads that are not connected with a thread do not change what it is answered.
    Iso2,
    /// A get returns the latest binding in the current context.
    Fresh1,
    /// The contents of a copied context never change through operations on anything else.
    Snap1,
    /// A reader of another thread's context sees one version that was current during the read.
    Snap2,
    /// A context is active in at most one thread, once.
    Entry1,
    /// A token resets at most once, only its own variable, only in its own context.
    Tok1,
    /// Every history is linearizable with respect to the model.
    Lin1,
    /// The map equals a map, persistently, in canonical shape.
    Map1,
    /// Every value is dropped exactly once, none is reached after its drop, none is left.
    Mem1,
    /// Error kinds, their order and the absence of effects are the model's.
    Api1,
    /// Get is wait-free; no thread, stopped anywhere, blocks it. Seen by an engine that schedules, while it runs.
    Prog1,
    /// No deadlock, no livelock, no panic. The engines see it: an execution that comes to its end keeps it.
    Prog2,
}

impl Property {
    /// All of them, in the order of the tables.
    pub const ALL: [Property; 13] = [
        Property::Iso1,
        Property::Iso2,
        Property::Fresh1,
        Property::Snap1,
        Property::Snap2,
        Property::Entry1,
        Property::Tok1,
        Property::Lin1,
        Property::Map1,
        Property::Mem1,
        Property::Api1,
        Property::Prog1,
        Property::Prog2,
    ];

    /// Its id, for example `ISO-1`.
    pub fn id(self) -> &'static str {
        match self {
            Property::Iso1 => "ISO-1",
            Property::Iso2 => "ISO-2",
            Property::Fresh1 => "FRESH-1",
            Property::Snap1 => "SNAP-1",
            Property::Snap2 => "SNAP-2",
            Property::Entry1 => "ENTRY-1",
            Property::Tok1 => "TOK-1",
            Property::Lin1 => "LIN-1",
            Property::Map1 => "MAP-1",
            Property::Mem1 => "MEM-1",
            Property::Api1 => "API-1",
            Property::Prog1 => "PROG-1",
            Property::Prog2 => "PROG-2",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Property {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Property::ALL.into_iter().find(|p| p.id().eq_ignore_ascii_case(text));
        found.ok_or_else(|| unknown("property", text, &Property::ALL.map(|p| p.id())))
    }
}

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
    Violated(Violation),
    /// The outcome does not determine it: it is outside of what the checker looks at.
    NotJudged(&'static str),
    /// It is determined, and deciding it took more than the checker has for one outcome.
    OutOfBudget(&'static str),
}

impl Judgement {
    /// The property is broken: the operations that show it, and the sentence.
    fn violated_by(property: Property, operations: Vec<Operation>, sentence: String) -> Judgement {
        Judgement::Violated(Violation { property, operations, sentence })
    }

    /// The same, by steps of a replay.
    fn violated<'r, 'a: 'r>(
        property: Property,
        steps: impl IntoIterator<Item = &'r steps::Step<'a>>,
        sentence: String,
    ) -> Judgement {
        Judgement::violated_by(property, steps.into_iter().map(|step| step.of.clone()).collect(), sentence)
    }
}

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
        Property::Map1 => Judgement::NotJudged("maps are checked by map operations, not by histories"),
        Property::Mem1 => mem_1::check(outcome),
        Property::Api1 => api_1::check(outcome),
        Property::Prog1 => Judgement::Holds,
        Property::Prog2 => prog_2::check(outcome),
    }
}
