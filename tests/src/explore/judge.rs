//! Has outcomes judged, each distinct one once, and counts the executions that decide each property.
//!
//! Thousands of schedules lead to few different outcomes. An outcome is recognised by a 128-bit fingerprint of all that
//! checkers look at: two different outcomes of one scenario would have to collide in all of it for one to be skipped.
//! With the fingerprint is remembered for which properties the outcome is inconclusive, so that an execution counts for those
//! alone that it decides.

use crate::check::{self, Judgement, Property, Violation};
use crate::limit;
use crate::outcome::Outcome;
use crate::verdict::Tally;
use contextvars_model::history::Operation;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::time::Instant;

/// Judges the outcomes of one exploration.
pub struct Judge {
    /// The properties that have not been refuted yet.
    unbroken: Vec<Property>,
    /// The outcomes of this scenario, and which of `tallies` each leaves open, as a set of bits.
    seen: HashMap<u128, u16, BuildHasherDefault<Already>>,
    tallies: Vec<Tally>,
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
        let unbroken: Vec<Property> = properties.into_iter().collect();
        Judge {
            tallies: unbroken.iter().copied().map(Tally::of).collect(),
            unbroken,
            seen: HashMap::default(),
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
        Judge { unbroken: vec![property], ..self }
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
        self.unbroken.is_empty() && !self.keeps_the_last
    }

    /// Whether a property is to be judged and has not been refuted yet.
    pub fn is_open(&self, property: Property) -> bool {
        self.unbroken.contains(&property)
    }

    /// Judges the outcome of an execution, if it is a new one, and counts the execution. A property that was refuted is
    /// not judged again.
    pub fn judge(&mut self, outcome: &Outcome) -> Vec<Violation> {
        if self.keeps_the_last {
            self.last = Some(outcome.clone());
        }
        let fingerprint = fingerprint(outcome);
        let (left_open, violations) = match self.seen.get(&fingerprint) {
            Some(&left_open) => (left_open, Vec::new()),
            None => {
                self.distinct += 1;
                let (left_open, violations) = self.judge_anew(outcome);
                if self.seen.len() < REMEMBERED {
                    self.seen.insert(fingerprint, left_open);
                }
                (left_open, violations)
            }
        };
        for (bit, tally) in self.tallies.iter_mut().enumerate() {
            tally.decided += u64::from(left_open & (1 << bit) == 0);
        }
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
            match check::check(tally.property, outcome) {
                Judgement::Violated(violation) => violations.push(violation),
                _ => tally.decided += 1,
            }
        }
        violations.retain(|violation| self.unbroken.contains(&violation.property));
        violations.iter().for_each(|violation| self.refuted(violation.property));
        violations
    }

    /// What is refuted in an outcome, and for which of `tallies` it is inconclusive.
    fn judge_anew(&mut self, outcome: &Outcome) -> (u16, Vec<Violation>) {
        let (mut left_open, mut violations) = (0, Vec::new());
        for (bit, tally) in
            self.tallies.iter_mut().enumerate().filter(|(_, tally)| self.unbroken.contains(&tally.property))
        {
            let judgement = limit::unless_over(|| check::check(tally.property, outcome));
            match judgement.unwrap_or(Judgement::OutOfBudget("the time given was over")) {
                Judgement::Holds => continue,
                Judgement::Violated(violation) => violations.push(violation),
                Judgement::NotJudged(why) => {
                    tally.not_judged += 1;
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
        let is_new = self.unbroken.contains(&violation.property);
        self.refuted(violation.property);
        is_new.then_some(violation)
    }

    /// A property that is refuted is not judged again.
    fn refuted(&mut self, property: Property) {
        self.unbroken.retain(|unbroken| *unbroken != property);
        if let Some(tally) = self.tallies.iter_mut().find(|tally| tally.property == property) {
            tally.refuted_after.get_or_insert(self.begun.elapsed().as_millis() as u64);
        }
    }

    /// Distinct outcomes judged so far.
    pub fn distinct(&self) -> u64 {
        self.distinct
    }

    /// What came of judging each property.
    pub fn tallies(self) -> Vec<Tally> {
        self.tallies
    }
}

/// All that checkers look at, in 128 bits: answers, their order in time, what user code saw, the ledger.
fn fingerprint(outcome: &Outcome) -> u128 {
    let mut hasher = Twin { a: 0x243F_6A88_85A3_08D3, b: 0x1319_8A2E_0370_7344 };
    let operation = |hasher: &mut Twin, operation: &Operation| {
        operation.ret.hash(hasher);
        hasher.write_u64(operation.invoked);
        hasher.write_u64(operation.responded);
        hasher.write_u16(operation.thread.0);
    };
    for init in &outcome.history.init {
        init.ret.hash(&mut hasher);
    }
    for parallel in &outcome.history.operations {
        operation(&mut hasher, parallel);
    }
    outcome.seen.hash(&mut hasher);
    outcome.ledger.leaked.hash(&mut hasher);
    outcome.ledger.reached_after_drop.hash(&mut hasher);
    outcome.ledger.runaway.hash(&mut hasher);
    (u128::from(hasher.a) << 64) | u128::from(hasher.b)
}

/// Two independent multiply-and-rotate hashes.
struct Twin {
    a: u64,
    b: u64,
}

impl Hasher for Twin {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.a = (self.a ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        self.b = (self.b.rotate_left(23) ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ (self.b >> 32);
    }
    fn write_u8(&mut self, n: u8) {
        self.write_u64(u64::from(n));
    }
    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }
    fn finish(&self) -> u64 {
        self.a
    }
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
