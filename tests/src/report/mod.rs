//! What a user sees.
//!
//! Evidence becomes a [`story::Story`] ([`tell`], with [`timeline`], [`shared`] and [`cause`]), a run becomes
//! [`results::Results`]; both are plain data that go into result files. The forms render them, one in each file:
//! [`terminal`] with [`interleaving`] and [`paint`], [`html`] with [`svg`], [`json`], [`junit`].

mod cause;
pub mod definitions;
pub mod interleaving;
pub mod paint;
mod shared;
pub mod story;
pub mod tell;
pub mod terminal;
mod timeline;
