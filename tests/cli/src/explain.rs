//! What a name stands for.

use super::input::Bad;
use contextvars_check::analysis::definitions;
use contextvars_check::designs::Origin;
use contextvars_check::properties::Property;
use contextvars_check::suggest;
use contextvars_check_faults::known;
use contextvars_check_maps::faults::FAULTY_MAPS;
use contextvars_check_maps::{self as maps, ID};
use std::process::ExitCode;

/// Explains a property, a design or a fault.
pub(super) fn explain(name: &str) -> Result<ExitCode, Bad> {
    if super::maps::is_property(name) {
        print_section(ID);
        for map in FAULTY_MAPS {
            println!("refuted for {}: {}", map.name, map.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Ok(property) = name.parse::<Property>() {
        print_section(property.id());
        for entry in known().filter(|entry| entry.refutes.contains(&property)) {
            println!("refuted for {}: {}", entry.name, entry.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(map) = maps::find(name) {
        println!("{}: {}", map.name, map.about);
        match map.catalogue {
            Some(row) => println!("a fault of the catalogue: {row}\n{ID} is known to be refuted"),
            None => println!("expected to keep {ID}"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(entry) = known().find(|entry| entry.name == name) else {
        let maps = FAULTY_MAPS.iter().map(|map| map.name).chain([ID]);
        let all = Property::ALL.into_iter().map(Property::id).chain(known().map(|entry| entry.name)).chain(maps);
        return Err(suggest::unknown("property, design or fault", name, all));
    };
    println!("{}: {}", entry.name, entry.about);
    match entry.origin {
        Origin::Design => println!("a design of the thread of issue 121546, or ours"),
        Origin::Fault(rows) => println!("a fault of the catalogue: {rows}"),
    }
    match entry.refutes {
        [] => println!("expected to keep every property"),
        breaks => println!("known to be refuted: {}", breaks.iter().map(|p| p.id()).collect::<Vec<_>>().join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}

/// What the notes say of a property.
fn print_section(id: &str) {
    if let Some((heading, body)) = definitions::section(id) {
        println!("{heading}\n{body}");
    }
}
