//! Runs what may not survive in a process of its own.
//!
//! A subject that aborts, overflows its stack, or never comes back takes its process with it. So `ctxcheck` explores,
//! shrinks and replays in child processes: the same executable, one child for each job.
//!
//! # Protocol
//! The parent (`supervisor`) writes the request (`request`) to the child's standard input and keeps that open. The
//! child ([`child`]) says in a file, the `black_box`, which scenario it runs, and at its end the result. A thread of
//! the child looks whether an execution still takes steps; if none was taken for a while it says so in the black box,
//! and the parent kills the child. A signal to the parent is passed on as a byte; the end of the input means that the
//! parent is gone: then the child ends, so that none is left behind. Children have a process group of their own: a key
//! pressed at the terminal reaches the parent alone, and through it them.
//!
//! What a death means is decided by [`isolated`]: inside an execution it refutes PROG-2, elsewhere it is a shortfall.
//!
//! A test that calls the library runs everything in its own process, and a subject that aborts ends that test.

mod black_box;
pub mod child;
pub mod isolated;
mod request;
mod supervisor;
mod wire;

pub use isolated::Isolated;
pub use supervisor::{Death, SUBCOMMAND};

use crate::designs::DesignEntry;
use std::sync::OnceLock;

/// Whatever a request may name.
static KNOWN: OnceLock<Vec<&'static DesignEntry>> = OnceLock::new();

/// Says which subjects requests may name: the same ones in the parent, before it makes an [`Isolated`], and in the
/// child, before it [serves](child::serve). The first word counts.
pub fn know(entries: impl Iterator<Item = &'static DesignEntry>) {
    let _ = KNOWN.set(entries.collect());
}

fn known() -> impl Iterator<Item = &'static DesignEntry> + Clone {
    KNOWN.get().into_iter().flatten().copied()
}
