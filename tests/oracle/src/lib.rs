//! CPython as the authority: random scenarios of the whole alphabet run on the model and on an interpreter, compared
//! step by step; and recorded traces, which need no interpreter.
//!
//! Read in this order: [`dialect`] (what interpreters do otherwise), [`profile`] (which scenarios), [`plan`] (a
//! scenario as a list of events in one order), `child.py` and [`wire`] (how they are performed elsewhere),
//! [`interpreter`] (the child process, and what it may do wrong), [`compare`](mod@compare) (what has to be the same),
//! [`trial`] (one plan performed), [`campaign`] (many of them), [`found`] (a difference made small), [`reproduction`]
//! (as a Python program), [`stated`] (the shipped scenarios), [`trace`] (recorded); [`maps`]
//! (the interpreter's own map).
#![forbid(unsafe_code)]

pub mod campaign;
pub mod compare;
pub mod dialect;
pub mod expected;
pub mod found;
pub mod interpreter;
pub mod maps;
pub mod plan;
pub mod profile;
pub mod reproduction;
pub mod stated;
pub mod trace;
pub mod trial;
pub mod wire;
