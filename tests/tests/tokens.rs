//! Replay tokens: one line that brings back the same execution, and one clear line for everything else.

#[path = "front_ends/proptest.rs"]
mod from_proptest;

use contextvars_check::allocator::Calling;
use contextvars_check::counterexample::codec::{Reader, Writer};
use contextvars_check::counterexample::reproduction::Reproduction;
use contextvars_check::counterexample::token::{Token, sealed};
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::shuttle::Switch;
use contextvars_check::generate::{Profile, Seeded, Source};
use contextvars_check::platform::trace::Traced;
use contextvars_check::properties::Property;
use contextvars_check::scenario::{ERRORS, Scenario, Step, library};
use contextvars_check_faults::BUGS;
use contextvars_model::{Op, Ret, ThreadId, Val, VarId};
use from_proptest::scenarios;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// Tokens of every version that there was, each with the scenario that it stands for.
fn kept() -> Vec<(PathBuf, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tokens");
    let files = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> = files
        .map(|path| {
            let text = fs::read_to_string(&path).expect("it is a text");
            let (token, scenario) = text.split_once('\n').expect("a token, then its scenario");
            (path, token.to_string(), scenario.to_string())
        })
        .collect();
    all.sort();
    assert!(!all.is_empty(), "there are kept tokens");
    all
}

fn show(token: &Token) -> Option<Vec<Traced>> {
    let entry = designs::find(DESIGNS.iter().chain(BUGS), &token.design).expect("it is a design of ours");
    token.way.show(entry, &token.scenario, token.property).map(|shown| shown.evidence.trace)
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

// ---------------------------------------------------------------------------------------- old tokens

#[test]
fn every_kept_token_is_read_and_still_shows_its_failure() {
    for (path, text, scenario) in kept() {
        let name = path.display();
        let token: Token = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let scenario = Scenario::parse(&scenario).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(*token.scenario, scenario, "{name}");
        assert!(show(&token).is_some(), "{name}: the failure is not there");
    }
}

/// The byte form of a token, the same for ever.
#[test]
fn every_kept_token_of_this_version_is_written_the_same() {
    for (path, text, _) in kept() {
        let token: Token = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(token.to_string(), text, "{}", path.display());
    }
}

// -------------------------------------------------------------------------------------------- replay

#[test]
fn a_thousand_replays_give_one_trace() {
    for (path, text, _) in kept() {
        let token: Token = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let first = show(&token);
        // loom finds its execution anew each time; a thousand searches would take minutes.
        let times = if matches!(token.way, Reproduction::Loom(_)) { 3 } else { 1_000 };
        for time in 1..times {
            assert_eq!(show(&token), first, "{}: replay {time}", path.display());
        }
    }
}

// ---------------------------------------------------------------------------------------- round trip

/// States answers of the right kind here and there.
fn with_answers(mut scenario: Scenario, seed: u64) -> Scenario {
    fn state(steps: &mut [Step], random: &mut Seeded) {
        for step in steps {
            match step {
                Step::Do(op, answer) if random.once_in(2) => *answer = answer_of(op, random),
                Step::Do(..) => {}
                Step::Run { body, .. } => state(body, random),
            }
        }
    }
    let mut random = Seeded::new(seed);
    state(&mut scenario.init, &mut random);
    scenario.threads.iter_mut().for_each(|program| state(&mut program.steps, &mut random));
    state(&mut scenario.post, &mut random);
    scenario
}

fn answer_of(op: &Op, random: &mut Seeded) -> Option<Ret> {
    let value = Val(random.below(300));
    let var = VarId(random.below(3) as u16);
    let some = random.once_in(2);
    if op.needs().next().is_some() && random.once_in(4) {
        return Some(Ret::Err(contextvars_model::Error::NoHandle));
    }
    Some(match op {
        Op::Get { .. } | Op::Lookup { .. } => Ret::Value(value),
        Op::Reset { .. } if some => Ret::Err(random.pick(&ERRORS[2..5]).0),
        Op::TokenVar { .. } => Ret::Var(var),
        Op::TokenOld { .. } => Ret::Old(some.then_some(value)),
        Op::Contains { .. } | Op::Equal { .. } => Ret::Bool(some),
        Op::Len { .. } => Ret::Count(random.below(1_000) as usize),
        Op::Items { .. } => Ret::Items((0..var.0).map(|n| (VarId(n), value)).collect()),
        Op::Next { .. } => Ret::Item(some.then_some((var, value))),
        Op::Watch { .. } => Ret::Slot(random.below(8) as u8),
        _ => Ret::Done,
    })
}

fn ways() -> impl Strategy<Value = Reproduction> {
    let switch = (0..4_u16, any::<u16>(), 0..200_u16, 0..17_u16).prop_map(|(a, operation, step, b)| Switch {
        thread: ThreadId(a),
        operation,
        step,
        to: ThreadId(b),
    });
    prop_oneof![
        Just(Reproduction::Lockstep),
        prop::collection::vec(switch, 0..6).prop_map(Reproduction::Switches),
        prop::option::of(0..5_usize).prop_map(Reproduction::Loom),
    ]
}

fn is_safe_in_a_shell(text: &str) -> bool {
    text.starts_with("cx") && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn comes_back(scenario: Scenario, way: Reproduction) -> Result<(), TestCaseError> {
    let (design, property, scenario) = ("per-thread".to_string(), Property::Snap2, Arc::new(scenario));
    let token = Token { design, property, scenario, way };
    let text = token.to_string();
    prop_assert!(is_safe_in_a_shell(&text), "{text}");
    prop_assert_eq!(text.parse::<Token>(), Ok(token));
    Ok(())
}

#[test]
fn every_generated_scenario_comes_back() {
    for (name, profile) in Profile::ALL {
        let cases = (scenarios(profile), any::<u64>(), ways());
        let test = |(scenario, seed, way)| comes_back(with_answers(scenario, seed), way);
        runner(150).run(&cases, test).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_shipped_scenario_comes_back() {
    for shipped in library::shipped() {
        comes_back(shipped.scenario, Reproduction::Lockstep)
            .unwrap_or_else(|error| panic!("{}: {error}", shipped.file));
    }
}

/// The text form can say more than makes sense; its bytes can, too.
#[test]
fn what_makes_no_sense_comes_back_as_well() {
    for text in [
        "scenario\n",
        "scenario a_b\nthread\n  enter c0\n  give v0 9\n  spawn 7 inherit\n",
        "scenario x\nvalue 4294967295 equals-class 4294967295\nwatcher w32767 on-switch { drop i32767; run_0 }\n",
        "scenario x\nvalue 7 equals-class 0 on-drop { get v0 or 5 } on-equal { set v1 2 -> t0 } on-clone { next i9 }\n\
         watcher w1\nwatcher w2 on-switch { len c3 }\npost\n  run c1 panics {\n    run c2 { }\n  }\n",
    ] {
        let Ok(scenario) = Scenario::parse(text) else { continue };
        for name in ["", &*scenario.name] {
            let mut writer = Writer::default();
            writer.scenario(&scenario, name);
            assert_eq!(Reader(&writer.0).scenario(name), Ok(scenario.clone()), "{text}");
        }
    }
}

// ----------------------------------------------------------------------------------------- bad input

/// What was done to a token.
#[derive(Clone, Debug)]
enum Harm {
    Cut(usize),
    Replace(usize, char),
    Insert(usize, char),
    Remove(usize),
    Swap(usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<usize>;
    let any_char = prop_oneof![any::<char>(), prop::char::range('-', 'z')];
    prop_oneof![
        at().prop_map(Harm::Cut),
        (at(), any_char.clone()).prop_map(|(at, c)| Harm::Replace(at, c)),
        (at(), any_char).prop_map(|(at, c)| Harm::Insert(at, c)),
        at().prop_map(Harm::Remove),
        at().prop_map(Harm::Swap),
    ]
}

fn harmed(token: &str, harm: &Harm) -> String {
    let mut chars: Vec<char> = token.chars().collect();
    let count = chars.len();
    match *harm {
        Harm::Cut(at) => chars.truncate(at % count),
        Harm::Replace(at, c) => chars[at % count] = c,
        Harm::Insert(at, c) => chars.insert(at % (count + 1), c),
        Harm::Remove(at) => drop(chars.remove(at % count)),
        Harm::Swap(at) => chars.swap(at % count, (at / count) % count),
    }
    chars.into_iter().collect()
}

fn is_one_clear_line(error: &dyn std::fmt::Display) -> bool {
    let line = error.to_string();
    line.len() > 20 && line.chars().all(|c| !c.is_control())
}

#[test]
fn a_changed_token_is_refused_in_one_line() {
    let tokens: Vec<String> = kept().into_iter().map(|(_, token, _)| token).collect();
    let cases = (prop::sample::select(tokens), prop::collection::vec(harm(), 1..4));
    let test = |(token, harms): (String, Vec<Harm>)| {
        let changed =
            harms.iter().fold(token.clone(), |text, harm| if text.is_empty() { text } else { harmed(&text, harm) });
        match changed.parse::<Token>() {
            Ok(_) => prop_assert_eq!(changed.trim(), token),
            Err(error) => prop_assert!(is_one_clear_line(&error), "{}", error),
        }
        Ok(())
    };
    runner(20_000).run(&cases, test).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn any_text_and_any_bytes_are_refused_or_read_but_never_a_panic() {
    let test = |(text, bytes): (String, Vec<u8>)| {
        if let Err(error) = text.parse::<Token>() {
            prop_assert!(is_one_clear_line(&error), "{}", error);
        }
        // Under a checksum that is right.
        if let Err(error) = sealed("per-thread", "iso-1", bytes).parse::<Token>() {
            prop_assert!(is_one_clear_line(&error), "{}", error);
        }
        Ok(())
    };
    let bytes = prop::collection::vec(prop_oneof![0..26_u8, any::<u8>()], 0..40);
    runner(20_000).run(&("(cx[0-9]*)?.{0,60}", bytes), test).unwrap_or_else(|error| panic!("{error}"));
}
