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

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the directory for such files is writable");
    path
}

#[test]
fn an_unknown_design_property_or_engine_is_refused_with_the_known_ones() {
    is_refused(&["check", "--design", "nonesuch"], &["unknown design `nonesuch`", "per-thread"]);
    is_refused(&["check", "--property", "ISO-9"], &["unknown property `ISO-9`", "ISO-1"]);
    is_refused(&["check", "--engine", "steam"], &["unknown engine `steam`", "shuttle"]);
    is_refused(&["explain", "nonesuch"], &["`nonesuch`", "list"]);
}

#[test]
fn a_name_that_is_misspelt_is_refused_with_the_nearest_one() {
    is_refused(&["check", "--design", "per-thred"], &["unknown design `per-thred`; did you mean `per-thread`?"]);
    is_refused(&["bugs", "--design", "entry-chek-then-set"], &["did you mean `entry-check-then-set`?"]);
    is_refused(&["check", "--property", "IOS-1"], &["unknown property `IOS-1`; did you mean `ISO-1`?"]);
    is_refused(&["check", "--engine", "Shutle"], &["unknown engine `Shutle`; did you mean `shuttle`?"]);
    is_refused(&["bench", "--question", "memroy"], &["unknown question `memroy`; did you mean `memory`?"]);
    is_refused(&["explain", "slot-aray"], &["`slot-aray`", "did you mean `slot-array`?"]);
    is_refused(&["explain", "LIN1"], &["`LIN1`", "did you mean `LIN-1`?"]);
    is_refused(&["check", "--desing", "per-thread"], &["--desing", "--design"]);
    is_refused(&["chek"], &["chek", "check"]);
    let path = file("misspelt.scn", "scenario a\nthread\n  copy-curent -> c\n");
    is_refused(&["check", "--scenario", path.to_str().expect("plain")], &["did you mean `copy-current`?"]);
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
    assert!(text.contains("shared-racy breaks ISO-1") && text.contains("found by shuttle"), "{text}");
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
    let row = text.lines().rfind(|line| line.starts_with("| per-thread")).expect("there is a table");
    assert!(row.contains("ok 2") && row.contains("unknown 0"), "{text}");
    assert!(text.contains("per-thread by PROG-1 is unknown: no execution decides it"), "{text}");
    let undecided = |more: &[&str]| {
        let output = ctxcheck(&[&arguments[..], more].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{more:?}: {text}");
        assert!(text.contains("no execution decides it"), "{more:?}: {text}");
    };
    undecided(&["--engine", "shuttle"]);
    undecided(&["--engine", "threads"]);
    undecided(&["--property", "PROG-1"]);
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
