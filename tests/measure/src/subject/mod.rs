//! The designs as things to be measured: one line each in [`SUBJECTS`].
//!
//! - [`value`]: what variables are bound to;
//! - [`operation`]: the operations of one thread, as loops;
//! - [`team`]: what several threads do at once;
//! - [`access_patterns`]: threads that take turns, and which lookups hit; [`counted`] counts them;
//! - [`footprint`]: the bytes of a design.
//!
//! All of it is generic over the cache, on the platform that ships ([`Std`]) and with explicit
//! [`ThreadState`](contextvars::core::ThreadState)s. No checker, no trace and no ledger is in the way.

pub mod access_patterns;
pub mod counted;
mod fixture;
pub mod footprint;
pub mod operation;
pub mod team;
pub mod value;

use contextvars::parts::cache::{Cache, PerThread, Uncached};
use contextvars::platform::Std;
use contextvars_check::designs::locked::Locked;
use contextvars_check::designs::shared_racy::SharedRacy;
use contextvars_check::designs::slot_array::{Sequenced, SlotArray};
use contextvars_check::designs::slot_array_as_sketched::AsSketched;
use contextvars_check::designs::thread_registered::ThreadRegistered;
use contextvars_check::suggest;
use counted::Tally;
use footprint::Footprint;
pub use operation::Program;

use access_patterns::AccessPattern;
use fixture::Fixture;
use operation::Operation;
use std::marker::PhantomData;
use team::{Pattern, Team};
pub use value::Sample;

/// A design that can be measured.
pub trait Meter: Sync {
    /// The loop of an operation with so many variables.
    fn program(&self, operation: Operation, variables: usize) -> Program;
    /// What the gets of [`Operation::Warm`] hit after the first round.
    fn warm_tally(&self, variables: usize) -> Tally;
    /// What the gets of [`Operation::Cold`] hit.
    fn cold_tally(&self, variables: usize) -> Tally;
    /// Threads that work at once.
    fn team(&self, pattern: Pattern) -> Box<dyn Team>;
    /// What lookups hit when players take turns.
    fn turns(&self, turns: AccessPattern) -> Tally;
    /// The bytes with so many variables; `live` tells how many are allocated now.
    fn footprint(&self, variables: usize, live: &dyn Fn() -> i64) -> Footprint;
}

/// The design with the cache `C`.
struct With<C>(PhantomData<C>);

impl<C: 'static> With<C> {
    const THIS: &'static Self = &With(PhantomData);
}

impl<C: Cache<Std, Sample> + Sync> Meter for With<C> {
    fn program(&self, operation: Operation, variables: usize) -> Program {
        operation.program::<C>(variables)
    }

    fn warm_tally(&self, variables: usize) -> Tally {
        access_patterns::warm::<C>(variables)
    }

    fn cold_tally(&self, variables: usize) -> Tally {
        let mut program = Operation::Cold.program::<counted::Counted<C>>(variables);
        program(1);
        Tally::of(|| program(4))
    }

    fn team(&self, pattern: Pattern) -> Box<dyn Team> {
        team::team::<C>(pattern)
    }

    fn turns(&self, turns: AccessPattern) -> Tally {
        turns.tally::<C>()
    }

    fn footprint(&self, variables: usize, live: &dyn Fn() -> i64) -> Footprint {
        footprint::footprint::<C>(variables, live)
    }
}

/// A design and how it is measured.
#[derive(Clone, Copy)]
pub struct SystemUnderTest {
    /// Its name, as in [`DESIGNS`](contextvars_check::designs::DESIGNS).
    pub name: &'static str,
    /// Measures it.
    pub meter: &'static dyn Meter,
}

/// Entries of the arrays that do not grow: more than there are variables at a time, so that none goes without.
pub const ENTRIES: usize = 2048;

/// All designs, in the order of [`DESIGNS`](contextvars_check::designs::DESIGNS).
pub static SUBJECTS: &[SystemUnderTest] = &[
    SystemUnderTest { name: "shared-racy", meter: With::<SharedRacy>::THIS },
    SystemUnderTest { name: "locked", meter: With::<Locked>::THIS },
    SystemUnderTest { name: "thread-registered", meter: With::<ThreadRegistered>::THIS },
    SystemUnderTest { name: "slot-array-as-sketched", meter: With::<AsSketched<ENTRIES>>::THIS },
    SystemUnderTest { name: "slot-array", meter: With::<SlotArray<Sequenced, ENTRIES>>::THIS },
    SystemUnderTest { name: "uncached", meter: With::<Uncached>::THIS },
    SystemUnderTest { name: "per-thread", meter: With::<PerThread>::THIS },
];

/// The designs of these names, in the order of the list; all if none is named.
///
/// # Errors
/// A line that names the nearest ones, or all.
pub fn named(names: &[String]) -> Result<Vec<SystemUnderTest>, String> {
    let known = || SUBJECTS.iter().map(|subject| subject.name);
    if let Some(name) = names.iter().find(|name| known().all(|known| known != **name)) {
        return Err(suggest::unknown("design that can be measured", name, known()));
    }
    let wanted = |s: &&SystemUnderTest| names.is_empty() || names.iter().any(|name| name == s.name);
    Ok(SUBJECTS.iter().filter(wanted).copied().collect())
}
