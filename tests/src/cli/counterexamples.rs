//! Counterexamples on the command line: shrunk after a run, replayed, kept as files.

use super::Bad;
use super::args::Shrink;
use super::outputs::{Terminal, started_as};
use super::progress;
use contextvars_check::analysis::build::{shrunk, tell};
use contextvars_check::budget::Budget;
use contextvars_check::bugs::BUGS;
use contextvars_check::check::Property;
use contextvars_check::counterexample::token::Token;
use contextvars_check::counterexample::{self, Counterexample, regression};
use contextvars_check::designs::{self, DESIGNS, Entry};
use contextvars_check::rendering::text;
use contextvars_check::suite::Report;
use contextvars_check::verdict::Evidence;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// For one cell after a run.
const EACH: f64 = 5.0;

fn entries() -> impl Iterator<Item = &'static Entry> + Clone {
    DESIGNS.iter().chain(BUGS)
}

/// Replays a token. Exit status: 0 the property was refuted again, 1 it was kept.
pub(super) fn replay(token: &str, terminal: &Terminal) -> Result<ExitCode, Bad> {
    let token: Token = token.parse().map_err(|error: counterexample::token::TokenError| error.to_string())?;
    let entry = designs::find(entries(), &token.design)?;
    is_of_scenarios(token.property)?;
    if entry.skip.contains(&token.way.engine()) {
        return Err(format!("{} must not be run under {}: it would stop it", entry.name, token.way.engine()));
    }
    let busy = progress::spinner(format!("replaying {} of {}", token.property, entry.name));
    let shown = token.way.show(entry, &token.scenario, token.property);
    busy.finish_and_clear();
    match shown {
        Some(shown) => {
            let width = terminal.begin().min(text::WIDTH);
            anstream::print!("{}", text::what_happened(entry.name, &tell(&shown.evidence, None), text::LINES, width));
            Ok(ExitCode::SUCCESS)
        }
        None => {
            println!("{} keeps {} in this execution: the failure is no longer there", entry.name, token.property);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Finds a failure of a scenario and makes it smaller. Exit status: 0 it was found, 1 it was not.
pub(super) fn shrink(arguments: &Shrink) -> Result<ExitCode, Bad> {
    let width = arguments.terminal.begin().min(text::WIDTH);
    let entry = designs::find(entries(), &arguments.design)?;
    let property: Property = arguments.property.parse()?;
    is_of_scenarios(property)?;
    let budget = arguments.budget.as_deref().map_or(Ok(Budget::seconds(10.0)), str::parse)?;
    let scenario = super::scenario(&arguments.file)?;
    let folder = arguments.regressions.as_deref().map(folder).transpose()?;
    let busy = progress::spinner(format!("searching for a counterexample of {property}, and making it smaller"));
    let found = counterexample::find(entry, scenario, property, budget);
    busy.finish_and_clear();
    let Some(counterexample) = found else {
        println!("{}: {property} was not refuted by this scenario; `--budget` buys a longer search", entry.name);
        return Ok(ExitCode::FAILURE);
    };
    println!("{}", counterexample.evidence.scenario);
    anstream::println!("{}", text::story(entry.name, &shrunk(&counterexample), text::LINES, width));
    let written = folder.map(|folder| regression::write(&folder, &counterexample)).transpose();
    if let Ok(Some(path)) = &written {
        println!("written to {}", path.display());
    }
    if let Some(token) = counterexample.token() {
        println!("again: {} replay {token}", started_as());
    }
    written.map(|_| ExitCode::SUCCESS)
}

fn is_of_scenarios(property: Property) -> Result<(), Bad> {
    if property == Property::Map1 {
        return Err(format!(
            "{property} is checked by map operations, not by scenarios; see `{} explain {property}`",
            started_as()
        ));
    }
    Ok(())
}

/// The counterexamples of all reports, one for each property that is refuted, in the order of the table. `progress` is told
/// what is done next.
pub(super) fn of(reports: &[Report], properties: &[Property], progress: &ProgressBar) -> Vec<Counterexample> {
    let of = |report: &'static Entry, evidence: &Evidence| {
        progress.set_message(format!("making {} smaller, of {}", evidence.violation.property, report.name));
        let counterexample = counterexample::explain(report, evidence, Budget::seconds(EACH));
        progress.inc(1);
        counterexample
    };
    let refuted: Vec<_> = reports
        .iter()
        .flat_map(|report| properties.iter().filter_map(|&property| Some((report.entry, report.evidence(property)?))))
        .collect();
    progress.inc_length(refuted.len() as u64);
    refuted.into_iter().map(|(entry, evidence)| of(entry, evidence)).collect()
}

/// Keeps what was not expected: a failure of a sound design becomes a file. Lines that name the files.
pub(super) fn keep(folder: &Path, all: &[Counterexample]) -> Vec<String> {
    let line = |written: Result<PathBuf, String>| match written {
        Ok(path) => Some(format!("regression: {}", path.display())),
        Err(error) => {
            eprintln!("error: the regression was not written: {error}");
            None
        }
    };
    regression::keep(folder, all).into_iter().filter_map(line).collect()
}

/// Where regressions go: the folder given, which must be there; else that of the workspace around the current directory.
pub(super) fn regressions(given: Option<&Path>) -> Result<Option<PathBuf>, Bad> {
    match given {
        Some(path) => folder(path).map(Some),
        None => {
            let here = std::env::current_dir().unwrap_or_default();
            Ok(here.ancestors().map(|folder| folder.join("tests/regressions")).find(|folder| folder.is_dir()))
        }
    }
}

fn folder(path: &Path) -> Result<PathBuf, Bad> {
    if path.is_dir() {
        Ok(path.to_path_buf())
    } else {
        Err(format!("{}: there is no such folder to write regressions to; make it first", path.display()))
    }
}
