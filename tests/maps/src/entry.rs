//! Maps as objects, with what is said of them.

use crate::case::{MapCase, Nodes};
use crate::check::{self, MapCovered, MapViolation};
use crate::subject::{Behaviour, Sound};
use contextvars::hamt::{Narrow, Wide};

/// A map that cases can be run on: one object for both widths.
pub trait MapUnderTest: Send + Sync {
    /// Runs the case in nodes of the width that it states, and judges MAP-1.
    ///
    /// # Errors
    /// How MAP-1 was broken.
    fn check(&self, case: &MapCase) -> Result<MapCovered, MapViolation>;
}

impl<B: Behaviour<Narrow> + Behaviour<Wide> + Send + Sync> MapUnderTest for B {
    fn check(&self, case: &MapCase) -> Result<MapCovered, MapViolation> {
        match case.nodes {
            Nodes::Narrow => check::check::<B, Narrow>(case),
            Nodes::Wide => check::check::<B, Wide>(case),
        }
    }
}

/// A map with what is said of it.
pub struct MapEntry {
    /// Its name on the command line.
    pub name: &'static str,
    /// For a faulty map, its row of the catalogue.
    pub catalogue: Option<&'static str>,
    /// One sentence on what it is, or does wrong.
    pub about: &'static str,
    /// What runs.
    pub subject: &'static dyn MapUnderTest,
}

/// The map that all designs share.
pub static HAMT: MapEntry = MapEntry {
    name: "hamt",
    catalogue: None,
    about: "the persistent map that all designs share, a hash array mapped trie",
    subject: &Sound,
};
