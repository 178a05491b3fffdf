//! Faults that end or stop the process they run in. Only `ctxcheck` can look at them, because it explores in child
//! processes; a test that ran them would not come back.

pub mod get_waits_for_writer;
pub mod lock_taken_twice;
pub mod panics_while_unwinding;
pub mod reset_recurses;

use contextvars_check::check::Property::{Prog1, Prog2};
use contextvars_check::designs::{Entry, Origin};
use contextvars_check::subject::Plug;

/// All of them.
pub static DEADLY: &[Entry] = &[
    Entry {
        name: "get-waits-for-writer",
        origin: Origin::Fault("ours: a process that spins"),
        about: "a get waits until a variable other than its own is written",
        breaks: &[Prog1, Prog2],
        skip: &[],
        subject: &Plug::<get_waits_for_writer::Faulty>::new(),
    },
    Entry {
        name: "lock-taken-twice",
        origin: Origin::Fault("ours: a process that waits"),
        about: "set takes a lock of the operating system that its thread holds",
        breaks: &[Prog2],
        skip: &[],
        subject: &Plug::<lock_taken_twice::Faulty>::new(),
    },
    Entry {
        name: "panics-while-unwinding",
        origin: Origin::Fault("ours: a process that aborts"),
        about: "what guards the drop of a value panics while that unwinds",
        breaks: &[Prog2],
        skip: &[],
        subject: &Plug::<panics_while_unwinding::Faulty>::new(),
    },
    Entry {
        name: "reset-recurses",
        origin: Origin::Fault("ours: a stack that overflows"),
        about: "a reset to \"absent\" calls itself until the stack is full",
        breaks: &[Prog2],
        skip: &[],
        subject: &Plug::<reset_recurses::Faulty>::new(),
    },
];
