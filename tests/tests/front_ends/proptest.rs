//! The front end for proptest, with structural shrinking.

use contextvars_check::generate::shrink::{Edit, edits};
use contextvars_check::generate::{Profile, Seeded, scenario};
use contextvars_check::scenario::Scenario;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Scenarios of a profile. A failing one is made smaller by dropping threads, steps and user code; see
/// `generate/shrink.rs`.
pub(crate) fn scenarios(profile: Profile) -> impl Strategy<Value = Scenario> {
    Scenarios { profile }
}

#[derive(Clone, Debug)]
struct Scenarios {
    profile: Profile,
}

impl Strategy for Scenarios {
    type Tree = Tree;
    type Value = Scenario;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        use proptest::prelude::Rng;
        let failing = scenario(&mut Seeded::new(runner.rng().next_u64()), &self.profile);
        Ok(Tree { failing, attempt: None, edits: None, at: 0 })
    }
}

/// The smallest scenario known to fail, and the smaller one that is being tried.
#[derive(Debug)]
struct Tree {
    failing: Scenario,
    attempt: Option<Scenario>,
    /// The edits of `failing`, once they are needed.
    edits: Option<Vec<Edit>>,
    at: usize,
}

impl Tree {
    fn next_attempt(&mut self) -> bool {
        let edits = self.edits.get_or_insert_with(|| edits(&self.failing));
        self.attempt = None;
        while self.attempt.is_none() && self.at < edits.len() {
            self.attempt = edits[self.at].apply(&self.failing);
            self.at += 1;
        }
        self.attempt.is_some()
    }
}

impl ValueTree for Tree {
    type Value = Scenario;

    fn current(&self) -> Scenario {
        self.attempt.as_ref().unwrap_or(&self.failing).clone()
    }

    fn simplify(&mut self) -> bool {
        if let Some(smaller) = self.attempt.take() {
            self.failing = smaller;
            (self.edits, self.at) = (None, 0);
        }
        self.next_attempt()
    }

    fn complicate(&mut self) -> bool {
        self.attempt.is_some() && self.next_attempt()
    }
}
