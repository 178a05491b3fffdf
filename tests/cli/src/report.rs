//! Renders the reports of a run again, from its results file.

use super::input::Bad;
use super::outputs::{self, Files, View};
use super::progress;
use contextvars_check::rendering::json;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Reads a results file, prints its summary and writes the reports asked for.
pub(super) fn report(path: &Path, files: &Files, view: &View) -> Result<ExitCode, Bad> {
    let busy = progress::spinner(format!("rendering {}", path.display()));
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"not a results file: it is not text in UTF-8"))?;
    let results = json::read(&text).map_err(|error| wrong(&error))?;
    let (lines, written) = outputs::announce(files.write(&results));
    busy.finish_and_clear();
    view.print(&results, &lines);
    Ok(if written { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
