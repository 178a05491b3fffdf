//! Whatever an interpreter does, the suite goes on and says what happened, in one line. The interpreters here are
//! scripts, so that these tests need no Python.
#![cfg(unix)]

use contextvars_check::deadline::Deadline;
use contextvars_check_oracle::interpreter::{Failure, Interpreter};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HELLO: &str = r#"echo '{"protocol":1,"implementation":"cpython","version":[3,11,7],"gil":true,"enters":true}'"#;

/// An executable script in a folder of its own.
fn script(body: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("python");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("the script is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be executed");
    (folder, path)
}

/// Why it cannot be used.
fn refused(path: &Path) -> String {
    let error = Interpreter::start(path).err().expect("it is refused");
    assert_eq!(error.lines().count(), 1, "one line: {error}");
    assert!(error.contains(&*path.to_string_lossy()), "it names the interpreter: {error}");
    error
}

/// What comes of the first question to one that introduces itself well.
fn asked(body: &str, patience: Duration) -> (Failure, Duration) {
    let (_folder, path) = script(&format!("{HELLO}\n{body}"));
    let mut interpreter = Interpreter::start(&path).expect("it says what it is");
    interpreter.ask("{}\n".to_owned());
    let began = Instant::now();
    let failure = interpreter.answer(patience, Deadline::after(60.0)).expect_err("it does not answer");
    assert_eq!(failure.to_string().lines().count(), 1, "one line: {failure}");
    (failure, began.elapsed())
}

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_missing_interpreter_is_one_line() {
    assert!(refused(Path::new("/nowhere/python3")).contains("cannot be started"));
}

#[test]
fn one_that_ends_at_once_tells_its_last_words() {
    let (_folder, path) = script("echo 'ModuleNotFoundError: no module contextvars' >&2; exit 1");
    assert!(refused(&path).contains("no module contextvars"));
}

#[test]
fn one_that_says_something_else_is_told_so() {
    let (_folder, path) = script("echo Welcome; sleep 60");
    assert!(refused(&path).contains("Welcome"));
    let (_folder, path) = script(r#"echo '{"protocol":99,"implementation":"x","version":[3,11,7]}'; sleep 60"#);
    assert!(refused(&path).contains("99"));
    let (_folder, path) = script(&HELLO.replace("\"enters\":true", "\"enters\":false"));
    assert!(refused(&path).contains("ctypes"));
}

#[test]
fn a_warning_among_the_answers_is_shown() {
    let (failure, _) = asked("read x; echo 'DeprecationWarning: old'; sleep 60", LONG);
    assert!(matches!(&failure, Failure::NotProtocol(what) if what.contains("DeprecationWarning")), "{failure}");
}

#[test]
fn binary_output_is_shown_in_one_line() {
    let (failure, _) = asked(r"read x; printf '\001\377\000\n'; sleep 60", LONG);
    assert!(matches!(&failure, Failure::NotProtocol(_)), "{failure}");
}

#[test]
fn half_a_line_is_shown() {
    let (failure, _) = asked("read x; printf '[[nul'; exit 0", LONG);
    assert!(matches!(&failure, Failure::Died(how, None, _) if how.contains("[[nul")), "{failure}");
}

#[test]
fn one_that_hangs_is_killed_in_time() {
    let (failure, took) = asked("read x; sleep 60", Duration::from_millis(300));
    assert_eq!(failure, Failure::Hung(Duration::from_millis(300)));
    assert!(took < Duration::from_secs(5), "it took {took:?}");
}

#[test]
fn one_that_does_not_read_is_killed_in_time() {
    let (_folder, path) = script(&format!("{HELLO}\nsleep 60"));
    let mut interpreter = Interpreter::start(&path).expect("it says what it is");
    // More than fits into a pipe.
    interpreter.ask("x".repeat(1 << 22));
    let failure = interpreter.answer(Duration::from_millis(300), Deadline::after(60.0)).expect_err("no answer");
    assert_eq!(failure, Failure::Hung(Duration::from_millis(300)));
}

#[test]
fn a_signal_is_named_with_the_last_words() {
    let (failure, _) = asked("read x; echo 'Fatal Python error: Segmentation fault' >&2; kill -SEGV $$", LONG);
    let Failure::Died(_, signal, words) = &failure else { panic!("{failure}") };
    assert_eq!(*signal, Some(11));
    assert!(words.contains("Segmentation fault"), "{words}");
}

#[test]
fn a_deadline_ends_the_waiting() {
    let (_folder, path) = script(&format!("{HELLO}\nread x; sleep 60"));
    let mut interpreter = Interpreter::start(&path).expect("it says what it is");
    let began = Instant::now();
    let failure = interpreter.answer(LONG, Deadline::after(0.2)).expect_err("no answer");
    assert_eq!(failure, Failure::Stopped);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn children_are_reaped() {
    let (_folder, path) = script(&format!("echo $$ > \"$(dirname \"$0\")/pid\"\n{HELLO}\nread x; sleep 60"));
    let interpreter = Interpreter::start(&path).expect("it says what it is");
    let pid = fs::read_to_string(path.with_file_name("pid")).expect("its number");
    let process = Path::new("/proc").join(pid.trim());
    if !process.exists() {
        return; // A system without such a folder.
    }
    drop(interpreter);
    assert!(!process.exists(), "no process is left, not even a dead one");
}
