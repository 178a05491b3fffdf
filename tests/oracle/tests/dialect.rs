//! Which versions have which faults, and which texts.

use contextvars_check_oracle::dialect::{Dialect, FAULTS, Fault, Version};

fn version(text: &str) -> Version {
    Version::cpython(text).expect("a version")
}

fn has(id: &str, text: &str) -> bool {
    Fault::named(id).expect("a fault").is_in(&version(text))
}

#[test]
fn versions_are_read() {
    assert_eq!(version("3.15.0").number, (3, 15, 0));
    assert_eq!(version("3.11.7").to_string(), "cpython 3.11.7");
    for wrong in ["", "3", "3.11", "3.11.x", "3.11.7.1", "3.11.700"] {
        assert_eq!(Version::cpython(wrong), None, "{wrong}");
    }
}

#[test]
fn repairs_are_known_by_version() {
    for old in ["3.7.16", "3.13.18", "3.14.9", "3.15.1"] {
        assert!(has("A7", old), "{old}");
    }
    for repaired in ["3.14.10", "3.15.2", "3.16.0"] {
        assert!(!has("A7", repaired), "{repaired}");
    }
    assert!(has("A9", "3.13.11") && has("A9", "3.12.30") && has("A9", "3.14.2"));
    assert!(!has("A9", "3.13.12") && !has("A9", "3.14.3") && !has("A9", "3.15.0"));
    assert!(has("A35", "3.15.2"));
    let without_gil = Version { gil: false, ..version("3.13.0") };
    assert!(!Fault::named("a7").expect("any case").is_in(&without_gil));
}

#[test]
fn every_difference_says_where_it_is_known_from() {
    for fault in FAULTS {
        assert!(!fault.issue.is_empty() && !fault.about.is_empty(), "{}", fault.id);
    }
}

#[test]
fn the_type_names_changed_once() {
    assert_eq!(Dialect::of(&version("3.9.18")).context_type().0, "Context");
    assert_eq!(Dialect::of(&version("3.10.0")).context_type().0, "_contextvars.Context");
}
