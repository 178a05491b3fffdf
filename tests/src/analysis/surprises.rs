//! Which outcomes are not the expected ones. Nothing else decides that: tables, pages, test cases and the exit status
//! all go by it.

use crate::designs::Origin;
use crate::properties::Property;
use crate::suite::{DesignReport, Expect};
use crate::verdict::{NOTHING_DECIDES, Verdict};
use std::fmt;

/// An outcome that is not the expected one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Surprise {
    /// Of which kind.
    pub kind: Kind,
    /// The properties that it is about.
    pub properties: Vec<Property>,
    /// In one sentence.
    pub sentence: String,
}

/// In which way an outcome is not the expected one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A property that a design was expected to keep is refuted.
    Refuted,
    /// A property of a safe design is unknown.
    Unknown,
    /// A fault was not found.
    Missed,
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// The surprises of a report. What else a fault of the catalogue refutes is none; a design says all that it does not
/// keep. In a run that was not completed, nothing is expected of what is unknown or was not found yet.
pub fn surprises(report: &DesignReport, properties: &[Property], expect: Expect, complete: bool) -> Vec<Surprise> {
    let name = report.entry.name;
    let (mut surprises, mut unknown) = (Vec::new(), Vec::new());
    let known: Vec<_> = report.entry.refutes.iter().copied().filter(|p| properties.contains(p)).collect();
    let says_all = report.entry.origin == Origin::Design;
    for &property in properties.iter().filter(|p| !known.contains(p)) {
        match report.verdict(property) {
            Verdict::Violation(_) if says_all => surprises.push(Surprise {
                kind: Kind::Refuted,
                properties: vec![property],
                sentence: format!("{name} is expected to keep {property} and does not"),
            }),
            Verdict::Unknown(_, why) if report.entry.is_safe() => unknown.push((property, why)),
            _ => {}
        }
    }
    if !complete {
        return surprises;
    }
    if expect == Expect::WhatItCan && unknown.len() < properties.len() {
        unknown.retain(|(_, why)| !why.starts_with(NOTHING_DECIDES));
    }
    if let Some((_, why)) = unknown.first() {
        let properties: Vec<Property> = unknown.iter().map(|(property, _)| *property).collect();
        let ids: Vec<_> = properties.iter().map(|property| property.id()).collect();
        let sentence = format!("{name}: {} unknown: {why}", ids.join(", "));
        surprises.push(Surprise { kind: Kind::Unknown, properties, sentence });
    }
    let missed: Vec<_> = known.iter().copied().filter(|&p| report.evidence(p).is_none()).collect();
    // A scenario of somebody's own need not show what is known.
    let is_any = matches!(expect, Expect::Decided | Expect::Known);
    if expect == Expect::Everything || is_any && missed.len() == known.len() {
        surprises.extend(missed.into_iter().map(|property| Surprise {
            kind: Kind::Missed,
            properties: vec![property],
            sentence: format!("{name}: {property} is known to be refuted, and no counterexample was found"),
        }));
    }
    surprises
}
