//! Ids, sections, faults and primitives: what one file says of another is so.
//!
//! No list here repeats what can be read from the sources; those that there are say what is an exception.

use contextvars_check::properties::Property;
use contextvars_check_maps::{self as maps, faults::FAULTY_MAPS};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PROPERTIES: &str = include_str!("../../proofs-notes/properties.md");
const SEMANTICS: &str = include_str!("../../proofs-notes/semantics.md");

/// What tests of the command line take for an id that does not exist.
const NO_ID: &str = "ISO-9";

// ------------------------------------------------------------------------------------------ files

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_path_buf()
}

/// All files below a folder of the repository, with their text, build output left out.
fn below(folder: &str) -> Vec<(String, String)> {
    let (root, mut files) = (root(), Vec::new());
    let mut open = vec![root.join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let built = ["target", "artifacts", "corpus", "coverage"].iter().any(|name| path.ends_with(name));
            if !built {
                let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                open.extend(entries.map(|entry| entry.expect("a folder can be read").path()));
            }
        } else if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).expect("a file can be read")).into_owned();
            let name = path.strip_prefix(&root).expect("it is below").to_string_lossy().replace('\\', "/");
            files.push((name, text));
        }
    }
    assert!(!files.is_empty(), "{folder} is empty");
    files.sort();
    files
}

fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let all = folders.iter().flat_map(|folder| below(folder));
    all.filter(|(name, _)| name.ends_with(".rs") || name.ends_with(".scn") || name.ends_with(".md")).collect()
}

// -------------------------------------------------------------------------------------------- ids

/// The ids of properties that a line names: a family in capitals, a hyphen, a number.
fn ids(line: &str) -> Vec<String> {
    const FAMILIES: [&str; 10] = ["ISO", "FRESH", "SNAP", "ENTRY", "TOK", "LIN", "MAP", "MEM", "PROG", "API"];
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let id = |word: &str| {
        let (family, rest) = word.split_once('-')?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (FAMILIES.contains(&family) && !number.is_empty()).then(|| format!("{family}-{number}"))
    };
    words.filter_map(id).collect()
}

/// The defined ids with their sections.
fn definitions() -> Vec<(String, String)> {
    let mut definitions: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in PROPERTIES.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            inside = ids(heading).first().is_some_and(|id| id == heading);
            assert!(inside, "`{heading}` is a heading of this level, but no id");
            definitions.push((heading.into(), String::new()));
        } else if let Some((_, section)) = definitions.last_mut().filter(|_| inside) {
            section.push_str(line);
            section.push('\n');
        }
    }
    definitions
}

/// The faults that a section names as negative controls.
fn controls(section: &str) -> Vec<&str> {
    let from = section.lines().skip_while(|line| !line.starts_with("Negative controls:"));
    let paragraph = from.take_while(|line| !line.is_empty());
    paragraph.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn ids_are_recognised() {
    assert_eq!(
        ids("(ISO-1), `SNAP-2`; LIN-1's MAP-1: x-1, ISO-x, FOO-1 snap-1"),
        ["ISO-1", "SNAP-2", "LIN-1", "MAP-1"]
    );
    assert_eq!(controls("a `b`\n\nNegative controls: `c`,\n`d`.\n\n`e`"), ["c", "d"]);
}

#[test]
fn every_id_is_defined_once_and_checked() {
    let definitions = definitions();
    let defined: BTreeSet<&str> = definitions.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(defined.len(), definitions.len(), "an id is defined twice");
    // The map is not a part of a design, and its property is judged elsewhere.
    let checker = |id: &str| match id {
        maps::ID => "tests/maps/src/check.rs".to_string(),
        _ => format!("tests/src/properties/{}.rs", id.to_lowercase().replace('-', "_")),
    };
    for (id, section) in &definitions {
        let checker = checker(id);
        assert!(root().join(&checker).is_file(), "{id} has no {checker}");
        assert!(section.contains(&format!("Checker: `{checker}`")), "the section of {id} does not name {checker}");
    }
    let judged: BTreeSet<&str> = Property::ALL.into_iter().map(Property::id).chain([maps::ID]).collect();
    assert_eq!(judged, defined, "what is judged, and what properties.md defines");
    for (name, _) in below("tests/src/properties") {
        let stem = name.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let id = stem.to_uppercase().replace('_', "-");
        assert!(ids(&id).is_empty() || defined.contains(id.as_str()), "{name} checks what is not defined");
    }
}

#[test]
fn every_id_that_is_cited_is_defined() {
    let defined: BTreeSet<String> = definitions().into_iter().map(|(id, _)| id).collect();
    let mut cited = BTreeSet::new();
    for (name, text) in sources(&["model", "impl", "tests", "proofs-notes"]) {
        if name == "tests/tests/traceability.rs" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for id in ids(line).into_iter().filter(|id| id != NO_ID) {
                assert!(defined.contains(&id), "{name}:{}: {id} is not defined in properties.md", number + 1);
                if name != "proofs-notes/properties.md" {
                    cited.insert(id);
                }
            }
        }
    }
    assert_eq!(cited, defined, "every id is cited outside of properties.md");
}

#[test]
fn every_negative_control_exists_and_breaks_its_property() {
    let entries = contextvars_check_faults::known;
    for (id, section) in definitions() {
        let named = controls(&section);
        for name in &named {
            let breaks = match entries().find(|entry| entry.name == *name) {
                Some(entry) => entry.refutes.iter().any(|property| property.id() == id),
                None => id == maps::ID && FAULTY_MAPS.iter().any(|map| map.name == *name),
            };
            assert!(breaks, "{id} names the control `{name}`: no such fault, or it is not declared to break {id}");
        }
        assert!(!named.is_empty(), "{id}: every property has a control");
    }
    let sections = definitions();
    for entry in entries() {
        for property in entry.refutes {
            let (_, section) = sections.iter().find(|(id, _)| id == property.id()).expect("it is defined");
            assert!(controls(section).contains(&entry.name), "the section of {property} does not name {}", entry.name);
        }
    }
}

// --------------------------------------------------------------------------------------- sections

/// The numbers of the sections of `semantics.md`.
fn sections() -> BTreeSet<&'static str> {
    let headings =
        SEMANTICS.lines().filter(|line| line.starts_with("##")).map(|line| line.trim_start_matches('#').trim());
    headings.filter_map(|heading| heading.split(' ').next()).map(|number| number.trim_end_matches('.')).collect()
}

/// The section numbers that a line cites as "section 2.3".
fn cited(line: &str) -> Vec<&str> {
    let number = |after: &'_ str| after.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(after.len());
    let parts = line.split("section ").skip(1).map(|after| after[..number(after)].trim_end_matches('.'));
    parts.filter(|number| !number.is_empty()).collect()
}

#[test]
fn every_section_that_is_cited_exists() {
    let (sections, mut count) = (sections(), 0);
    assert_eq!(cited("(section 2.3). And section 4.1, section x, section 5"), ["2.3", "4.1", "5"]);
    for (name, text) in sources(&["model", "impl", "tests"]) {
        // In the alphabet every section is one of the semantics; elsewhere the line says which document it means.
        let alphabet = name == "model/src/op.rs";
        for line in text.lines().filter(|line| alphabet || line.contains("semantics")) {
            for number in cited(line) {
                assert!(sections.contains(number), "{name} cites section {number}, which semantics.md lacks");
                count += usize::from(alphabet);
            }
        }
    }
    assert!(count > 10, "the alphabet cites its sections: {count}");
}

#[test]
fn every_corner_case_is_named_after_a_section() {
    let sections = sections();
    for (name, _) in below("tests/scenarios/sequential") {
        let file = name.rsplit('/').next().unwrap_or_default();
        let numbers = file.split('-').take_while(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let number = numbers.collect::<Vec<_>>().join(".");
        assert!(sections.contains(number.as_str()), "{name} is named after section {number}, which semantics.md lacks");
    }
}

// ---------------------------------------------------------------------------------- places in code

/// The bounds that the notes list: what holds each is where they say, and has the number that they say.
#[test]
fn every_bound_that_the_notes_name_is_the_one_in_the_code() {
    let notes = std::fs::read_to_string(root().join("proofs-notes/limits.md")).expect("the notes are there");
    let rows = notes.lines().skip_while(|line| !line.starts_with("## Bounds")).filter(|line| line.contains('`'));
    let mut count = 0;
    for row in rows {
        let [_, what, bound, place, _] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("a row of three cells: {row}")
        };
        let [_, name, _, file, _] = place.split('`').collect::<Vec<_>>()[..] else {
            panic!("a name and a file: {row}")
        };
        let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{what}: there is no {file}"));
        let number: String =
            bound.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
        let defines = |line: &&str| line.contains(&format!("const {name}:")) || line.contains(&format!("fn {name}("));
        let line = text.lines().find(defines).unwrap_or_else(|| panic!("{what}: {file} has no {name}"));
        let numbers = |line: &str| -> Vec<String> {
            let plain = line.replace('_', "");
            plain.split(|c: char| !c.is_ascii_digit()).map(str::to_string).collect()
        };
        let is_function = line.contains("fn ");
        assert!(is_function || numbers(line).contains(&number), "{what}: {name} is not {number} in\n{line}");
        count += 1;
    }
    assert!(count > 10, "the notes list the bounds: {count}");
}

/// The places that the notes name as `file` or `file: function`.
#[test]
fn every_file_and_function_that_the_notes_name_exists() {
    let (mut files, mut functions) = (0, 0);
    for (note, text) in below("proofs-notes").into_iter().filter(|(name, _)| name.ends_with(".md")) {
        for (number, line) in text.lines().enumerate() {
            let spans = line.split('`').skip(1).step_by(2);
            let here = ["model/", "impl/", "tests/", "proofs-notes/"];
            // NAME stands for whatever is added.
            let spans = spans.filter(|span| !span.contains("NAME"));
            for span in spans.filter(|span| here.iter().any(|folder| span.starts_with(folder))) {
                let (file, function) = span.split_once(": ").map_or((span, None), |(file, name)| (file, Some(name)));
                assert!(root().join(file).exists(), "{note}:{}: there is no {file}", number + 1);
                files += 1;
                if let Some(function) = function {
                    let name = function.rsplit("::").next().unwrap_or(function);
                    let source = fs::read_to_string(root().join(file)).expect("a source can be read");
                    let defined = [format!("fn {name}("), format!("fn {name}<")];
                    assert!(defined.iter().any(|d| source.contains(d)), "{note}:{}: {file} has no {name}", number + 1);
                    functions += 1;
                }
            }
        }
    }
    assert!(files > 50 && functions > 10, "the notes name {files} files and {functions} functions");
}

// ------------------------------------------------------------------------------------- primitives

#[test]
fn primitives_are_named_in_the_platform_only() {
    const PRIMITIVES: [&str; 10] = [
        "sync::atomic",
        "Mutex",
        "RwLock",
        "Condvar",
        "Barrier",
        "mpsc",
        "thread_local!",
        "OnceLock",
        "LazyLock",
        "std::thread",
    ];
    // What nests on the stack of a thread of the system belongs to that, whoever simulates threads on it.
    let of_the_stack = "impl/src/core/teardown.rs";
    let allowed =
        |name: &str| name == "impl/src/platform.rs" || name == of_the_stack || name.starts_with("impl/src/ambient/");
    let named = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        let primitive = PRIMITIVES.into_iter().find(|primitive| code.contains(primitive));
        let other = code.split("std::sync::").skip(1).any(|after| !after.starts_with("Arc"));
        primitive.or(other.then_some("std::sync"))
    };
    assert_eq!(named("use std::sync::{Arc, Weak};"), Some("std::sync"));
    assert_eq!(named("use std::sync::Arc; // not a Mutex"), None);
    let mut platform = 0;
    for (name, text) in below("impl/src") {
        for (number, line) in text.lines().enumerate() {
            match named(line) {
                Some(_) if allowed(&name) => platform += 1,
                Some(primitive) => panic!("{name}:{}: {primitive} is named outside the platform", number + 1),
                None => {}
            }
        }
    }
    assert!(platform > 5, "the platform names its primitives: {platform}");
}

// ------------------------------------------------------------------------------------------ paths

#[test]
fn no_file_names_a_path_of_one_machine() {
    // Taken apart, so that this file does not name them.
    let paths = ["/wo rk/", "/ro ot/", "/t mp/", "/ho me/", "/Us ers/"].map(|path| path.replace(' ', ""));
    let mut files: Vec<(String, String)> =
        ["model", "impl", "tests", "proofs-notes"].iter().flat_map(|f| below(f)).collect();
    let at_the_top = fs::read_dir(root()).expect("the workspace can be read").map(|e| e.expect("an entry").path());
    // In a worktree `.git` is a file that names the repository.
    let ours = |path: &PathBuf| path.is_file() && !path.ends_with(".git") || path.ends_with("fuzz");
    for path in at_the_top.filter(ours) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let empty = path.is_dir() && fs::read_dir(&path).map_or(true, |mut entries| entries.next().is_none());
        if !empty {
            files.extend(below(&name));
        }
    }
    for (name, text) in &files {
        for (number, line) in text.lines().enumerate() {
            let path = paths.iter().find(|path| line.contains(path.as_str()));
            assert!(path.is_none(), "{name}:{}: names {}", number + 1, path.map_or("", String::as_str));
        }
    }
}
