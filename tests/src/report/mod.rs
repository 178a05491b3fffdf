//! What a user sees.
//!
//! Evidence becomes a [`story::Story`] ([`tell`], with `timeline`, `shared` and `cause`), and a run becomes
//! [`results::Results`] ([`collect`]). Both are plain data that know no engine and go into result files. The forms
//! render them, one in each file: [`text`] with [`interleaving`] and [`paint`], [`html`] with [`svg`], [`json`],
//! [`junit`], [`markdown`] in [`blocks`] of the notes. [`terminal`] lays out the tables of a run.

pub mod blocks;
mod cause;
pub mod collect;
pub mod definitions;
pub mod escape;
pub mod file;
pub mod html;
pub mod interleaving;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod paint;
pub mod results;
mod shared;
pub mod story;
pub mod svg;
pub mod tell;
pub mod terminal;
pub mod text;
mod timeline;
