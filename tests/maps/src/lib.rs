//! MAP-1: the persistent map equals a map, and every version stays what it was. Judged by programs of map operations
//! beside a `BTreeMap`, in nodes of both widths. All designs have this map, and none has another.
//!
//! A [`MapCase`] is one type for what is generated, fuzzed, shrunk and filed, with a readable text form. It names
//! versions instead of holding them, and every operation may start from *any* earlier version, since that is where
//! persistent maps go wrong. A key's hash is the case's to choose.
//!
//! - [`case`]: the case, its operations and which of them make sense;
//! - [`text`]: its text form;
//! - [`random`]: cases from any [`Source`](contextvars_check_base::source::Source) of choices;
//! - [`mod@shrink`]: smaller cases;
//! - [`value`]: keys and values whose lives are followed;
//! - [`subject`]: the operations under test, and the sound map's; [`entry`]: maps as objects;
//! - [`check`]: runs a case and judges it;
//! - [`explore`]: runs many;
//! - [`faults`]: maps that are wrong, the negative controls;
//! - [`fuzz`]: the fuzzer's entry.
#![forbid(unsafe_code)]

pub mod case;
pub mod check;
pub mod entry;
pub mod explore;
pub mod faults;
pub mod fuzz;
pub mod random;
pub mod shrink;
pub mod subject;
pub mod text;
pub mod value;

pub use case::{MapCase, MapOp, Nodes};
pub use entry::{HAMT, MapEntry, MapUnderTest};
pub use random::{from_bytes, map_case};
pub use shrink::shrink;
pub use subject::{Behaviour, Hamt32, Map, Sound};
pub use value::{Keepers, MapKey, MapValue};

/// The id of the property.
pub const ID: &str = "MAP-1";

/// The name of what judges it, where the check names its engines.
pub const ENGINE: &str = "maps";

/// The map of this name, or the faulty one of this row of the catalogue.
pub fn find(name: &str) -> Option<&'static MapEntry> {
    let is_row = |map: &MapEntry| map.catalogue.is_some_and(|row| row.eq_ignore_ascii_case(name));
    std::iter::once(&HAMT).chain(faults::FAULTY_MAPS).find(|map| map.name == name || is_row(map))
}
