//! What several subcommands are given, and how bad input is refused.

use contextvars_check::process::Isolated;
use contextvars_check::scenario::{Scenario, library};
use contextvars_check::suggest;
use std::fs;
use std::path::Path;

/// Bad input: one line that says what was wrong and what would be right.
pub(crate) type Bad = String;

/// The scenario in a file, or else the shipped one of this name.
pub(super) fn scenario(path: &Path) -> Result<Scenario, Bad> {
    let name = path.to_string_lossy();
    if !path.exists() && !name.contains(['/', '.']) {
        let shipped = library::shipped();
        let found =
            shipped.iter().find(|shipped| shipped.scenario.name == name).map(|shipped| shipped.scenario.clone());
        let all = shipped.iter().map(|shipped| shipped.scenario.name.as_str());
        return found.ok_or_else(|| format!("there is no such file, and {}", suggest::unknown("scenario", &name, all)));
    }
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Scenario::read(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// What runs in children.
pub(super) fn isolated() -> Result<Isolated, Bad> {
    Isolated::new().map_err(|error| format!("this executable cannot be found, to be started again: {error}"))
}
