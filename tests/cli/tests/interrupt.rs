//! A run that is killed leaves a report of what it covered; one that cannot write its report loses nothing else.
#![cfg(unix)]

use contextvars_check::analysis::results::{Found, Results};
use contextvars_check::rendering::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A directory of its own for each test.
fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the directory for such files is writable");
    path
}

fn ctxcheck(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctxcheck"));
    command.args(arguments).current_dir(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A search that would take an hour, stopped by a signal after a second.
fn stopped_by(signal: &str, status: i32) {
    let directory = directory(&format!("stopped-by-{signal}"));
    let search = ["check", "--design", "per-thread", "--engine", "shuttle", "--engine", "sequential", "--budget", "1h"];
    let outputs = ["--html", "report.html", "--json", "results.json", "--junit", "junit.xml"];
    let child = ctxcheck(&directory, &[&search[..], &outputs].concat()).spawn().expect("it can be started");
    // The first report is there when the run begins.
    for _ in 0..600 {
        std::thread::sleep(Duration::from_millis(100));
        if directory.join("junit.xml").is_file() {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal.trim_start_matches("SIG"), &id]).status();
    assert!(sent.expect("signals can be sent").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(status), "{}", err(&output));
    assert!(out(&output).contains(&format!("PARTIAL: the run was stopped by {signal}")), "{}", out(&output));
    let read = |name: &str| fs::read_to_string(directory.join(name)).expect("the report is there");
    let results: Results = json::read(&read("results.json")).expect("it is a results file");
    assert!(results.partial.is_some_and(|why| why.contains(signal)));
    let cells: Vec<_> = results.designs.iter().flat_map(|design| &design.cells).collect();
    assert!(!cells.is_empty());
    for cell in cells {
        assert_eq!(cell.outcome, Found::Unknown, "{}: what was cut short is not known to hold", cell.property);
        let why = cell.why.as_deref().unwrap_or_default();
        assert!(why.contains(signal), "{}: {why}", cell.property);
    }
    let page = read("report.html");
    assert!(page.contains("<strong>Partial:</strong>") && page.trim_end().ends_with("</html>"));
    assert!(read("junit.xml").trim_end().ends_with("</testsuites>"));
    let left: Vec<_> =
        fs::read_dir(&directory).expect("it can be listed").map(|e| e.expect("an entry").path()).collect();
    assert_eq!(left.len(), 3, "no part of a file is left behind: {left:?}");
}

#[test]
fn sigint_leaves_a_partial_report() {
    stopped_by("SIGINT", 130);
}

#[test]
fn sigterm_leaves_a_partial_report() {
    stopped_by("SIGTERM", 143);
}

#[test]
fn sighup_leaves_a_partial_report() {
    stopped_by("SIGHUP", 129);
}

/// One execution that takes long, stopped in its middle. (A case of map operations is always short.)
fn stopped_in_an_execution(engine: &str, threads: usize, steps: usize) {
    let directory = directory(&format!("huge-{engine}"));
    let step = |n: usize| match engine {
        // loom is done soon with threads that share nothing.
        "loom" => "  lookup c x\n  len c\n".to_owned(),
        _ => format!("  set x 1 -> t{n}\n  get x\n"),
    };
    let thread = |k: usize| format!("thread\n{}", (0..steps).map(|n| step(k * steps + n)).collect::<String>());
    let text = format!("scenario huge\ninit\n  var x\n  context c\n{}", (0..threads).map(thread).collect::<String>());
    fs::write(directory.join("huge.scn"), text).expect("it is writable");
    let search = ["check", "--design", "uncached", "--engine", engine, "--scenario", "huge.scn", "--budget", "1h"];
    let outputs = ["--html", "report.html", "--json", "results.json", "--junit", "junit.xml"];
    let mut child = ctxcheck(&directory, &[&search[..], &outputs].concat()).spawn().expect("it can be started");
    for _ in 0..600 {
        std::thread::sleep(Duration::from_millis(100));
        if directory.join("junit.xml").is_file() {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(sent.expect("signals can be sent").success());
    // Generous: a loaded machine is slow. What is asserted is that it ends by itself at all.
    let ended = (0..900).find_map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        child.try_wait().expect("it can be asked")
    });
    let Some(status) = ended else {
        child.kill().expect("it can be ended");
        panic!("{engine} does not heed the signal inside an execution");
    };
    assert_eq!(status.code(), Some(143), "{engine}");
    let results = fs::read_to_string(directory.join("results.json")).expect("the report is there");
    let results: Results = json::read(&results).expect("it is a results file");
    assert!(results.partial.is_some_and(|why| why.contains("SIGTERM")), "{engine}");
    let cells = results.designs.iter().flat_map(|design| &design.cells);
    assert!(cells.into_iter().all(|cell| cell.outcome == Found::Unknown), "{engine}: a cut execution decides nothing");
}

#[test]
fn sigterm_is_heeded_inside_an_execution_by_the_sequential_engine() {
    stopped_in_an_execution("sequential", 1, 10_000);
}

#[test]
fn sigterm_is_heeded_inside_an_execution_by_shuttle() {
    stopped_in_an_execution("shuttle", 2, 5_000);
}

#[test]
fn sigterm_is_heeded_inside_an_execution_by_loom() {
    stopped_in_an_execution("loom", 2, 10_000);
}

#[test]
fn sigterm_is_heeded_inside_an_execution_on_real_threads() {
    stopped_in_an_execution("threads", 2, 10_000);
}

const QUICK: [&str; 7] = ["check", "--design", "per-thread", "--engine", "sequential", "--budget", "1s"];

/// The table is printed, then one line that says what could not be written.
fn is_not_lost(directory: &Path, arguments: &[&str], because: &str) {
    let output = ctxcheck(directory, &[&QUICK[..], arguments].concat()).output().expect("it can be started");
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(out(&output).contains("\nper-thread"), "{}", out(&output));
    assert_eq!(err(&output).trim_end().lines().count(), 1, "{}", err(&output));
    assert!(err(&output).contains(because) && err(&output).contains("cannot be written"), "{}", err(&output));
}

#[test]
fn a_full_disk_loses_nothing_else() {
    if Path::new("/dev/full").exists() {
        let directory = directory("full-disk");
        is_not_lost(&directory, &["--html", "/dev/full"], "/dev/full");
        is_not_lost(&directory, &["--html", "report.html", "--json", "/dev/full"], "/dev/full");
        assert!(directory.join("report.html").is_file(), "the other report is written");
    }
}

#[test]
fn a_default_place_that_cannot_be_written_loses_nothing_else() {
    let directory = directory("no-target");
    fs::write(directory.join("target"), "in the way").expect("it is writable");
    is_not_lost(&directory, &[], "--html FILE chooses another place");
}

#[test]
fn a_place_that_was_asked_for_is_tried_before_the_work_is_done() {
    let directory = directory("no-such-folder");
    for option in ["--html", "--json", "--junit"] {
        let arguments = [&QUICK[..], &[option, "no/such/folder/report"]].concat();
        let output = ctxcheck(&directory, &arguments).output().expect("it can be started");
        assert_eq!(output.status.code(), Some(2));
        assert!(out(&output).is_empty(), "{}", out(&output));
        assert_eq!(err(&output).trim_end().lines().count(), 1, "{}", err(&output));
        assert!(err(&output).contains("no/such/folder/report cannot be written"), "{}", err(&output));
    }
}

#[test]
fn a_report_made_from_the_results_is_the_same() {
    let directory = directory("again");
    let arguments = [&QUICK[..], &["--html", "first.html", "--json", "results.json", "--junit", "first.xml"]].concat();
    let output = ctxcheck(&directory, &arguments).output().expect("it can be started");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let arguments = ["report", "results.json", "--html", "second.html", "--junit", "second.xml"];
    let output = ctxcheck(&directory, &arguments).output().expect("it can be started");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let read = |name: &str| fs::read_to_string(directory.join(name)).expect("the report is there");
    assert!(read("first.html") == read("second.html"));
    assert!(read("first.xml") == read("second.xml"));
}

#[test]
fn a_results_file_that_is_none_or_newer_is_refused_in_one_line() {
    let directory = directory("refused");
    let files: [(&str, &[u8], &str); 4] = [
        ("newer.json", b"{\"schema\": 99}", "schema 99"),
        ("corrupt.json", b"{\"schema\": 1, \"partial\":", "not a results file"),
        ("bytes.json", b"\xFF\xFE", "UTF-8"),
        ("empty.json", b"", "not a results file"),
    ];
    for (name, bytes, because) in files {
        fs::write(directory.join(name), bytes).expect("it is writable");
        let output = ctxcheck(&directory, &["report", name]).output().expect("it can be started");
        assert_eq!(output.status.code(), Some(2));
        assert!(out(&output).is_empty() && err(&output).trim_end().lines().count() == 1, "{}", err(&output));
        assert!(err(&output).contains(because) && err(&output).contains(name), "{}", err(&output));
    }
}
