//! What a user sees: [`Results`](crate::analysis::results::Results) and nothing else, in several forms.
//!
//! One form in each file: [`terminal`] and [`text`] with [`interleaving`] and [`style`], [`html`] with [`svg`],
//! [`json`],
//! [`junit`], and [`markdown`] in [`generated_blocks`] of the notes. [`atomic_write`] puts them into files.

pub mod atomic_write;
pub mod escape;
pub mod generated_blocks;
pub mod html;
pub mod interleaving;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod style;
pub mod svg;
pub mod terminal;
pub mod text;
