//! The entry of the fuzzer: bytes become a scenario, it is run and judged, and what is wrong becomes a panic.
//!
//! The fuzz target calls nothing else, and so does the test that replays its seeds. All byte strings are scenarios.

use crate::designs::DESIGNS;
use crate::generate::{Profile, arbitrary};
use crate::harness::lockstep::LockstepRun;
use crate::properties::{self, Judgement, Property};
use crate::scenario::Scenario;
use contextvars_model::ThreadId;
use std::sync::Arc;

/// The scenario of these bytes: the first one chooses the profile.
pub fn scenario_of(bytes: &[u8]) -> Scenario {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (_, profile) = &Profile::ALL[usize::from(*first) % Profile::ALL.len()];
    arbitrary::from_bytes(rest, profile)
}

/// Runs the scenario of these bytes on every sound design, one step at a time, in lockstep with the model. The bytes
/// choose the order of the threads, too, from their end.
///
/// # Panics
/// If a design and the model part, or if the scenario does not survive the round trip through its text.
pub fn sequential(bytes: &[u8]) {
    let scenario = Arc::new(scenario_of(bytes));
    let text = scenario.to_string();
    match Scenario::parse(&text) {
        Ok(read) => assert!(read == *scenario, "another scenario comes back from this text:\n{text}\nit is\n{read}"),
        Err(error) => panic!("this text of a scenario cannot be read again, {error}:\n{text}"),
    }
    for design in DESIGNS.iter().filter(|entry| entry.refutes.is_empty()) {
        let (mut choices, mut order) = (bytes.iter().rev(), Vec::new());
        let mut choose = |able: &[ThreadId]| {
            let choice = choices.next().map_or(0, |byte| (usize::from(*byte) * able.len()) >> 8);
            order.push(able[choice].0);
            able[choice]
        };
        let report = design.subject.in_lockstep(&scenario, &mut choose);
        if let Some(problem) = problem(&report) {
            panic!("design {}: {problem}\nthe threads took their steps in the order {order:?}\n{text}", design.name);
        }
    }
}

/// What is wrong with a run.
fn problem(report: &LockstepRun) -> Option<String> {
    if let Some(mismatch) = &report.mismatch {
        return Some(mismatch.to_string());
    }
    // What comes after the point where the specification leaves off was not performed.
    match properties::check(Property::Mem1, &report.outcome) {
        Judgement::Refuted(violation) if report.unspecified.is_none() => Some(violation.sentence),
        _ => None,
    }
}
