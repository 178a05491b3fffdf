//! Counterexamples on the command line: shrunk after a run, replayed, kept as files.

use super::Bad;
use super::args::Shrink;
use super::outputs::Terminal;
use contextvars_check::budget::Budget;
use contextvars_check::bugs::BUGS;
use contextvars_check::check::Property;
use contextvars_check::counterexample::token::Token;
use contextvars_check::counterexample::{self, Counterexample, regression};
use contextvars_check::designs::{self, DESIGNS, Entry};
use contextvars_check::report::paint::Paint;
use contextvars_check::report::tell::{shrunk, tell};
use contextvars_check::report::text;
use contextvars_check::suite::Report;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// For one cell after a run.
const EACH: f64 = 5.0;

fn entries() -> impl Iterator<Item = &'static Entry> + Clone {
    DESIGNS.iter().chain(BUGS)
}

/// Replays a token. Exit status: 0 the property was broken again, 1 it was kept.
pub(super) fn replay(token: &str, terminal: &Terminal) -> Result<ExitCode, Bad> {
    let token: Token = token.parse().map_err(|error: counterexample::token::TokenError| error.to_string())?;
    let entry = designs::find(entries(), &token.design)?;
    is_of_scenarios(token.property)?;
    if entry.skip.contains(&token.way.engine()) {
        return Err(format!("{} must not be run under {}: it would stop it", entry.name, token.way.engine()));
    }
    match token.way.show(entry, &token.scenario, token.property) {
        Some(shown) => {
            print!("{}", text::what_happened(entry.name, &tell(&shown.evidence, None), terminal.paint()));
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
    let paint = arguments.terminal.paint();
    let entry = designs::find(entries(), &arguments.design)?;
    let property: Property = arguments.property.parse()?;
    is_of_scenarios(property)?;
    let budget = arguments.budget.as_deref().map_or(Ok(Budget::seconds(10.0)), str::parse)?;
    let scenario = super::scenario(&arguments.file)?;
    let folder = arguments.regressions.as_deref().map(folder).transpose()?;
    let Some(counterexample) = counterexample::find(entry, scenario, property, budget) else {
        println!("{} was not found to break {property} in this scenario; `--budget` buys a longer search", entry.name);
        return Ok(ExitCode::FAILURE);
    };
    println!("{}", counterexample.evidence.scenario);
    println!("{}", text::story(entry.name, &shrunk(&counterexample), paint));
    let written = folder.map(|folder| regression::write(&folder, &counterexample)).transpose();
    if let Ok(Some(path)) = &written {
        println!("written to {}", path.display());
    }
    if let Some(token) = counterexample.token() {
        println!("{token}");
    }
    written.map(|_| ExitCode::SUCCESS)
}

fn is_of_scenarios(property: Property) -> Result<(), Bad> {
    if property == Property::Map1 {
        return Err(format!(
            "{property} is checked by map operations, and no scenario breaks it; see ctxcheck explain {property}"
        ));
    }
    Ok(())
}

/// The counterexamples of a report, one for each property that was broken, in the order of the table.
pub(super) fn of(report: &Report, properties: &[Property]) -> Vec<Counterexample> {
    let broken = properties.iter().filter_map(|&property| report.evidence(property));
    broken.map(|evidence| counterexample::explain(report.entry, evidence, Budget::seconds(EACH))).collect()
}

/// Prints the counterexamples of a report: in full the first of those that are one and the same execution, and a line
/// for each of the others.
pub(super) fn print(all: &[Counterexample], paint: Paint) {
    for (number, counterexample) in all.iter().enumerate() {
        let (name, story) = (counterexample.entry.name, shrunk(counterexample));
        if all[..number].iter().any(|before| before.is_same_execution(counterexample)) {
            println!("{name}: {}", story.sentence);
        } else {
            println!("{}", text::story(name, &story, paint));
        }
    }
    if !all.is_empty() {
        println!();
    }
}

/// Prints the tokens.
pub(super) fn print_tokens(all: &[Counterexample]) {
    let tokens: Vec<_> = all.iter().filter_map(|c| Some((c, c.token()?))).collect();
    if !tokens.is_empty() {
        println!("\nto see one of these again: ctxcheck replay TOKEN");
    }
    for (counterexample, token) in tokens {
        let cell = format!("{} by {}", counterexample.entry.name, counterexample.evidence.violation.property);
        println!("  {cell:<36} {token}");
    }
}

/// Keeps what was not expected: a failure of a sound design becomes a file.
pub(super) fn keep(folder: &Path, all: &[Counterexample]) {
    for written in regression::keep(folder, all) {
        match written {
            Ok(path) => println!("written to {}", path.display()),
            Err(error) => eprintln!("error: the regression was not written: {error}"),
        }
    }
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
