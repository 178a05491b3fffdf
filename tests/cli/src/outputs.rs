//! Where the results of a run go besides the terminal: files that are written as a whole, while the run goes on and at
//! its end, so that whenever it is killed there is a valid report of what was covered.

use super::{Bad, maps};
use clap::{Args as Group, ColorChoice};
use contextvars_check::analysis::build::{shrunk, tell};
use contextvars_check::analysis::collect::{Teller, collect};
use contextvars_check::analysis::results::{Design, Machine, Results, Run};
use contextvars_check::analysis::story::Story;
use contextvars_check::counterexample::Counterexample;
use contextvars_check::designs::Entry;
use contextvars_check::explore::Scenarios;
use contextvars_check::rendering::markdown::{self, VERDICTS};
use contextvars_check::rendering::{atomic_write, html, json, junit, terminal};
use contextvars_check::stop;
use contextvars_check::suite::{self, Plan, Report};
use contextvars_check::verdict::{Evidence, Findings};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Where the report goes if no place is given.
const DEFAULT: &str = "target/ctxcheck/report.html";

/// Characters in a line of what is no terminal.
const WIDTH: usize = 120;

/// A terminal is taken to be at least so wide.
const NARROWEST: usize = 40;

/// While a run goes on its files are renewed at most so often.
const RENEWAL: Duration = Duration::from_secs(2);

/// The files to write.
#[derive(Group, Clone)]
pub(super) struct Files {
    /// Where the report goes, one file to be opened in a browser [default: target/ctxcheck/report.html].
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Writes the results as JSON, from which `ctxcheck report` renders again.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Writes the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Puts the table of verdicts into its block of these notes [default: proofs-notes/designs.md]; may be given
    /// several times.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "proofs-notes/designs.md")]
    pub(super) update_notes: Vec<PathBuf>,
}

/// How the terminal is used.
#[derive(Group, Clone)]
pub(super) struct Terminal {
    /// Whether to use colours; `auto` looks whether the output is a terminal, and at NO_COLOR.
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

/// How much of the results is printed.
#[derive(Group, Clone)]
pub(super) struct View {
    #[command(flatten)]
    terminal: Terminal,
    /// Prints the notes, the counts and every counterexample before the summary.
    #[arg(long, short)]
    verbose: bool,
}

impl Terminal {
    /// From now on what is printed is styled as it was asked for. Returns the width.
    pub(super) fn begin(&self) -> usize {
        match self.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        terminal_size::terminal_size_of(std::io::stdout())
            .map_or(WIDTH, |(width, _)| usize::from(width.0).max(NARROWEST))
    }
}

impl View {
    /// Prints the results, the summary last; `files` are lines that name what was written.
    pub(super) fn print(&self, results: &Results, files: &[String]) {
        let width = self.terminal.begin();
        if self.verbose {
            anstream::println!("{}", terminal::details(results, width));
        }
        anstream::print!("{}", terminal::summary(results, files, width));
    }
}

impl Files {
    /// Whether what was asked for can be written, before the work is done and not after it.
    fn probe(&self) -> Result<(), Bad> {
        let asked: Vec<&PathBuf> = [&self.html, &self.json, &self.junit].into_iter().flatten().collect();
        for (number, path) in asked.iter().enumerate() {
            if asked[..number].contains(path) {
                return Err(format!(
                    "{} is to hold two different reports; give each a file of its own",
                    path.display()
                ));
            }
            atomic_write::probe(path)?;
        }
        self.update_notes.iter().try_for_each(|path| notes(path, |text| VERDICTS.check(text)))
    }

    /// Writes all that was asked for, and tells each path. What cannot be written does not keep the others from it.
    pub(super) fn write(&self, results: &Results) -> Vec<Result<PathBuf, Bad>> {
        let mut written = vec![self.write_html(results)];
        if let Some(path) = &self.json {
            written.push(json::write(results).and_then(|text| save(path, &text)));
        }
        if let Some(path) = &self.junit {
            written.push(save(path, &junit::render(results)));
        }
        for path in &self.update_notes {
            let updated = notes(path, |text| markdown::updated(text, results));
            written.push(updated.and_then(|text| save(path, &text)));
        }
        written
    }

    fn write_html(&self, results: &Results) -> Result<PathBuf, Bad> {
        let path = self.html.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
        if let (None, Some(folder)) = (&self.html, path.parent()) {
            let wrong =
                |error| format!("{} cannot be written: {error}; --html FILE chooses another place", path.display());
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        save(&path, &html::render(results))
    }
}

/// What is made of the text of notes.
fn notes<T>(path: &Path, make: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Bad> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
    text.and_then(|text| make(&text)).map_err(|wrong| format!("{}: {wrong}", path.display()))
}

fn save(path: &Path, text: &str) -> Result<PathBuf, Bad> {
    atomic_write::write(path, text).map(|()| path.to_path_buf())
}

/// Lines that say where files are; complaints go to the standard error. Also whether all could be written.
pub(super) fn announce(written: Vec<Result<PathBuf, Bad>>) -> (Vec<String>, bool) {
    let (mut lines, mut all) = (Vec::new(), true);
    for outcome in written {
        match outcome {
            Ok(path) => lines.push(format!("report: {}", path.display())),
            Err(bad) => {
                eprintln!("error: {bad}");
                all = false;
            }
        }
    }
    (lines, all)
}

/// What starts this command on a command line, without arguments: the name by which it was found, or else cargo, if that
/// has started it.
pub(super) fn started_as() -> String {
    let name = std::env::args().next().unwrap_or_default();
    let by_cargo = name != "ctxcheck" && std::env::var_os("CARGO").is_some();
    if by_cargo { String::from("cargo run --release --") } else { name }
}

/// The story as it was found. Making it smaller takes longer than a report that is soon renewed.
fn as_found(_: &'static Entry, evidence: &Evidence) -> Story {
    tell(evidence, None)
}

/// Follows a run, and keeps its files up to date.
pub(super) struct Recorder<'a> {
    plan: &'a Plan,
    files: &'a Files,
    began: String,
    begun: Instant,
    done: Mutex<Done>,
    /// What is known of the maps.
    maps: Vec<Design>,
}

struct Done {
    findings: Vec<(&'static Entry, Findings)>,
    renewed: Instant,
}

impl<'a> Recorder<'a> {
    /// Begins: from now on a signal ends the run early and in order. `maps` are what is said of those that are to be
    /// checked until [`Recorder::take_maps`].
    pub(super) fn new(plan: &'a Plan, files: &'a Files, maps: Vec<Design>) -> Result<Recorder<'a>, Bad> {
        files.probe()?;
        stop::on_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
        let (began, begun) = (humantime::format_rfc3339_seconds(SystemTime::now()).to_string(), Instant::now());
        let done = Mutex::new(Done { findings: Vec::new(), renewed: begun });
        let recorder = Recorder { plan, files, began, begun, done, maps };
        recorder.renew(&[]);
        Ok(recorder)
    }

    /// Takes what was found of the maps.
    pub(super) fn take_maps(&mut self, maps: Vec<Design>) {
        self.maps = maps;
    }

    /// Takes what a job has found. Should the run be killed, the files tell of it.
    pub(super) fn progress(&self, entry: &'static Entry, findings: &Findings) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.findings.push((entry, findings.clone()));
        if done.renewed.elapsed() >= RENEWAL {
            self.renew(&done.findings);
            done.renewed = Instant::now();
        }
    }

    /// Writes what is known by now. What cannot be written is told at the end.
    fn renew(&self, findings: &[(&'static Entry, Findings)]) {
        let reports = suite::so_far(self.plan, findings, "the run has not come so far");
        let results = self.results(&reports, Some("the run was still going on".into()), &as_found);
        // A pipe gets the last word only.
        let given = [&self.files.html, &self.files.json, &self.files.junit];
        if !given.into_iter().flatten().any(|path| atomic_write::is_stream(path)) {
            let _ = self.files.write(&results);
        }
    }

    /// The results; partial ones if a signal ended the run.
    pub(super) fn finish(&self, reports: &[Report], counterexamples: &[Counterexample]) -> Results {
        let partial = stop::asked_by().map(|signal| format!("the run was stopped by {}", signal.name()));
        self.results(reports, partial, &|entry, evidence| {
            let same = |c: &&Counterexample| {
                c.entry.name == entry.name && c.evidence.violation.property == evidence.violation.property
            };
            counterexamples.iter().find(same).map_or_else(|| as_found(entry, evidence), shrunk)
        })
    }

    fn results(&self, reports: &[Report], partial: Option<String>, teller: Teller<'_>) -> Results {
        let Plan { seed, budget, engines, scenarios, .. } = self.plan;
        let Scenarios { pairs, quads, larger, corners, generate } = scenarios;
        let maps = (!self.maps.is_empty()).then_some(contextvars_check_maps::ENGINE);
        let named = [pairs, quads, larger, corners].map(|group| group.len() as u64);
        let run = Run {
            command: started_as(),
            arguments: std::env::args().skip(1).collect(),
            began: self.began.clone(),
            milliseconds: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            seed: *seed,
            budget: budget.to_string(),
            engines: engines.iter().map(|engine| engine.name()).chain(maps).map(String::from).collect(),
            scenarios: named.iter().sum(),
            generated: *generate,
        };
        let machine = Machine {
            version: env!("CARGO_PKG_VERSION").into(),
            rustc: option_env!("CTXCHECK_RUSTC").map(String::from),
            system: std::env::consts::OS.into(),
            architecture: std::env::consts::ARCH.into(),
            processors: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
        };
        let mut results = collect(self.plan, reports, (run, machine), partial, teller);
        results.surprises.extend(maps::surprises(&self.maps, results.partial.is_some()));
        results.maps.clone_from(&self.maps);
        results
    }
}
