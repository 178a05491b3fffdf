//! What a name stands for.

use super::Bad;
use contextvars_check::analysis::definitions;
use contextvars_check::bugs::BUGS;
use contextvars_check::check::Property;
use contextvars_check::designs::{DESIGNS, Origin};
use contextvars_check::suggest;
use std::process::ExitCode;

/// Explains a property, a design or a fault.
pub(super) fn explain(name: &str) -> Result<ExitCode, Bad> {
    if let Ok(property) = name.parse::<Property>() {
        if let Some((heading, body)) = definitions::section(property.id()) {
            println!("{heading}\n{body}");
        }
        for entry in DESIGNS.iter().chain(BUGS).filter(|entry| entry.breaks.contains(&property)) {
            println!("refuted for {}: {}", entry.name, entry.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(entry) = DESIGNS.iter().chain(BUGS).find(|entry| entry.name == name) else {
        let entries = DESIGNS.iter().chain(BUGS).map(|entry| entry.name);
        let all = Property::ALL.into_iter().map(Property::id).chain(entries);
        return Err(suggest::unknown("property, design or fault", name, all));
    };
    println!("{}: {}", entry.name, entry.about);
    match entry.origin {
        Origin::Design => println!("a design of the thread of CPython issue 121546, or ours"),
        Origin::Fault(rows) => println!("a fault of the catalogue: {rows}"),
    }
    match entry.breaks {
        [] => println!("expected to keep every property"),
        breaks => println!("known to be refuted: {}", breaks.iter().map(|p| p.id()).collect::<Vec<_>>().join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}
