//! A subject that hangs, aborts or overflows its stack is a verdict with a scenario; the run goes on, and ends in
//! order.
#![cfg(unix)]

use contextvars_check::allocator::Calling;
use contextvars_check::analysis::results::{Found, Results};
use contextvars_check::analysis::story_builder::shrunk;
use contextvars_check::budget::Budget;
use contextvars_check::counterexample::explain;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::Engine;
use contextvars_check::properties::Property;
use contextvars_check::rendering::json;
use contextvars_check::scenario::Scenario;
use contextvars_check::suite::{self, Expect, Plan};
use contextvars_check_faults::deadly::DEADLY;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// A directory of its own for each test.
fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("deadly").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the directory for such files is writable");
    path
}

fn start(directory: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctxcheck"));
    command.args(arguments).current_dir(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it can be started")
}

/// Waits for its end. Generous, for a machine that is slow: what is asserted is that it ends by itself at all.
fn ended(mut child: Child) -> Output {
    for _ in 0..3_000 {
        if child.try_wait().expect("it can be asked").is_some() {
            return child.wait_with_output().expect("it has ended");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    child.kill().expect("it can be ended");
    panic!("it did not end by itself");
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn results(directory: &Path) -> Results {
    let text = fs::read_to_string(directory.join("results.json")).expect("the results are there");
    json::read(&text).expect("it is a results file")
}

/// Every engine comes to its end, says what ended it, and the failure is shown again by its token.
fn is_a_verdict(name: &str, by_engine: &[(&str, &str)]) {
    let directory = directory(name);
    let arguments = ["check", "--design", "uncached", "--design", name, "--property", "PROG-2", "--budget", "4s"];
    let outputs = ["--json", "results.json", "--html", "report.html"];
    let output = ended(start(&directory, &[&arguments[..], &outputs].concat()));
    // It is a known fault, and was found.
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), String::from_utf8_lossy(&output.stderr));
    let results = results(&directory);
    let [sound, faulty] = &results.designs[..] else { panic!("two designs were asked for") };
    assert_eq!(sound.cells[0].outcome, Found::Ok, "the run goes on: {:?}", sound.cells[0].why);
    let cell = &faulty.cells[0];
    assert_eq!(cell.outcome, Found::Refuted, "{name}: {:?}", cell.why);
    for &(engine, said) in by_engine {
        let explored = faulty.engines.iter().find(|explored| explored.engine == engine).expect("it was run");
        let shortfall = explored.shortfall.as_deref().unwrap_or_default();
        assert!(shortfall.contains(said), "{name} under {engine}: {shortfall}");
    }
    let story = cell.story.as_ref().expect("it is told");
    let scenario = Scenario::parse(&story.text).expect("the scenario is attached");
    // One operation to break it, what that needs, and the end of the thread.
    assert!(scenario.operations() <= 8, "{name}: it was made small:\n{scenario}");
    let page = fs::read_to_string(directory.join("report.html")).expect("the report is there");
    assert!(page.contains(name) && page.trim_end().ends_with("</html>"));
    let token = story.token.as_deref().expect("it has a token");
    let replayed = ended(start(&directory, &["replay", token]));
    assert_eq!(replayed.status.code(), Some(0), "{name}: {}", out(&replayed));
    // Whatever the lines are broken at.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&out(&replayed)).contains(&words(&story.observed)), "{name}: {}", out(&replayed));
}

const HANGS: &str = "took no step";

#[test]
fn a_get_that_spins_is_a_verdict() {
    is_a_verdict("get-waits-for-writer", &[("sequential", HANGS), ("threads", HANGS)]);
}

#[test]
fn a_lock_taken_twice_is_a_verdict_by_every_engine() {
    let engines = ["sequential", "shuttle", "loom", "threads"];
    is_a_verdict("lock-taken-twice", &engines.map(|engine| (engine, HANGS)));
}

#[test]
fn a_panic_while_unwinding_is_a_verdict() {
    is_a_verdict("panics-while-unwinding", &[("sequential", "SIGABRT")]);
}

#[test]
fn a_stack_that_overflows_is_a_verdict_by_every_engine() {
    let ends =
        [("sequential", "SIGABRT"), ("shuttle", "ended by SIG"), ("loom", "did not terminate"), ("threads", "SIGABRT")];
    is_a_verdict("reset-recurses", &ends);
}

#[test]
fn every_deadly_fault_has_a_test() {
    let tested = ["get-waits-for-writer", "lock-taken-twice", "panics-while-unwinding", "reset-recurses"];
    assert_eq!(DEADLY.iter().map(|entry| entry.name).collect::<Vec<_>>(), tested);
}

/// A scenario in which an operation never comes back, and one that comes before it.
const HANGING: &str = "scenario hanging\ninit\n  var x\nthread\n  get x or 1\n  set x 2\nthread\n  get x or 1\n";

#[test]
fn shrink_finds_a_death_and_makes_it_small() {
    let directory = directory("shrink");
    fs::write(directory.join("hanging.scn"), HANGING).expect("it is writable");
    let arguments = ["shrink", "hanging.scn", "--design", "lock-taken-twice", "--property", "PROG-2"];
    let output = ended(start(&directory, &arguments));
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let text = out(&output);
    assert!(text.starts_with("scenario prog-2-lock-taken-twice\n") && !text.contains("get x"), "{text}");
    // For another property it is a failure to decide, which is said.
    let arguments = ["shrink", "hanging.scn", "--design", "lock-taken-twice", "--property", "ISO-1"];
    let output = ended(start(&directory, &arguments));
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("ISO-1 is unknown") && out(&output).contains(HANGS), "{}", out(&output));
}

/// Waits until the run has begun: its first report is there then.
fn begun(directory: &Path) {
    for _ in 0..600 {
        std::thread::sleep(Duration::from_millis(100));
        if directory.join("results.json").is_file() {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(1));
}

fn hanging(name: &str) -> (PathBuf, Child) {
    let directory = directory(name);
    fs::write(directory.join("hanging.scn"), HANGING).expect("it is writable");
    let arguments = ["check", "--design", "lock-taken-twice", "--engine", "sequential", "--scenario", "hanging.scn"];
    let child = start(&directory, &[&arguments[..], &["--budget", "1h", "--json", "results.json"]].concat());
    begun(&directory);
    (directory, child)
}

fn send(signal: &str, to: u32) {
    let sent = Command::new("kill").args(["-s", signal, &to.to_string()]).status();
    assert!(sent.expect("signals can be sent").success());
}

#[test]
fn sigterm_ends_a_run_whose_subject_hangs() {
    let (directory, child) = hanging("signal");
    send("TERM", child.id());
    let output = ended(child);
    assert_eq!(output.status.code(), Some(143), "{}", out(&output));
    let results = results(&directory);
    assert!(results.partial.is_some_and(|why| why.contains("SIGTERM")));
}

/// The processes that this one has started.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").expect("Linux has it").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let parent_of = |id: u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // Behind the name, which is in brackets: the state, and the parent.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    processes.filter_map(|name| name.parse().ok()).filter(|&id| parent_of(id) == Some(parent)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_parent_that_is_killed_leaves_no_child() {
    let (_, mut child) = hanging("killed");
    let left = children(child.id());
    assert!(!left.is_empty(), "something runs in a child");
    child.kill().expect("it can be killed");
    child.wait().expect("it has ended");
    let is_alive =
        |id: &u32| fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains("ctxcheck"));
    for _ in 0..600 {
        if !left.iter().any(is_alive) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{left:?} are left behind");
}

/// In a child the same is explored and told as in this process: nothing is lost on the way.
#[test]
fn a_child_finds_what_this_process_finds() {
    let directory = directory("same");
    let engines = ["--engine", "sequential", "--engine", "shuttle", "--engine", "loom"];
    let arguments = ["check", "--design", "shared-racy", "--budget", "0.5s", "--json", "results.json"];
    assert_eq!(ended(start(&directory, &[&arguments[..], &engines].concat())).status.code(), Some(0));
    let engines = vec![Engine::Sequential, Engine::Shuttle, Engine::Loom];
    let entry = designs::find(DESIGNS, "shared-racy").expect("it is listed");
    let plan = Plan {
        entries: vec![entry],
        properties: Property::ALL.to_vec(),
        engines,
        budget: Budget::seconds(0.5),
        seed: 1,
        scenarios: suite::shipped(),
        expect: Expect::Decided,
    };
    let report = suite::run(&plan, &|_, _, _, _| {}).remove(0);
    let design = results(&directory).designs.remove(0);
    for (explored, findings) in design.engines.iter().zip(&report.findings) {
        assert_eq!(explored.engine, findings.engine.name());
        assert_eq!(explored.digest, format!("{:016x}", findings.covered.digest), "{}", findings.engine);
        assert_eq!((explored.executions, explored.outcomes), (findings.covered.executions, findings.covered.outcomes));
        assert_eq!((&explored.notes, &explored.shortfall), (&findings.notes, &findings.shortfall));
    }
    let cell = design.cells.iter().find(|cell| cell.property == "ISO-1").expect("it was judged");
    let evidence = report.evidence(Property::Iso1).expect("it is refuted");
    assert_eq!(cell.story, Some(shrunk(&explain(entry, evidence, Budget::seconds(5.0)))));
}
