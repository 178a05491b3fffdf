//! The front end for quickcheck, which generates by type.

use contextvars_check::generate::{Profile, Seeded, scenario, shrink};
use contextvars_check::scenario::Scenario;
use quickcheck::{Arbitrary, Gen};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A profile as a type.
pub(crate) trait Shape: Clone + 'static {
    const PROFILE: Profile;
}

/// A scenario of a shape. Shown as its text form.
#[derive(Clone)]
pub(crate) struct Generated<P>(pub(crate) Scenario, PhantomData<P>);

impl<P> Deref for Generated<P> {
    type Target = Scenario;

    fn deref(&self) -> &Scenario {
        &self.0
    }
}

impl<P> fmt::Debug for Generated<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.0)
    }
}

impl<P: Shape> Arbitrary for Generated<P> {
    fn arbitrary(g: &mut Gen) -> Self {
        Generated(scenario(&mut Seeded::new(u64::arbitrary(g)), &P::PROFILE), PhantomData)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let scenario = self.0.clone();
        let edits = shrink::edits(&scenario).into_iter().filter_map(move |edit| edit.apply(&scenario));
        Box::new(edits.map(|smaller| Generated(smaller, PhantomData)))
    }
}
