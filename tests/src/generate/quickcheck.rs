//! The front end for quickcheck.

use super::{Generated, Seeded, Shape, scenario, shrink};
use ::quickcheck::{Arbitrary, Gen};

impl<P: Shape> Arbitrary for Generated<P> {
    fn arbitrary(g: &mut Gen) -> Self {
        Generated::new(scenario(&mut Seeded::new(u64::arbitrary(g)), &P::PROFILE))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let scenario = self.0.clone();
        let edits = shrink::edits(&scenario);
        Box::new(edits.into_iter().filter_map(move |edit| edit.apply(&scenario)).map(Generated::new))
    }
}
