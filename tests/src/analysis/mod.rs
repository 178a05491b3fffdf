//! From evidence to what there is to tell.
//!
//! Evidence becomes a [`story::Story`] ([`story_builder`], with `timeline`, `object_names` and `cause`), and a run
//! becomes
//! [`results::Results`] ([`collect`]; [`surprises`] says what was not expected). Both are plain data that know no
//! engine and go into result files. [`rendering`](crate::rendering) shows them.

mod cause;
pub mod collect;
pub mod definitions;
mod object_names;
pub mod results;
pub mod story;
pub mod story_builder;
pub mod surprises;
mod timeline;
