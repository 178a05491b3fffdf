//! Where the results of a run go besides the terminal: files that are written as a whole, while the run goes on and at
//! its end, so that whenever it is killed there is a valid report of what was covered.

use super::input::Bad;
use clap::{Args as Group, ColorChoice};
use contextvars_check::analysis::results::Results;
use contextvars_check::rendering::markdown::{self, VERDICTS};
use contextvars_check::rendering::{atomic_write, html, json, junit, terminal};
use std::path::{Path, PathBuf};

/// Where the report goes if no place is given.
const DEFAULT: &str = "target/ctxcheck/report.html";

/// Characters in a line of what is no terminal.
const WIDTH: usize = 120;

/// A terminal is taken to be at least so wide.
const NARROWEST: usize = 40;

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
    pub(super) fn probe(&self) -> Result<(), Bad> {
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

/// What starts this command on a command line, without arguments: the name by which it was found, or else cargo, if
/// that has started it.
pub(super) fn started_as() -> String {
    let name = std::env::args().next().unwrap_or_default();
    let by_cargo = name != "ctxcheck" && std::env::var_os("CARGO").is_some();
    if by_cargo { String::from("cargo run --release --") } else { name }
}
