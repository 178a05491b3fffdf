//! What a name stands for.

use super::Bad;
use contextvars_check::bugs;
use contextvars_check::check::Property;
use contextvars_check::designs::Origin;
use contextvars_check::report::definitions;
use std::process::ExitCode;

/// Explains a property, a design or a fault.
pub(super) fn explain(name: &str) -> Result<ExitCode, Bad> {
    if let Ok(property) = name.parse::<Property>() {
        if let Some((heading, body)) = definitions::section(property.id()) {
            println!("{heading}\n{body}");
        }
        for entry in bugs::known().filter(|entry| entry.breaks.contains(&property)) {
            println!("broken by {}: {}", entry.name, entry.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(entry) = bugs::known().find(|entry| entry.name == name) else {
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
