//! What a name stands for.

use super::Bad;
use contextvars_check::bugs::BUGS;
use contextvars_check::check::Property;
use contextvars_check::designs::{DESIGNS, Origin};
use std::process::ExitCode;

/// The definitions of the properties, as they stand in the notes.
const PROPERTIES: &str = include_str!("../../../proofs-notes/properties.md");

/// Explains a property, a design or a fault.
pub(super) fn explain(name: &str) -> Result<ExitCode, Bad> {
    if let Ok(property) = name.parse::<Property>() {
        println!("{}", section(property.id()));
        for entry in DESIGNS.iter().chain(BUGS).filter(|entry| entry.breaks.contains(&property)) {
            println!("broken by {}: {}", entry.name, entry.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(entry) = DESIGNS.iter().chain(BUGS).find(|entry| entry.name == name) else {
        return Err(format!("`{name}` is neither a property nor a design nor a fault; `ctxcheck list` names them all"));
    };
    println!("{}: {}", entry.name, entry.about);
    match entry.origin {
        Origin::Design => println!("a design of the thread of issue 121546, or ours"),
        Origin::Fault(rows) => println!("a fault of the catalogue: {rows}"),
    }
    match entry.breaks {
        [] => println!("expected to keep every property"),
        breaks => println!("known to break {}", breaks.iter().map(|p| p.id()).collect::<Vec<_>>().join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}

/// The section of the notes under the heading that begins with this id.
fn section(id: &str) -> String {
    let is_heading = |line: &&str| line.starts_with("## ");
    let mut lines = PROPERTIES.lines().skip_while(|line| !(is_heading(line) && line[3..].starts_with(id)));
    let heading = lines.next().unwrap_or(id);
    let body: Vec<_> = lines.take_while(|line| !is_heading(line)).collect();
    format!("{heading}\n{}", body.join("\n").trim_end())
}
