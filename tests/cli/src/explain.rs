//! What a name stands for.

use super::Bad;
use contextvars_check::check::Property;
use contextvars_check::designs::Origin;
use contextvars_check::report::definitions;
use contextvars_check_faults::known;
use contextvars_check_maps::faults::FAULTY_MAPS;
use contextvars_check_maps::{self as maps, ID};
use std::process::ExitCode;

/// Explains a property, a design or a fault.
pub(super) fn explain(name: &str) -> Result<ExitCode, Bad> {
    if super::maps::is_property(name) {
        print_section(ID);
        for map in FAULTY_MAPS {
            println!("broken by {}: {}", map.name, map.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Ok(property) = name.parse::<Property>() {
        print_section(property.id());
        for entry in known().filter(|entry| entry.breaks.contains(&property)) {
            println!("broken by {}: {}", entry.name, entry.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(map) = maps::find(name) {
        println!("{}: {}", map.name, map.about);
        match map.catalogue {
            Some(row) => println!("a fault of the catalogue: {row}\nknown to break {ID}"),
            None => println!("expected to keep {ID}"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(entry) = known().find(|entry| entry.name == name) else {
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

/// What the notes say of a property.
fn print_section(id: &str) {
    if let Some((heading, body)) = definitions::section(id) {
        println!("{heading}\n{body}");
    }
}
