//! The front end for fuzzers: bytes become a scenario.

use super::{Bytes, Profile, scenario};
use crate::scenario::Scenario;
use ::arbitrary::Unstructured;

/// The scenario of these bytes; all byte strings have one, and similar ones mostly have similar ones.
pub fn from_bytes(bytes: &[u8], profile: &Profile) -> Scenario {
    scenario(&mut Bytes(&mut Unstructured::new(bytes)), profile)
}
