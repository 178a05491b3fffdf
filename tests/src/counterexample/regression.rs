//! A counterexample as a file: a readable scenario, kept and run for ever after.
//!
//! The head is a comment of the scenario's text form: which property was refuted for which design, the token, and what
//! was seen. The file is named by its content, so the same failure is written once.

use super::Counterexample;
use super::token::Token;
use crate::properties::Property;
use crate::scenario::Scenario;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What a file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Regression {
    /// The design that refuted the property.
    pub design: String,
    /// The property.
    pub property: Property,
    /// How the failure is shown; nothing if it was not found a second time.
    pub token: Option<Token>,
    /// The scenario.
    pub scenario: Scenario,
}

/// The name of the file of a counterexample.
pub fn file_name(counterexample: &Counterexample) -> String {
    let scenario = &counterexample.evidence.scenario;
    let property = counterexample.evidence.violation.property.id().to_lowercase();
    // FNV-1a of the text form, folded to 32 bits.
    let text = scenario.to_string();
    let hash = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    format!("{property}-{}-{:08x}.scn", counterexample.entry.name, (hash >> 32) as u32 ^ hash as u32)
}

/// The text of the file.
pub fn text(counterexample: &Counterexample) -> String {
    let violation = &counterexample.evidence.violation;
    let token = counterexample.token().map_or_else(|| "none".into(), |token| token.to_string());
    let mut text = String::new();
    let _ = writeln!(text, "# design: {}", counterexample.entry.name);
    let _ = writeln!(text, "# property: {}", violation.property);
    let _ = writeln!(text, "# token: {token}");
    for (number, line) in violation.sentence.lines().enumerate() {
        let _ = writeln!(text, "# {}{line}", if number == 0 { "observed: " } else { "  " });
    }
    let _ = write!(text, "{}", counterexample.evidence.scenario);
    text
}

/// Writes the file into a folder; returns its path.
///
/// # Errors
/// A line that says what could not be written.
pub fn write(folder: &Path, counterexample: &Counterexample) -> Result<PathBuf, String> {
    let path = folder.join(file_name(counterexample));
    fs::write(&path, text(counterexample)).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Writes a file for each counterexample that was not expected: those of designs that are taken for sound.
pub fn keep(folder: &Path, all: &[Counterexample]) -> Vec<Result<PathBuf, String>> {
    all.iter().filter(|one| one.entry.is_sound()).map(|one| write(folder, one)).collect()
}

/// Reads the text of a file.
///
/// # Errors
/// A line that says what is wrong with it.
pub fn parse(text: &str) -> Result<Regression, String> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::trim).ok_or_else(|| format!("its head has no line `# {name}: …`"))
    };
    let token = match field("token")? {
        "none" => None,
        token => Some(token.parse::<Token>().map_err(|error| error.to_string())?),
    };
    let scenario = Scenario::read(text).map_err(|error| error.to_string())?;
    Ok(Regression { design: field("design")?.into(), property: field("property")?.parse()?, token, scenario })
}
