//! What there is to tell about one counterexample, free of any engine.
//!
//! Every form of report renders this and nothing else; it goes into result files as it is, so that they can be rendered
//! again. [`story_builder`](super::story_builder) makes it from evidence.

use serde::{Deserialize, Serialize};

/// A counterexample as it is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Story {
    /// The property that is refuted.
    pub property: String,
    /// The engine that found it.
    pub engine: String,
    /// The number of the failing execution, counted from 1.
    pub execution: u64,
    /// What happened, in one sentence that names the property.
    pub sentence: String,
    /// How it could happen: who came between which two steps.
    pub cause: Option<String>,
    /// What the model expects.
    pub expected: String,
    /// What was observed instead.
    pub observed: String,
    /// Lines that belong to the sentence.
    pub details: Vec<String>,
    /// The columns: the threads of the scenario by number.
    pub threads: Vec<u16>,
    /// The steps, in the order in which they were performed.
    pub rows: Vec<Row>,
    /// The operations as intervals, in the order of their invocations.
    pub operations: Vec<Interval>,
    /// In which order the operations can have taken effect.
    pub order: Order,
    /// The operations that contradict each other: indices into `operations`, the one that shows the fault first.
    pub conflict: Vec<usize>,
    /// The name of the scenario that it was found in.
    pub scenario: String,
    /// The scenario that is told, in its text form: that one, or a smaller one.
    pub text: String,
    /// What was done to make it small.
    pub effort: Option<String>,
    /// What replays it exactly.
    pub token: Option<String>,
}

/// One step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The column: index into [`Story::threads`].
    pub column: usize,
    /// How deep it is inside operations.
    pub depth: usize,
    /// What it is.
    pub what: What,
    /// In words.
    pub text: String,
    /// The operation that it belongs to: index into [`Story::operations`].
    pub operation: usize,
    /// Why another thread goes on after it, if one does.
    pub switch: Option<String>,
}

/// What a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// An operation begins.
    Begin,
    /// It answers.
    End,
    /// It begins and answers without a step of note in between.
    Whole,
    /// It accesses something that other threads access as well.
    Access,
}

/// An operation as an interval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// The thread.
    pub thread: u16,
    /// What was performed, as the scenario writes it.
    pub op: String,
    /// The answer; missing if there was none.
    pub answer: Option<String>,
    /// When it was invoked: counted in invocations and responses.
    pub invoked: u64,
    /// When it responded; missing if it never did.
    pub responded: Option<u64>,
    /// How many operations of the same thread it lies inside of: what user code performs.
    pub depth: usize,
}

/// In which order operations can have taken effect, one at a time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// In this one the model answers as observed: indices into [`Story::operations`].
    Found(Vec<usize>),
    /// In none. This is a longest beginning of one.
    Refuted {
        /// The beginning.
        longest: Vec<usize>,
        /// What could have come next, and what the model would have answered.
        stuck: Vec<(usize, String)>,
    },
    /// It is not known, or does not apply.
    Unknown,
}

impl Story {
    /// The sentence and the cause together.
    pub fn summary(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{}; here {cause}", self.sentence),
            None => self.sentence.clone(),
        }
    }

    /// What was observed, unless the sentence has said it.
    pub fn observation(&self) -> Option<&str> {
        (!self.sentence.ends_with(&self.observed)).then_some(&self.observed)
    }

    /// Whether both are the same execution, looked at by two properties.
    pub fn is_same_execution(&self, other: &Story) -> bool {
        // The first line of the scenario is its name, which says the property.
        let nameless = |story: &Story| story.text.split_once('\n').map(|(_, text)| text.to_string());
        !self.operations.is_empty() && self.operations == other.operations && nameless(self) == nameless(other)
    }

    /// Whether a step belongs to what contradicts: to be shown in full, and marked.
    pub fn is_in_conflict(&self, row: &Row) -> bool {
        self.conflict.contains(&row.operation)
    }
}
