//! The designs of the thread of CPython issue 121546, each a type and one line in the list below.

pub mod changed;
pub mod locked;
pub mod names;
pub mod shared_racy;
pub mod slot_array;
pub mod slot_array_as_sketched;
pub mod slots;
pub mod thread_registered;

use crate::explore::Engine;
use crate::harness::value::Tracked;
use crate::harness::{DesignUnderTest, SystemUnderTest};
use crate::platform::selected::SelectedPlatform;
use crate::properties::Property;
use crate::suggest;
use contextvars::core::{PerThreadDesign, UncachedDesign};

/// What a subject is expected to do: a plan that both the default run and the tests compare with what was found.
pub struct DesignEntry {
    /// Its name on the command line.
    pub name: &'static str,
    /// Where it comes from.
    pub origin: Origin,
    /// One sentence on what it is.
    pub about: &'static str,
    /// The properties that it is known to refute; empty for a sound design.
    pub refutes: &'static [Property],
    /// Engines that it must not be run on, because it would stop them.
    pub skip: &'static [Engine],
    /// What runs.
    pub subject: &'static dyn SystemUnderTest,
}

/// Where a subject comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A design of the thread of CPython issue 121546, or ours.
    Design,
    /// A fault of the catalogue: its rows.
    Fault(&'static str),
}

impl DesignEntry {
    /// Whether it is expected to keep every property.
    pub fn is_sound(&self) -> bool {
        self.refutes.is_empty()
    }

    /// Whether it is a design whose answers are expected to be right: it breaks nothing, or progress alone.
    pub fn is_safe(&self) -> bool {
        self.origin == Origin::Design && self.refutes.iter().all(|&property| property == Property::Prog1)
    }
}

/// All designs.
pub static DESIGNS: &[DesignEntry] = &[
    DesignEntry {
        name: "shared-racy",
        origin: Origin::Design,
        about: "value, thread id and version cached in the variable in three unsynchronised steps (CPython \
                before the fix)",
        refutes: &[Property::Iso1, Property::Iso2, Property::Fresh1, Property::Lin1, Property::Mem1, Property::Api1],
        skip: &[],
        subject: &DesignUnderTest::<shared_racy::SharedRacyDesign>::new(),
    },
    DesignEntry {
        name: "locked",
        origin: Origin::Design,
        about: "the three fields behind one lock for each variable (the first suggestion)",
        refutes: &[Property::Prog1],
        skip: &[],
        subject: &DesignUnderTest::<locked::LockedDesign>::new(),
    },
    DesignEntry {
        name: "thread-registered",
        origin: Origin::Design,
        about: "a table for each thread, registered with the runtime and cleared when a variable dies",
        refutes: &[Property::Prog1],
        skip: &[],
        subject: &DesignUnderTest::<thread_registered::ThreadRegisteredDesign>::new(),
    },
    DesignEntry {
        name: "slot-array-as-sketched",
        origin: Origin::Design,
        about: "an array of entries with a free list; hits read without the lock, misses and sets write under it",
        refutes: &[
            Property::Iso1,
            Property::Iso2,
            Property::Fresh1,
            Property::Lin1,
            Property::Mem1,
            Property::Api1,
            Property::Prog1,
        ],
        skip: &[],
        subject: &DesignUnderTest::<slot_array_as_sketched::AsSketchedDesign>::new(),
    },
    DesignEntry {
        name: "slot-array",
        origin: Origin::Design,
        about: "the same with a sequence lock for each entry (the weakest repair)",
        refutes: &[Property::Prog1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::SlotArrayDesign>::new(),
    },
    DesignEntry {
        name: "uncached",
        origin: Origin::Design,
        about: "no cache: every read searches the map of the current context (the fix that was merged)",
        refutes: &[],
        skip: &[],
        subject: &DesignUnderTest::<Uncached>::new(),
    },
    DesignEntry {
        name: "per-thread",
        origin: Origin::Design,
        about: "a small table private to each thread, validated by a version (ours, and shipped)",
        refutes: &[],
        skip: &[],
        subject: &DesignUnderTest::<PerThread>::new(),
    },
];

/// The design of this name, among `entries`.
///
/// # Errors
/// A line that names the nearest ones, or all.
pub fn find<'a>(
    entries: impl IntoIterator<Item = &'a DesignEntry> + Clone,
    name: &str,
) -> Result<&'a DesignEntry, String> {
    let named = entries.clone().into_iter().find(|entry| entry.name == name);
    named.ok_or_else(|| {
        let known: Vec<_> = entries.into_iter().map(|entry| entry.name).collect();
        suggest::unknown("design", name, known)
    })
}

/// `uncached`, as shipped.
pub type Uncached = UncachedDesign<SelectedPlatform, Tracked>;

/// `per-thread`, as shipped.
pub type PerThread = PerThreadDesign<SelectedPlatform, Tracked>;
