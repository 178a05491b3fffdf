//! Bad input on the command line: one clear line that says what was wrong and what would be right, and status 2.

use std::path::PathBuf;
use std::process::{Command, Output};

fn ctxcheck(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctxcheck"));
    // Reports go where nobody looks for them.
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR")).output().expect("it can be started")
}

fn is_refused(arguments: &[&str], because: &[&str]) {
    let output = ctxcheck(arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
    assert!(out.is_empty(), "{arguments:?}: {out}");
    assert_eq!(err.trim_end().lines().count(), 1, "{arguments:?}: {err}");
    for part in because {
        assert!(err.contains(part), "{arguments:?}: `{part}` is not in {err}");
    }
}

fn file(name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the directory for such files is writable");
    path
}

#[test]
fn an_unknown_design_property_or_engine_is_refused_with_the_known_ones() {
    is_refused(&["check", "--design", "qqq"], &["unknown design `qqq`; `list` names those there are"]);
    is_refused(&["check", "--engine", "qqq"], &["unknown engine `qqq`; known are", "shuttle"]);
    is_refused(&["explain", "qqq"], &["unknown property, design or fault `qqq`", "`list`"]);
}

#[test]
fn a_misspelt_name_suggests_the_nearest_ones() {
    is_refused(&["check", "--design", "pre-thread"], &["unknown design `pre-thread`; did you mean `per-thread`"]);
    is_refused(&["check", "--property", "ISO-9"], &["unknown property `ISO-9`; did you mean `ISO-1`"]);
    is_refused(&["check", "--engine", "shutle"], &["unknown engine `shutle`; did you mean `shuttle`"]);
    is_refused(&["explain", "uncahced"], &["`uncahced`; did you mean `uncached`"]);
    is_refused(&["check", "--scenario", "own-value"], &["unknown scenario `own-value`; did you mean `own-values`"]);
    is_refused(
        &["bench", "--design", "uncahced"],
        &["unknown design that can be measured `uncahced`; did you mean `uncached`"],
    );
    is_refused(&["bench", "--question", "memroy"], &["unknown question `memroy`; did you mean `memory`"]);
    is_refused(&["check", "--desgin", "uncached"], &["--desgin", "did you mean `--design`"]);
    is_refused(&["chek"], &["chek", "did you mean `check`"]);
}

#[test]
fn a_budget_of_nothing_is_refused() {
    is_refused(&["check", "--budget", "0"], &["budget of 0", "5s"]);
    is_refused(&["check", "--budget", "soon"], &["`soon` is not a budget", "5s"]);
}

#[test]
fn a_malformed_scenario_is_refused_with_line_and_column() {
    let path = file("malformed.scn", "scenario a\nthread\n  frobnicate x\n");
    is_refused(&["check", "--scenario", path.to_str().expect("plain")], &["malformed.scn", "line 3, column 3"]);
    is_refused(&["check", "--scenario", "no/such/file.scn"], &["no/such/file.scn"]);
}

#[test]
fn a_scenario_file_that_is_no_scenario_is_refused_for_what_it_is() {
    let refused = |path: &str, why: &str| is_refused(&["check", "--scenario", path], &[path, why]);
    refused(file("binary.scn", [0xff_u8, 0xfe, 0]).to_str().expect("plain"), "it is no text (UTF-8)");
    refused(file("large.scn", vec![b'#'; 5 << 20]).to_str().expect("plain"), "larger than 4 MiB");
    if cfg!(target_os = "linux") {
        refused("/dev/zero", "larger than 4 MiB");
    }
    let marked = file("marked.scn", "\u{feff}scenario marked\nthread\nthread\n");
    let read = ctxcheck(&["check", "--design", "uncached", "--scenario", marked.to_str().expect("plain")]);
    assert!(read.stderr.is_empty(), "{}", String::from_utf8_lossy(&read.stderr));
}

#[test]
fn an_engine_that_cannot_judge_the_property_is_refused_with_those_that_can() {
    is_refused(&["check", "--property", "LIN-1", "--engine", "loom"], &["LIN-1", "shuttle"]);
}

#[test]
fn an_unknown_argument_is_refused() {
    is_refused(&["check", "--frobnicate"], &["--frobnicate"]);
    is_refused(&["frobnicate"], &["frobnicate"]);
}

#[test]
fn a_scenario_file_is_checked_alone() {
    let path = file(
        "alone.scn",
        "scenario alone\ninit\n  var x\nthread\n  set x 1\n  get x => 1\nthread\n  set x 2\n  get x => 2\n",
    );
    let path = path.to_str().expect("plain");
    let good =
        ctxcheck(&["check", "--scenario", path, "--design", "per-thread", "--engine", "shuttle", "--budget", "1s"]);
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stdout));
    let bad =
        ctxcheck(&["check", "--scenario", path, "--design", "shared-racy", "--engine", "shuttle", "--budget", "1s"]);
    let text = String::from_utf8_lossy(&bad.stdout);
    assert!(text.contains("shared-racy: API-1 refuted") && text.contains("found by shuttle"), "{text}");
}

#[test]
fn a_scenario_without_parallel_threads_is_judged_by_who_can_run_it() {
    let path = file("single.scn", "scenario single\ninit\n  var x\nthread\n  set x 1\n  get x => 1\n");
    let path = path.to_str().expect("plain");
    let arguments = ["check", "--scenario", path, "--design", "per-thread", "--budget", "1s"];
    let all = ctxcheck(&arguments);
    let text = String::from_utf8_lossy(&all.stdout);
    assert_eq!(all.status.code(), Some(0), "{text}");
    // Nobody can be stopped in it.
    let row = text.lines().find(|line| line.starts_with("per-thread")).expect("there is a table");
    assert!(row.contains("ok 2") && row.contains("unknown 0"), "{text}");
    assert!(text.contains("per-thread: PROG-1 unknown: no execution decides it"), "{text}");
    // Who had nothing to do is not listed.
    let verbose = ctxcheck(&[&arguments[..], &["--verbose"]].concat());
    let verbose = String::from_utf8_lossy(&verbose.stdout);
    assert!(verbose.contains("per-thread under sequential") && !verbose.contains("under shuttle"), "{verbose}");
    let unknown = |more: &[&str]| {
        let output = ctxcheck(&[&arguments[..], more].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{more:?}: {text}");
        assert!(text.contains("no execution decides it"), "{more:?}: {text}");
    };
    unknown(&["--engine", "shuttle"]);
    unknown(&["--engine", "threads"]);
    unknown(&["--property", "PROG-1"]);
}

#[test]
fn the_list_names_designs_faults_properties_and_engines() {
    let output = ctxcheck(&["list"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    for name in ["shared-racy", "entry-check-then-set", "SNAP-2", "shuttle"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn what_is_printed_can_be_pasted() {
    let arguments =
        ["check", "--scenario", "own-values", "--design", "shared-racy", "--property", "ISO-1", "--budget", "1s"];
    let output = ctxcheck(&arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    let again = text.lines().find_map(|line| line.trim_start().strip_prefix("again: ")).expect("it says how");
    let token = again.strip_prefix("cargo run --release -- replay ").expect("cargo has started this");
    let replayed = ctxcheck(&["replay", token]);
    assert_eq!(replayed.status.code(), Some(0), "{}", String::from_utf8_lossy(&replayed.stderr));
    // By its name where it was found by that.
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_ctxcheck"));
    let mut path = std::ffi::OsString::from(folder.parent().expect("it is in a folder"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut by_name = Command::new("ctxcheck");
    let output = by_name.args(arguments).env("PATH", path).current_dir(env!("CARGO_TARGET_TMPDIR")).output();
    let text = String::from_utf8_lossy(&output.expect("it can be started").stdout).into_owned();
    assert!(text.contains("again: ctxcheck replay cx1."), "{text}");
}
