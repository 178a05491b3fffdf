//! The generator, its three front ends, the shrinker and the enumeration.

#[path = "front_ends/proptest.rs"]
mod from_proptest;
#[path = "front_ends/quickcheck.rs"]
mod from_quickcheck;

use contextvars_check::generate::arbitrary::from_bytes;
use contextvars_check::generate::endless::endless;
use contextvars_check::generate::enumerate::{Bounds, enumerate};
use contextvars_check::generate::large::{ENTERS, OPERATIONS, VARIABLES};
use contextvars_check::generate::shrink::{measure, shrink, smaller};
use contextvars_check::generate::{self, Allow, Profile, Seeded, large, scenario};
use contextvars_check::scenario::sequential::predict;
use contextvars_check::scenario::{KEYWORDS, Scenario, Step, error_word, keyword};
use contextvars_model::{Op, Ret, ThreadId};
use from_proptest::scenarios;
use from_quickcheck::{Generated, Shape};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet, HashSet};

const COUNT: u64 = 1200;

fn random_bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut source = Seeded::new(seed);
    (0..length).map(|_| source.bits() as u8).collect()
}

#[derive(Clone)]
struct Sequential;

impl Shape for Sequential {
    const PROFILE: Profile = Profile::SEQUENTIAL;
}

/// The scenarios of the three front ends: proptest, quickcheck, arbitrary.
fn front_ends() -> [(&'static str, Vec<Scenario>); 3] {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = scenarios(Profile::SEQUENTIAL);
    let from_proptest = (0..COUNT).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let mut g = quickcheck::Gen::new(100);
    let from_quickcheck =
        (0..COUNT).map(|_| <Generated<Sequential> as quickcheck::Arbitrary>::arbitrary(&mut g).0).collect();
    let from_arbitrary = (0..COUNT).map(|seed| from_bytes(&random_bytes(seed, 1500), &Profile::SEQUENTIAL)).collect();
    [("proptest", from_proptest), ("quickcheck", from_quickcheck), ("arbitrary", from_arbitrary)]
}

/// How often each operation is stated, and each error and kind of user code met when the threads run in order.
fn labels(scenarios: &[Scenario]) -> BTreeMap<&'static str, usize> {
    fn count(steps: &[Step], labels: &mut BTreeMap<&'static str, usize>) {
        for step in steps {
            let word = match step {
                Step::Do(op, _) => keyword(op),
                Step::Run { body, panics, .. } => {
                    count(body, labels);
                    if *panics { "run panics" } else { "run" }
                }
            };
            *labels.entry(word).or_default() += 1;
        }
    }
    let mut labels = BTreeMap::new();
    for scenario in scenarios {
        count(&scenario.init, &mut labels);
        scenario.threads.iter().for_each(|t| count(&t.steps, &mut labels));
        count(&scenario.post, &mut labels);
        let prediction = predict(scenario, &[]);
        for event in &prediction.events {
            if let Ret::Err(error) = event.ret {
                *labels.entry(error_word(error)).or_default() += 1;
            }
        }
        *labels.entry("spawned").or_default() += scenario.threads.iter().filter(|t| t.spawned).count();
        *labels.entry("observed by user code").or_default() += prediction.state.seen.len();
        *labels.entry("with hooks").or_default() += usize::from(!scenario.specs.values.is_empty());
    }
    labels
}

#[test]
fn three_front_ends_generate_the_same_mixture() {
    let counts = front_ends().map(|(name, scenarios)| (name, labels(&scenarios)));
    let known: BTreeSet<&str> = counts.iter().flat_map(|(_, labels)| labels.keys().copied()).collect();
    let errors = contextvars_check::scenario::ERRORS.iter().map(|(_, word)| *word);
    for wanted in KEYWORDS.into_iter().chain(["run panics"]).chain(errors) {
        assert!(known.contains(wanted), "`{wanted}` never occurs");
    }
    for label in known {
        let seen = counts.each_ref().map(|(_, labels)| labels.get(label).copied().unwrap_or(0));
        println!("{label:>22} {seen:>7?}");
        let (low, high) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
        assert!(*low > 0, "`{label}` is missing in one: {seen:?}");
        // The rarest labels vary more.
        let factor = if *low < 200 { 3 } else { 2 };
        assert!(*high <= factor * low + 20, "`{label}` differs too much: {seen:?}");
    }
}

#[test]
fn every_large_scenario_is_valid_and_every_bound_is_reached() {
    let (mut longest, mut variables, mut enters, mut threads) = (0, 0, 0, 0);
    for turn in 0..300 * generate::Shape::ALL.len() {
        let shape = generate::Shape::of_turn(turn);
        let scenario = large(&mut Seeded::new(turn as u64), shape, 1 + turn as u32 % 2);
        assert_eq!(scenario.validate(), Ok(()), "{shape:?} {turn}\n{scenario}");
        threads = threads.max(scenario.threads.len());
        for program in scenario.threads.iter().filter(|_| shape != generate::Shape::Mixed) {
            let of = |is: fn(&Op) -> bool| program.steps.iter().filter(|step| step.any(&is)).count();
            longest = longest.max(program.steps.len());
            enters = enters.max(of(|op| matches!(op, Op::Enter { .. })));
        }
        let mut made = 0;
        scenario.each(&mut |op| made += usize::from(matches!(op, Op::NewVar { .. })));
        variables = variables.max(made);
    }
    assert_eq!((longest, threads), (OPERATIONS, Scenario::MAX_THREADS));
    assert!(variables as u32 >= VARIABLES - 10 && variables as u32 <= VARIABLES, "{variables}");
    assert!(enters as u32 >= ENTERS, "{enters}");
}

#[test]
fn every_generated_scenario_is_valid_and_within_its_profile() {
    for (name, profile) in Profile::ALL {
        for seed in 0..1000 {
            let scenario = scenario(&mut Seeded::new(seed), &profile);
            assert_eq!(scenario.validate(), Ok(()), "{name} {seed}\n{scenario}");
            let threads = scenario.threads.len() as u32;
            assert!((profile.threads.0..=profile.threads.1).contains(&threads), "{name} {seed}");
            for thread in &scenario.threads {
                // A scope counts as two, and the start of a thread may come on top.
                let most = 2 * profile.steps.1 as usize + scenario.threads.len();
                assert!(thread.steps.iter().map(Step::operations).sum::<usize>() <= most, "{name} {seed}");
            }
            let hooks = scenario.specs.values.values().filter(|spec| spec.code().into_iter().any(|c| !c.is_empty()));
            assert!(hooks.count() <= profile.hooks as usize, "{name} {seed}\n{scenario}");
        }
    }
}

#[test]
fn threads_that_go_on_are_valid_and_leave_the_reader_gets() {
    for seed in 0..300 {
        let mut source = Seeded::new(seed);
        let short = scenario(&mut source, &Profile::CONCURRENT);
        let Some(long) = endless(&mut source, &short, ThreadId(1)) else { panic!("{seed}: no variable\n{short}") };
        assert_eq!(long.validate(), Ok(()), "{seed}\n{long}");
        let reads = |step: &Step| step.any(&|op| matches!(op, Op::Get { .. }));
        assert!(long.threads[0].steps.iter().any(reads), "{seed}\n{long}");
        let of_others = |scenario: &Scenario| scenario.threads[1..].iter().map(|t| t.steps.len()).sum::<usize>();
        assert!(of_others(&long) > of_others(&short) + 16, "{seed}\n{long}");
    }
}

#[test]
fn written_values_are_unique() {
    for seed in 0..500 {
        let scenario = scenario(&mut Seeded::new(seed), &Profile::SEQUENTIAL);
        let mut values = HashSet::new();
        each(&scenario, &mut |op| op.brings().for_each(|value| assert!(values.insert(value), "{value}\n{scenario}")));
    }
}

fn each(scenario: &Scenario, visit: &mut impl FnMut(&Op)) {
    fn walk(steps: &[Step], visit: &mut impl FnMut(&Op)) {
        for step in steps {
            match step {
                Step::Do(op, _) => visit(op),
                Step::Run { body, .. } => walk(body, visit),
            }
        }
    }
    walk(&scenario.init, visit);
    scenario.threads.iter().for_each(|t| walk(&t.steps, visit));
    walk(&scenario.post, visit);
}

#[test]
fn a_profile_allows_what_it_says() {
    let profile = Profile { allow: Allow::VARIABLES, ..Profile::SEQUENTIAL };
    for seed in 0..300 {
        let scenario = scenario(&mut Seeded::new(seed), &profile);
        each(&scenario, &mut |op| assert!(["var", "get", "set"].contains(&keyword(op)), "{op:?}"));
        assert!(scenario.specs.values.is_empty() && scenario.specs.watchers.is_empty());
    }
}

#[test]
fn bytes_of_any_length_make_a_scenario() {
    for (name, profile) in Profile::ALL {
        assert_eq!(from_bytes(&[], &profile).validate(), Ok(()), "{name}");
        for seed in 0..300 {
            let bytes = random_bytes(seed, (seed as usize * 7) % 400);
            let scenario = from_bytes(&bytes, &profile);
            assert_eq!(scenario.validate(), Ok(()), "{name} {seed}\n{scenario}");
        }
    }
    let empty = from_bytes(&[], &Profile::CONCURRENT);
    assert!(empty.threads.iter().all(|t| t.steps.is_empty()) && empty.post.is_empty());
}

#[test]
fn a_seed_means_the_same_for_ever() {
    let one = scenario(&mut Seeded::new(1), &Profile::CONCURRENT);
    assert_eq!(one, scenario(&mut Seeded::new(1), &Profile::CONCURRENT));
    assert_ne!(one, scenario(&mut Seeded::new(2), &Profile::CONCURRENT));
}

#[test]
fn smaller_scenarios_are_valid_and_smaller() {
    for (name, profile) in Profile::ALL {
        for seed in 0..12 {
            let scenario = scenario(&mut Seeded::new(seed), &profile);
            let mut count = 0;
            for candidate in smaller(&scenario) {
                assert_eq!(candidate.validate(), Ok(()), "{name} {seed}\n{scenario}\n{candidate}");
                assert!(measure(&candidate) < measure(&scenario), "{name} {seed}\n{scenario}\n{candidate}");
                count += 1;
            }
            assert!(count > 0);
        }
    }
    assert_eq!(smaller(&Scenario::default()).count(), 0);
}

/// Whether some thread gets an answer that only a nested scope makes possible.
fn enters_twice(scenario: &Scenario) -> bool {
    let events = predict(scenario, &[]).events;
    events.iter().any(|e| e.ret == Ret::Err(contextvars_model::Error::AlreadyEntered))
}

#[test]
fn shrinking_finds_the_least_scenario() {
    let mut found = 0;
    for seed in 0..200 {
        let scenario = scenario(&mut Seeded::new(seed), &Profile::SEQUENTIAL);
        if enters_twice(&scenario) {
            found += 1;
            let (least, tried) = shrink(&scenario, 10_000, enters_twice);
            assert!(tried < 10_000);
            // A context and twice its entry; by one thread.
            assert_eq!(least.operations(), 3, "{seed}\n{least}");
            assert!(least.specs.values.is_empty() && least.specs.watchers.is_empty(), "{least}");
            assert!(least.to_string().contains("enter c0") && least.threads.len() <= 1, "{least}");
        }
        if found == 10 {
            return;
        }
    }
    panic!("only {found} scenarios enter a context twice");
}

#[test]
fn proptest_shrinks_structurally() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let config = Config { failure_persistence: None, ..Config::with_cases(2000) };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&scenarios(Profile::SEQUENTIAL), |scenario| {
        if enters_twice(&scenario) { Err(TestCaseError::fail("entered twice")) } else { Ok(()) }
    });
    let Err(TestError::Fail(_, least)) = result else { panic!("{result:?}") };
    assert_eq!(least.operations(), 3, "{least}");
}

#[test]
fn quickcheck_shrinks_structurally() {
    use quickcheck::Arbitrary;
    let mut g = quickcheck::Gen::new(100);
    let mut failing = std::iter::repeat_with(|| Generated::<Sequential>::arbitrary(&mut g))
        .find(|scenario| enters_twice(scenario))
        .expect("one of endlessly many");
    while let Some(smaller) = failing.shrink().find(|scenario| enters_twice(scenario)) {
        failing = smaller;
    }
    assert_eq!(failing.operations(), 3, "{failing:?}");
}

#[test]
fn the_enumeration_has_the_documented_count() {
    let bounds = |steps, token, second| Bounds { steps, token, second };
    let documented = [
        (false, false, [28, 1_596, 79_800]),
        (true, false, [36, 2_628, 170_820]),
        (false, true, [66, 8_778, 1_070_916]),
        (true, true, [78, 12_246, 1_775_670]),
    ];
    for (token, second, counts) in documented {
        for (steps, count) in (1..).zip(counts) {
            assert_eq!(bounds(steps, token, second).count(), count, "{steps} {token} {second}");
        }
        let all: Vec<Scenario> = enumerate(bounds(2, token, second)).collect();
        assert_eq!(all.len() as u64, counts[1]);
        assert_eq!(all.iter().map(|s| format!("{:?}", s.threads)).collect::<HashSet<_>>().len(), all.len());
        all.iter().for_each(|scenario| assert_eq!(scenario.validate(), Ok(()), "{scenario}"));
        // Short ones first.
        assert_eq!(all[..counts[0] as usize].iter().map(|s| s.threads[1].steps.len()).max(), Some(1));
    }
    // Every index is a scenario of its own, also far out.
    let large = bounds(3, true, true);
    assert_eq!(large.scenario(large.count()), None);
    for index in (0..large.count()).step_by(9_973).chain([large.count() - 1]) {
        let scenario = large.scenario(index).unwrap();
        assert_eq!(scenario.name, format!("small-{index}"));
        assert_eq!(scenario.validate(), Ok(()), "{scenario}");
    }
}

#[test]
fn generating_and_reading_is_fast_enough_for_fuzzing() {
    let start = std::time::Instant::now();
    for seed in 0..2000 {
        let scenario = scenario(&mut Seeded::new(seed), &Profile::CONCURRENT);
        let text = scenario.to_string();
        assert!(Scenario::parse(&text).is_ok());
    }
    // Generous: an unoptimised build on a busy machine stays far below.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    println!("2000 scenarios generated, printed and read in {:?}", start.elapsed());
}
