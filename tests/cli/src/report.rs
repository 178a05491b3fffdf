//! Renders the reports of a run again, from its results file.

use super::Bad;
use super::outputs::{self, Files};
use contextvars_check::report::json;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Reads a results file and writes the reports asked for.
pub(super) fn report(path: &Path, files: &Files) -> Result<ExitCode, Bad> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"not a results file: it is not text in UTF-8"))?;
    let results = json::read(&text).map_err(|error| wrong(&error))?;
    let written = outputs::announce(files.write(&results));
    Ok(if written { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
