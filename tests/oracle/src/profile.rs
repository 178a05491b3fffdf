//! Which scenarios are generated: those of the common generator, steered so that most of them can be compared to their
//! end.

use contextvars_check::generate::{self, Allow, Profile, Seeded, Source};
use contextvars_check::scenario::Scenario;
use std::sync::Arc;

/// Everything but watchers, which are not in Python. Few values have user code: where two of them die at once the order
/// is not specified, and the comparison ends.
pub const ORACLE: Profile = Profile {
    threads: (0, 3),
    steps: (10, 40),
    hooks: 1,
    hook_rarity: 8,
    allow: Allow { watchers: false, ..Allow::ALL },
    ..Profile::SEQUENTIAL
};

/// User code everywhere: for faults that only it brings to light.
pub const RESTLESS: Profile =
    Profile { threads: (0, 2), steps: (4, 24), init: (2, 16), variables: (1, 2), hooks: 3, hook_rarity: 3, ..ORACLE };

/// A scenario that an interpreter can perform.
pub fn scenario(random: &mut Seeded, profile: &Profile) -> Arc<Scenario> {
    // Several values that act die in no specified order: in most scenarios there is one, in some none, in few more.
    let hooks = match random.below(8) {
        0 => 0,
        1 => profile.hooks + 1,
        _ => profile.hooks,
    };
    let mut scenario = generate::scenario(random, &Profile { hooks, ..*profile });
    adapt(&mut scenario);
    Arc::new(scenario)
}

/// Takes from a scenario what Python does not have: a read copies no value, and no allocator reads.
pub fn adapt(scenario: &mut Scenario) {
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
