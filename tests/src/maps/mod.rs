//! Programs of map operations, for property MAP-1: the persistent map equals a map, and every version stays what it
//! was.
//!
//! A [`MapCase`] is to the map what a [`Scenario`](crate::scenario::Scenario) is to a design: one type for what is
//! generated, fuzzed, shrunk and filed, with a readable text form. It names versions instead of holding them, and every
//! operation may start from *any* earlier version, since that is where persistent maps go wrong. A key's hash is the
//! case's to choose.
//!
//! - [`case`]: the case, its operations and which of them make sense;
//! - [`text`]: its text form;
//! - [`random`]: cases from any [`Source`](crate::generate::Source) of choices, and for quickcheck;
//! - [`mod@shrink`]: smaller cases;
//! - [`value`]: keys and values whose lives are followed;
//! - [`subject`]: the operations under test, with the sound map as one subject.
//!
//! [`check::map_1`](crate::check::map_1) runs a case and judges it.

pub mod case;
pub mod random;
pub mod shrink;
pub mod subject;
pub mod text;
pub mod value;

pub use case::{MapCase, MapOp, Nodes};
pub use random::{AnyCase, from_bytes, map_case};
pub use shrink::shrink;
pub use subject::{Hamt32, MapFamily, MapPlug, MapSubject, PersistentMap, Sound};
pub use value::{Keepers, MapKey, MapValue};
