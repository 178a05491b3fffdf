//! Long random programs on the implementation, in lockstep with the model: proptest generates and shrinks them.
//!
//! Every sound design, the same designs on a map of narrow nodes with colliding hashes, and `per-thread` with its table
//! and the numbers of its frames as small as they can be.

#[path = "front_ends/proptest.rs"]
mod from_proptest;

use contextvars::core::{KeyHash, PerThreadDesign, Sound, UncachedDesign};
use contextvars::hamt::Narrow;
use contextvars::parts::cache::PerThread as Table;
use contextvars_check::allocator::Calling;
use contextvars_check::designs::{PerThread, Uncached};
use contextvars_check::generate::{Profile, Seeded, Shape, large};
use contextvars_check::harness::value::Tracked;
use contextvars_check::harness::{DesignUnderTest, SystemUnderTest};
use contextvars_check::platform::selected::SelectedPlatform;
use contextvars_check::properties::{Judgement, Property, check};
use contextvars_check::scenario::Scenario;
use contextvars_check_faults::swap::{WithFewFrames, WithMap};
use from_proptest::scenarios;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// Three different hashes for all variables: every map has collisions.
struct Colliding;

impl KeyHash for Colliding {
    fn hash(identity: u64) -> u32 {
        [0, 0x8000_0000, 5][identity as usize % 3]
    }
}

type NarrowUncached = WithMap<UncachedDesign<SelectedPlatform, Tracked>, Narrow, Colliding>;

type NarrowPerThread = WithMap<PerThreadDesign<SelectedPlatform, Tracked>, Narrow, Colliding>;

/// `per-thread` with a table of `N` slots, in which each number of a frame comes again at once.
type Smallest<const N: usize> = WithFewFrames<Sound<SelectedPlatform, Tracked, Table<N>>>;

static SUBJECTS: [(&str, &dyn SystemUnderTest); 6] = [
    ("per-thread, one slot", &DesignUnderTest::<Smallest<1>>::new()),
    ("per-thread, two slots", &DesignUnderTest::<Smallest<2>>::new()),
    ("uncached", &DesignUnderTest::<Uncached>::new()),
    ("per-thread", &DesignUnderTest::<PerThread>::new()),
    ("uncached, narrow and colliding", &DesignUnderTest::<NarrowUncached>::new()),
    ("per-thread, narrow and colliding", &DesignUnderTest::<NarrowPerThread>::new()),
];

/// Runs random programs of a profile on every subject; every answer, observation and lifetime must be the model's.
fn random_programs(profile: Profile, cases: u32) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let operations = AtomicU64::new(0);
    let outcome = TestRunner::new_with_rng(config, rng()).run(&scenarios(profile), |scenario: Scenario| {
        let scenario = Arc::new(scenario);
        for (name, subject) in SUBJECTS {
            let mut order = Seeded::new(scenario.operations() as u64);
            let report = subject.in_lockstep(&scenario, &mut |able| able[order.bits() as usize % able.len()]);
            operations.fetch_add(report.operations, Ordering::Relaxed);
            if let Some(mismatch) = report.mismatch {
                return Err(TestCaseError::fail(format!("{name}: {mismatch:?}\n{scenario}")));
            }
            if let (None, Judgement::Refuted(leak)) = (report.unspecified, check(Property::Mem1, &report.outcome)) {
                return Err(TestCaseError::fail(format!("{name}: {}\n{scenario}", leak.sentence)));
            }
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(operations.into_inner() > u64::from(cases), "nothing was compared");
}

/// The same programs every time.
fn rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}

#[test]
fn api_1_long_programs_of_several_threads_answer_as_the_model_does() {
    random_programs(Profile::SEQUENTIAL, 600);
}

#[test]
fn prog_2_re_entrant_values_see_and_change_what_the_model_says() {
    random_programs(Profile::REENTRANT, 600);
}

#[test]
fn map_1_programs_with_many_variables_answer_as_the_model_does() {
    random_programs(Profile::WIDE, 300);
}

#[test]
fn api_1_large_programs_of_every_shape_answer_as_the_model_does() {
    let mut random = Seeded::new(1);
    for turn in 0..3 * Shape::ALL.len() {
        let scenario = Arc::new(large(&mut random, Shape::of_turn(turn), 1));
        for (name, subject) in SUBJECTS {
            let report = subject.in_lockstep(&scenario, &mut |able| able[random.bits() as usize % able.len()]);
            assert!(report.mismatch.is_none(), "{name}: {:?}\n{scenario}", report.mismatch);
            assert!(report.operations > 0, "nothing was compared");
        }
    }
}
