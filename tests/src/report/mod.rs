//! What a user sees.
//!
//! Evidence becomes a [`story::Story`] ([`tell`], with [`timeline`], [`shared`] and [`cause`]), a run becomes
//! [`results::Results`]; both are plain data that go into result files. The forms render them, one in each file:
//! [`terminal`] with [`interleaving`] and [`paint`], [`html`] with [`svg`], [`json`], [`junit`].

mod cause;
pub mod definitions;
pub mod escape;
pub mod file;
pub mod html;
pub mod interleaving;
pub mod json;
pub mod junit;
pub mod paint;
pub mod results;
mod shared;
pub mod story;
pub mod svg;
pub mod tell;
pub mod terminal;
mod timeline;
