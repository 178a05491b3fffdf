//! `ctxcheck oracle`: an interpreter that cannot be used is one line; a comparison says what it compared; a signal ends
//! it. What needs an interpreter says aloud that it did not run if there is none.
#![cfg(unix)]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn ctxcheck(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctxcheck"));
    command.arg("oracle").args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> Output {
    ctxcheck(arguments).output().expect("it can be started")
}

fn is_refused(arguments: &[&str], because: &str) {
    let output = output(arguments);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
    assert!(output.stdout.is_empty() && err.trim_end().lines().count() == 1, "{arguments:?}: {err}");
    assert!(err.contains(because), "{arguments:?}: {err}");
}

/// Whether there is a python3 that can be used; if not, that is said aloud.
fn no_python(test: &str) -> bool {
    let tried = output(&["--operations", "1"]);
    let none = tried.status.code() == Some(2);
    if none {
        let why = String::from_utf8_lossy(&tried.stderr);
        // Not by a macro: what those print is shown only if the test fails.
        let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {test}: {} ***\n", why.trim_end());
    }
    none
}

#[test]
fn bad_input_is_one_line() {
    is_refused(&["--python", "nowhere/python3"], "nowhere/python3 cannot be started");
    is_refused(&["--python", "true"], "is no interpreter that can be used");
    is_refused(&["--expect-bug", "A8"], "known are A7, A9, A35");
    is_refused(&["--operations", "0"], "compares nothing");
    is_refused(&["--budget", "soon"], "is not a budget");
}

#[test]
fn a_comparison_says_what_it_compared() {
    if no_python("ctxcheck oracle") {
        return;
    }
    let output = output(&["--operations", "10000"]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}");
    for part in ["cpython 3.", "operations a second", "explained by the dialect", "  0 unexplained", "stated answers"] {
        assert!(out.contains(part), "`{part}` is not in {out}");
    }
    assert!(out.lines().count() < 10, "{out}");
}

#[test]
fn a_signal_ends_it_soon_with_what_was_compared() {
    if no_python("ctxcheck oracle, stopped") {
        return;
    }
    let child = ctxcheck(&["--budget", "1h"]).spawn().expect("it can be started");
    std::thread::sleep(Duration::from_secs(2));
    let began = Instant::now();
    let sent = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(sent.expect("signals can be sent").success());
    let output = child.wait_with_output().expect("it ends");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    assert_eq!(output.status.code(), Some(130), "{out}");
    assert!(out.contains("less than was planned") && out.contains("stopped by SIGINT"), "{out}");
}
