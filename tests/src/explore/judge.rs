//! Has outcomes judged, each distinct one once, and counts the executions that decide each property.
//!
//! Thousands of schedules lead to few different outcomes. An outcome is recognised by a fingerprint of all that
//! checkers look at, its XXH3-128 (Collet, xxHash specification 0.8): two different outcomes of one scenario would have
//! to collide for one to be skipped. With the fingerprint is remembered for which properties the outcome is
//! inconclusive, so that an execution counts for those alone that it decides.

use super::contention::{Contention, Totals};
use crate::limit;
use crate::outcome::{LedgerReport, Outcome};
use crate::properties::{self, Judgement, Property, Violation};
use crate::verdict::Tally;
use contextvars_model::history::Operation;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::time::Instant;
use xxhash_rust::xxh3::Xxh3;

/// Judges the outcomes of one exploration.
pub struct Judge {
    /// The properties that have not been refuted yet.
    unrefuted: Vec<Property>,
    /// The outcomes of this scenario: which of `tallies` each leaves open, as a set of bits, and what met in it.
    seen: HashMap<u128, (u16, Contention), BuildHasherDefault<Already>>,
    tallies: Vec<Tally>,
    contention: Totals,
    distinct: u64,
    begun: Instant,
    keeps_the_last: bool,
    last: Option<Outcome>,
}

/// Outcomes remembered at most; beyond that everything is judged again, which is slower and no less right.
const REMEMBERED: usize = 2_000_000;

impl Judge {
    /// A judge of these properties.
    pub fn new(properties: impl IntoIterator<Item = Property>) -> Judge {
        let unrefuted: Vec<Property> = properties.into_iter().collect();
        Judge {
            tallies: unrefuted.iter().copied().map(Tally::of).collect(),
            unrefuted,
            seen: HashMap::default(),
            contention: Totals::default(),
            distinct: 0,
            begun: Instant::now(),
            keeps_the_last: false,
            last: None,
        }
    }

    /// One that judges nothing and keeps the last outcome, for a replay.
    pub fn keeping_the_last() -> Judge {
        Judge { keeps_the_last: true, ..Judge::new([]) }
    }

    /// The same, with a property to judge after all: one that is seen only while the execution runs.
    pub fn watching(self, property: Property) -> Judge {
        Judge { unrefuted: vec![property], ..self }
    }

    /// The outcome kept.
    pub fn take_last(&mut self) -> Option<Outcome> {
        self.last.take()
    }

    /// Forgets the outcomes of the scenario before: those of another one may look alike.
    pub fn next_scenario(&mut self) {
        self.seen.clear();
    }

    /// Whether every property has been refuted already.
    pub fn is_done(&self) -> bool {
        self.unrefuted.is_empty() && !self.keeps_the_last
    }

    /// Whether a property is to be judged and has not been refuted yet.
    pub fn is_open(&self, property: Property) -> bool {
        self.unrefuted.contains(&property)
    }

    /// Judges the outcome of an execution, if it is a new one, and counts the execution. A property that was refuted is
    /// not judged again.
    pub fn judge(&mut self, outcome: &Outcome) -> Vec<Violation> {
        self.judge_if(outcome, None)
    }

    /// The same for an execution that was cut, for this reason. What it did may break a property; it decides none,
    /// because the rest of it might have.
    pub fn judge_cut(&mut self, outcome: &Outcome, why: &'static str) -> Vec<Violation> {
        self.judge_if(outcome, Some(why))
    }

    fn judge_if(&mut self, outcome: &Outcome, cut: Option<&'static str>) -> Vec<Violation> {
        if self.keeps_the_last {
            self.last = Some(outcome.clone());
        }
        let fingerprint = fingerprint(outcome, cut.is_some());
        let ((left_open, contention), violations) = match self.seen.get(&fingerprint) {
            Some(&known) => (known, Vec::new()),
            None => {
                self.distinct += 1;
                let (left_open, violations) = self.judge_anew(outcome);
                let known = (left_open, Contention::of(&outcome.history));
                if self.seen.len() < REMEMBERED {
                    self.seen.insert(fingerprint, known);
                }
                (known, violations)
            }
        };
        if let Some(why) = cut {
            self.tallies.iter_mut().for_each(|tally| _ = tally.left_open.get_or_insert(why));
            return violations;
        }
        for (bit, tally) in self.tallies.iter_mut().enumerate() {
            let decides = left_open & (1 << bit) == 0;
            tally.decided += u64::from(decides);
            self.contention.decides(tally.property, decides, contention);
        }
        self.contention.add(contention);
        violations
    }

    /// Takes an execution that terminated, and of whose outcome nothing else can be said, for this reason.
    pub fn leave_open(&mut self, outcome: &Outcome, why: &'static str) -> Vec<Violation> {
        let mut violations = Vec::new();
        for tally in &mut self.tallies {
            if tally.property != Property::Prog2 {
                tally.left_open.get_or_insert(why);
                continue;
            }
            match properties::check(tally.property, outcome) {
                Judgement::Refuted(violation) => violations.push(violation),
                _ => tally.decided += 1,
            }
        }
        violations.retain(|violation| self.unrefuted.contains(&violation.property));
        violations.iter().for_each(|violation| self.refuted(violation.property));
        violations
    }

    /// What is refuted in an outcome, and for which of `tallies` it is inconclusive.
    fn judge_anew(&mut self, outcome: &Outcome) -> (u16, Vec<Violation>) {
        let (mut left_open, mut violations) = (0, Vec::new());
        for (bit, tally) in
            self.tallies.iter_mut().enumerate().filter(|(_, tally)| self.unrefuted.contains(&tally.property))
        {
            let judgement = limit::unless_over(|| properties::check(tally.property, outcome));
            match judgement.unwrap_or(Judgement::OutOfBudget("the time given was over")) {
                Judgement::Holds => continue,
                Judgement::Refuted(violation) => violations.push(violation),
                Judgement::Inconclusive(why) => {
                    tally.inconclusive += 1;
                    tally.left_open.get_or_insert(why);
                }
                Judgement::OutOfBudget(_) => tally.out_of_budget += 1,
            }
            left_open |= 1 << bit;
        }
        violations.iter().for_each(|violation| self.refuted(violation.property));
        (left_open, violations)
    }

    /// Takes a violation that was found otherwise, if its property has not been refuted yet.
    pub fn take(&mut self, violation: Violation) -> Option<Violation> {
        let is_new = self.unrefuted.contains(&violation.property);
        self.refuted(violation.property);
        is_new.then_some(violation)
    }

    /// A property that is refuted is not judged again.
    fn refuted(&mut self, property: Property) {
        self.unrefuted.retain(|unrefuted| *unrefuted != property);
        if let Some(tally) = self.tallies.iter_mut().find(|tally| tally.property == property) {
            tally.refuted_after.get_or_insert(self.begun.elapsed().as_millis() as u64);
        }
    }

    /// Distinct outcomes judged so far.
    pub fn distinct(&self) -> u64 {
        self.distinct
    }

    /// Lines for the report: what met in the executions judged.
    pub fn contention(&self) -> Vec<String> {
        self.contention.notes(&self.tallies)
    }

    /// What came of judging each property.
    pub fn tallies(self) -> Vec<Tally> {
        self.tallies
    }
}

/// Of all that checkers look at: answers, their order in time, what user code saw, the ledger; and of whether the
/// execution was cut.
fn fingerprint(outcome: &Outcome, cut: bool) -> u128 {
    let mut hasher = Xxh3::new();
    let Outcome { history, seen, ledger, .. } = outcome;
    cut.hash(&mut hasher);
    history.init.len().hash(&mut hasher);
    history.init.iter().for_each(|init| init.ret.hash(&mut hasher));
    history.operations.len().hash(&mut hasher);
    for Operation { thread, ret, invoked, responded, .. } in &history.operations {
        (thread, ret, invoked, responded).hash(&mut hasher);
    }
    let LedgerReport { leaked, reached_after_drop, unordered, runaway, quiet } = ledger;
    (seen, leaked, reached_after_drop, unordered, runaway, quiet).hash(&mut hasher);
    hasher.digest128()
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct Already(u64);

impl Hasher for Already {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed");
    }
    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}
