//! The interpreters that tests compare with.

use contextvars_check_oracle::interpreter::Interpreter;
use std::env;
use std::io::Write;
use std::path::PathBuf;

/// The variable that names interpreters, separated as in PATH.
const PYTHONS: &str = "CONTEXTVARS_PYTHONS";

/// Those that it names, else python3. None there is said aloud: a test that needs one has shown nothing.
pub(crate) fn interpreters(test: &str) -> Vec<Interpreter> {
    let named = env::var_os(PYTHONS).map(|paths| env::split_paths(&paths).collect::<Vec<_>>());
    let given = named.is_some();
    let paths = named.unwrap_or_else(|| vec![PathBuf::from("python3")]);
    let started = paths.iter().map(|path| Interpreter::start(path)).collect::<Result<Vec<_>, String>>();
    started.unwrap_or_else(|error| {
        assert!(!given, "{PYTHONS} names one that cannot be used: {error}");
        // Not by a macro: what those print is shown only if the test fails.
        let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {test}: {error}. {PYTHONS} can name interpreters. ***\n");
        Vec::new()
    })
}
