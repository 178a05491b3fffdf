//! Results as JSON.

use crate::analysis::results::{Results, SCHEMA};
use serde::Deserialize;

/// The text of a results file.
///
/// # Errors
/// If the results cannot be written as JSON.
pub fn write(results: &Results) -> Result<String, String> {
    let text = serde_json::to_string_pretty(results).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// Reads a results file.
///
/// # Errors
/// One line: that it is no results file, or of a newer schema.
pub fn read(text: &str) -> Result<Results, String> {
    /// What every version of the schema has.
    #[derive(Deserialize)]
    struct Versioned {
        schema: u32,
    }
    let corrupt = |error: serde_json::Error| {
        format!("not a results file as `ctxcheck --json` writes it: {}", error.to_string().replace('\n', " "))
    };
    let Versioned { schema } = serde_json::from_str(text).map_err(corrupt)?;
    if schema == 0 || schema > SCHEMA {
        return Err(format!("schema {schema} is not known to this version, which reads up to {SCHEMA}"));
    }
    serde_json::from_str(text).map_err(corrupt)
}
