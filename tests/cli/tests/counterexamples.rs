//! `ctxcheck shrink` and `ctxcheck replay`: what they print, write and refuse.

use contextvars_check::counterexample::reproduction::Reproduction;
use contextvars_check::counterexample::token::{Token, sealed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with nothing in it.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the directory for such files is writable");
    }
    fs::create_dir_all(&folder).expect("the directory for such files is writable");
    folder
}

const RACE: &str = "scenario race\ninit\n  var v0\nthread\n  set v0 11\n  get v0\nthread\n  set v0 21\n  get v0\n";

fn ctxcheck(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ctxcheck")).args(arguments).output().expect("it can be started")
}

fn race() -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("race.scn");
    fs::write(&path, RACE).expect("the directory for such files is writable");
    path.to_string_lossy().into_owned()
}

#[test]
fn shrink_prints_scenario_trace_and_token_and_writes_the_file() {
    let folder = empty("shrunk");
    let path = folder.to_string_lossy().into_owned();
    let arguments = ["shrink", &race(), "--design", "shared-racy", "--property", "ISO-1", "--regressions", &path];
    let output = ctxcheck(&arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("scenario iso-1-shared-racy\n"), "{text}");
    let token = text.split_whitespace().last().expect("the token comes last");
    let replayed = ctxcheck(&["replay", token]);
    let story = String::from_utf8_lossy(&replayed.stdout);
    assert_eq!(replayed.status.code(), Some(0));
    assert!(text.contains(&*story), "what is replayed is what was printed: {story}{text}");
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 1);
}

#[test]
fn shrink_of_what_holds_is_status_1() {
    let output = ctxcheck(&["shrink", &race(), "--design", "per-thread", "--property", "ISO-1", "--budget", "1s"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("was not refuted"));
}

#[test]
fn bad_input_of_shrink_is_status_2_and_one_line() {
    let race = race();
    let with = |design, property, more: &[&str]| {
        let all: Vec<&str> =
            ["shrink", &race, "--design", design, "--property", property].iter().chain(more).copied().collect();
        ctxcheck(&all)
    };
    for (output, because) in [
        (with("nonesuch", "ISO-1", &[]), "unknown design `nonesuch`"),
        (with("shared-racy", "ISO-9", &[]), "unknown property `ISO-9`"),
        (with("shared-racy", "MAP-1", &[]), "map operations"),
        (with("shared-racy", "ISO-1", &["--budget", "0"]), "budget of 0"),
        (with("shared-racy", "ISO-1", &["--regressions", "no/such/folder"]), "no/such/folder"),
        (
            ctxcheck(&["shrink", "no/such/file.scn", "--design", "shared-racy", "--property", "ISO-1"]),
            "no/such/file.scn",
        ),
    ] {
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{because}: {error}");
        assert!(
            output.stdout.is_empty() && error.lines().count() == 1 && error.contains(because),
            "{because}: {error}"
        );
    }
}

/// The tokens of every version that there was.
fn kept() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tokens");
    let files = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let first = |path| fs::read_to_string(path).expect("it is a text").lines().next().expect("a token").to_string();
    let mut tokens: Vec<String> = files.map(first).collect();
    tokens.sort();
    assert!(!tokens.is_empty(), "there are kept tokens");
    tokens
}

#[test]
fn the_command_prints_the_same_bytes_each_time() {
    for token in kept() {
        let [first, second] = [ctxcheck(&["replay", &token]), ctxcheck(&["replay", &token])];
        assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
        assert!(!first.stdout.is_empty());
        assert_eq!(first.stdout, second.stdout);
    }
}

#[test]
fn a_failure_that_is_gone_is_status_1() {
    let token = Token { design: "per-thread".into(), ..kept().remove(0).parse().expect("it is a token") };
    let output = ctxcheck(&["replay", &token.to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("per-thread keeps"));
}

#[test]
fn bad_tokens_are_status_2_and_one_line() {
    let token = kept().remove(0);
    let whole: Token = token.parse().expect("it is a token");
    let unknown = Token { design: "nonesuch".into(), ..whole.clone() };
    let stopped = Token { design: "cache-drops-in-lock".into(), way: Reproduction::Lockstep, ..whole };
    let (cut, older) = (&token[..token.len() - 5], token.replace("cx1.", "cx9."));
    for (bad, because) in [
        ("", "not a replay token"),
        ("hello\nworld", "not a replay token"),
        (cut, "damaged"),
        (&older, "version 9"),
        (&unknown.to_string(), "unknown design `nonesuch`"),
        (&sealed("per-thread", "iso-9", vec![0, 0, 0]), "unknown property `iso-9`"),
        (&sealed("per-thread", "iso-1", vec![0]), "ends too early"),
        (&stopped.to_string(), "must not be run under sequential"),
    ] {
        let output = ctxcheck(&["replay", bad]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{bad}: {error}");
        assert!(output.stdout.is_empty() && error.lines().count() == 1 && error.contains(because), "{bad}: {error}");
    }
}
