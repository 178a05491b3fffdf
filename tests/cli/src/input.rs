//! What several subcommands are given, and how bad input is refused.

use contextvars_check::process::Isolated;
use contextvars_check::scenario::{Scenario, library};
use contextvars_check::suggest;
use std::fs;
use std::io::Read;
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
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| wrong(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(&"it is larger than 4 MiB; a scenario is a text of some lines"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"it is no text (UTF-8); a scenario is one"))?;
    // Some editors mark the encoding by an invisible character at the beginning.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Scenario::read(text).map_err(|error| wrong(&error))
}

/// The largest scenario file that is read, in bytes: more is no scenario, and might not come to an end.
const LARGEST: u64 = 4 << 20;

/// What runs in children.
pub(super) fn isolated() -> Result<Isolated, Bad> {
    Isolated::new().map_err(|error| format!("this executable cannot be found, to be started again: {error}"))
}
