//! Counterexamples on the command line: shrunk after a run, replayed, kept as files.

use super::Bad;
use super::args::Shrink;
use super::maps;
use super::outputs::Terminal;
use contextvars_check::budget::Budget;
use contextvars_check::check::Property;
use contextvars_check::counterexample::token::Token;
use contextvars_check::counterexample::{self, Counterexample, regression};
use contextvars_check::designs;
use contextvars_check::process::Isolated;
use contextvars_check::process::isolated::Outcome;
use contextvars_check::report::paint::Paint;
use contextvars_check::report::tell::{shrunk, tell};
use contextvars_check::report::text;
use contextvars_check::stop;
use contextvars_check::suite::Report;
use contextvars_check_faults::known;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// For one cell after a run.
const EACH: f64 = 5.0;

/// Replays a token. Exit status: 0 the property was broken again, 1 it was kept.
pub(super) fn replay(token: &str, terminal: &Terminal) -> Result<ExitCode, Bad> {
    let token: Token = token.parse().map_err(|error: counterexample::token::TokenError| error.to_string())?;
    let entry = designs::find(known(), &token.design)?;
    if entry.skip.contains(&token.way.engine()) {
        return Err(format!("{} must not be run under {}: it would stop it", entry.name, token.way.engine()));
    }
    match super::isolated()?.show(entry, &token.way, &token.scenario, token.property) {
        Outcome::Done(Some(evidence)) => {
            print!("{}", text::what_happened(entry.name, &tell(&evidence, None), terminal.paint()));
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Died(death) => {
            println!("{} by {} is not decided: the execution did not terminate, {death}", entry.name, token.property);
            Ok(ExitCode::FAILURE)
        }
        Outcome::Nothing(why) => Err(why),
        Outcome::Done(None) => {
            println!("{} keeps {} in this execution: the failure is no longer there", entry.name, token.property);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Finds a failure of a scenario and makes it smaller. Exit status: 0 it was found, 1 it was not.
pub(super) fn shrink(arguments: &Shrink) -> Result<ExitCode, Bad> {
    let paint = arguments.terminal.paint();
    let entry = designs::find(known(), &arguments.design)?;
    if maps::is_property(&arguments.property) {
        let id = contextvars_check_maps::ID;
        return Err(format!("{id} is checked by map operations, and no scenario breaks it; see ctxcheck explain {id}"));
    }
    let property: Property = arguments.property.parse()?;
    let budget = arguments.budget.as_deref().map_or(Ok(Budget::seconds(10.0)), str::parse)?;
    let scenario = super::scenario(&arguments.file)?;
    let folder = arguments.regressions.as_deref().map(folder).transpose()?;
    stop::on_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
    let counterexample = match super::isolated()?.find(entry, scenario, property, budget) {
        Outcome::Done(Some(counterexample)) => counterexample,
        Outcome::Done(None) => {
            let longer = "`--budget` buys a longer search";
            println!("{} was not found to break {property} in this scenario; {longer}", entry.name);
            return Ok(unless_stopped(ExitCode::FAILURE));
        }
        Outcome::Died(death) => {
            println!("{} by {property} is not decided: an execution did not terminate, {death}", entry.name);
            return Ok(ExitCode::FAILURE);
        }
        Outcome::Nothing(why) => return Err(why),
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
    written.map(|_| unless_stopped(ExitCode::SUCCESS))
}

/// The exit status of what a signal may have cut short.
fn unless_stopped(status: ExitCode) -> ExitCode {
    stop::asked_by().map_or(status, |signal| ExitCode::from(signal.status()))
}

/// The counterexamples of a report, one for each property that was broken, in the order of the table.
pub(super) fn of(isolated: &Isolated, report: &Report, properties: &[Property]) -> Vec<Counterexample> {
    let broken = properties.iter().filter_map(|&property| report.evidence(property));
    broken.map(|evidence| isolated.explain(report.entry, evidence, Budget::seconds(EACH))).collect()
}

/// Prints the counterexamples of a report: in full the first of those that are one and the same execution, and a line for
/// each of the others.
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
