//! The front end for fuzzers: bytes become a scenario.

use super::source::Bytes;
use super::{Generated, Profile, Shape, scenario};
use crate::scenario::Scenario;
use ::arbitrary::{Arbitrary, Result, Unstructured};

impl<'a, P: Shape> Arbitrary<'a> for Generated<P> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Generated::new(scenario(&mut Bytes(bytes), &P::PROFILE)))
    }

    fn size_hint(_depth: usize) -> (usize, Option<usize>) {
        (0, None)
    }
}

/// The scenario of these bytes; all byte strings have one, and similar ones mostly have similar ones.
pub fn from_bytes(bytes: &[u8], profile: &Profile) -> Scenario {
    scenario(&mut Bytes(&mut Unstructured::new(bytes)), profile)
}
