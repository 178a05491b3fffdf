//! Which scenarios are generated: those of the common generator, steered so that most of them can be compared to their
//! end.

use contextvars_check::generate::{self, Allow, Profile, Seeded, Source};
use contextvars_check::scenario::Scenario;
use std::sync::Arc;

/// Makes the next scenario.
pub type Generator = fn(&mut Seeded) -> Arc<Scenario>;

/// Everything but watchers, which old versions have not. Few values have user code: where two of them die at once the
/// order is not specified, and the comparison ends.
const COMMON: Profile = Profile {
    threads: (0, 3),
    steps: (10, 40),
    hooks: 1,
    hook_rarity: 8,
    allow: Allow { watchers: false, ..Allow::ALL },
    ..Profile::SEQUENTIAL
};

/// User code everywhere.
const RESTLESS: Profile =
    Profile { threads: (0, 2), steps: (4, 24), init: (2, 16), variables: (1, 2), hooks: 3, hook_rarity: 3, ..COMMON };

/// Contexts whose maps are several levels deep, and wide enough for array nodes.
const WIDE: Profile = Profile { allow: Allow { watchers: false, ..Profile::WIDE.allow }, ..Profile::WIDE };

/// Watchers, too.
const WATCHED: Profile = Profile { allow: Allow::ALL, ..COMMON };

/// Short scenarios, so that a file of a few thousand operations has many.
const SHORT: Profile = Profile { init: (2, 12), steps: (6, 20), ..COMMON };

/// Scenarios of every kind: mostly the common ones, some with much user code, few wide ones, which take long.
pub fn varied(random: &mut Seeded) -> Arc<Scenario> {
    match random.below(40) {
        0 => scenario(random, &WIDE),
        1..=6 => scenario(random, &RESTLESS),
        _ => scenario(random, &COMMON),
    }
}

/// The same, and one in four with watchers.
pub fn watched(random: &mut Seeded) -> Arc<Scenario> {
    if random.once_in(4) { scenario(random, &WATCHED) } else { varied(random) }
}

/// Scenarios with much user code: for faults that only it brings to light.
pub fn restless(random: &mut Seeded) -> Arc<Scenario> {
    scenario(random, &RESTLESS)
}

/// Short scenarios, to be recorded.
pub fn short(random: &mut Seeded) -> Arc<Scenario> {
    scenario(random, &SHORT)
}

/// A scenario that an interpreter can perform.
fn scenario(random: &mut Seeded, profile: &Profile) -> Arc<Scenario> {
    // Several values that act die in no specified order: in most scenarios there are as many as the profile says, in
    // some none, in few one more.
    let hooks = match random.below(8) {
        0 => 0,
        1 if profile.hooks > 0 => profile.hooks + 1,
        _ => profile.hooks,
    };
    let mut scenario = generate::scenario(random, &Profile { hooks, ..*profile });
    adapt(&mut scenario);
    Arc::new(scenario)
}

/// Takes from a scenario what Python does not have: a read copies no value, and no allocator reads.
fn adapt(scenario: &mut Scenario) {
    scenario.allocator_reads = false;
    for spec in Arc::make_mut(&mut scenario.specs).values.values_mut() {
        let clone = std::mem::take(&mut spec.on_clone);
        if spec.on_drop.is_empty() {
            spec.on_drop = clone;
        }
    }
}

/// Whether a scenario can be performed as it stands.
pub fn can_run(scenario: &Scenario) -> bool {
    !scenario.allocator_reads && scenario.specs.values.values().all(|spec| spec.on_clone.is_empty())
}
