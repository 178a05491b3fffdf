//! Counterexamples on the command line: shrunk after a run, replayed, kept as files.

use super::args::Shrink;
use super::input::{Bad, isolated, scenario};
use super::outputs::{Terminal, started_as};
use super::{maps, progress};
use contextvars_check::analysis::story_builder::{shrunk, tell};
use contextvars_check::budget::Budget;
use contextvars_check::counterexample::token::Token;
use contextvars_check::counterexample::{self, Counterexample, regression};
use contextvars_check::designs::{self, DesignEntry};
use contextvars_check::process::Isolated;
use contextvars_check::process::isolated::Outcome;
use contextvars_check::properties::Property;
use contextvars_check::rendering::text;
use contextvars_check::stop;
use contextvars_check::suite::DesignReport;
use contextvars_check::verdict::Evidence;
use contextvars_check_faults::known;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// For one cell after a run.
const EACH: f64 = 5.0;

/// Replays a token. Exit status: 0 the property was refuted again, 1 it was kept.
pub(super) fn replay(token: &str, terminal: &Terminal) -> Result<ExitCode, Bad> {
    let token: Token = token.parse().map_err(|error: counterexample::token::TokenError| error.to_string())?;
    let entry = designs::find(known(), &token.design)?;
    if entry.skip.contains(&token.way.engine()) {
        return Err(format!("{} must not be run under {}: it would stop it", entry.name, token.way.engine()));
    }
    stop::on_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
    let busy = progress::spinner(format!("replaying {} of {}", token.property, entry.name));
    let shown = isolated()?.show(entry, &token.way, &token.scenario, token.property);
    busy.finish_and_clear();
    match shown {
        Outcome::Done(Some(evidence)) => {
            let width = terminal.begin().min(text::WIDTH);
            anstream::print!("{}", text::what_happened(entry.name, &tell(&evidence, None), text::LINES, width));
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Died(death) => {
            println!("{} by {} is not decided: the execution did not terminate, {death}", entry.name, token.property);
            Ok(ExitCode::FAILURE)
        }
        Outcome::Nothing(why) => stopped(why),
        Outcome::Done(None) => {
            println!("{} keeps {} in this execution: the failure is no longer there", entry.name, token.property);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Finds a failure of a scenario and makes it smaller. Exit status: 0 it was found, 1 it was not.
pub(super) fn shrink(arguments: &Shrink) -> Result<ExitCode, Bad> {
    let width = arguments.terminal.begin().min(text::WIDTH);
    let entry = designs::find(known(), &arguments.design)?;
    if maps::is_property(&arguments.property) {
        let id = contextvars_check_maps::ID;
        return Err(format!("{id} is checked by map operations, and no scenario breaks it; see ctxcheck explain {id}"));
    }
    let property: Property = arguments.property.parse()?;
    let budget = arguments.budget.as_deref().map_or(Ok(Budget::seconds(10.0)), str::parse)?;
    let scenario = scenario(&arguments.file)?;
    let folder = arguments.regressions.as_deref().map(folder).transpose()?;
    stop::on_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
    let busy = progress::spinner(format!("searching for a counterexample of {property}, and making it smaller"));
    let found = isolated()?.find(entry, scenario, property, budget);
    busy.finish_and_clear();
    let counterexample = match found {
        Outcome::Done(Some(counterexample)) => counterexample,
        Outcome::Done(None) => {
            let longer = stop::asked_by().map_or("`--budget` buys a longer search", |_| "the search was stopped");
            println!("{}: {property} was not refuted by this scenario; {longer}", entry.name);
            return Ok(unless_stopped(ExitCode::FAILURE));
        }
        Outcome::Died(death) => {
            println!("{}: {property} is unknown: an execution did not terminate, {death}", entry.name);
            return Ok(ExitCode::FAILURE);
        }
        Outcome::Nothing(why) => return stopped(why),
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
    written.map(|_| unless_stopped(ExitCode::SUCCESS))
}

/// There is no result: because of a signal, or of what is told.
fn stopped(why: String) -> Result<ExitCode, Bad> {
    let Some(signal) = stop::asked_by() else { return Err(why) };
    println!("{why}");
    Ok(ExitCode::from(signal.status()))
}

/// The exit status of what a signal may have cut short.
fn unless_stopped(status: ExitCode) -> ExitCode {
    stop::asked_by().map_or(status, |signal| ExitCode::from(signal.status()))
}

/// The counterexamples of all reports, one for each property that is refuted, in the order of the table. `progress` is
/// told what is done next.
pub(super) fn of(
    isolated: &Isolated,
    reports: &[DesignReport],
    properties: &[Property],
    progress: &ProgressBar,
) -> Vec<Counterexample> {
    let of = |entry: &'static DesignEntry, evidence: &Evidence| {
        progress.set_message(format!("making {} smaller, of {}", evidence.violation.property, entry.name));
        let counterexample = isolated.explain(entry, evidence, Budget::seconds(EACH));
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

/// Where regressions go: the folder given, which must be there; else that of the workspace around the current
/// directory.
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
