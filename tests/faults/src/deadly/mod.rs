//! Faults that end or stop the process they run in. Only `ctxcheck` can look at them, because it explores in child
//! processes; a test that ran them would not come back.

pub mod get_waits_for_writer;
pub mod lock_taken_twice;
pub mod panics_while_unwinding;
pub mod reset_recurses;

use contextvars_check::designs::{DesignEntry, Origin};
use contextvars_check::harness::DesignUnderTest;
use contextvars_check::properties::Property::{Prog1, Prog2};

/// All of them.
pub static DEADLY: &[DesignEntry] = &[
    DesignEntry {
        name: "get-waits-for-writer",
        origin: Origin::Fault("ours: a process that spins"),
        about: "a get waits until a variable other than its own is written",
        refutes: &[Prog1, Prog2],
        skip: &[],
        subject: &DesignUnderTest::<get_waits_for_writer::Faulty>::new(),
    },
    DesignEntry {
        name: "lock-taken-twice",
        origin: Origin::Fault("ours: a process that waits"),
        about: "set takes a lock of the operating system that its thread holds",
        refutes: &[Prog2],
        skip: &[],
        subject: &DesignUnderTest::<lock_taken_twice::Faulty>::new(),
    },
    DesignEntry {
        name: "panics-while-unwinding",
        origin: Origin::Fault("ours: a process that aborts"),
        about: "what guards the drop of a value panics while that unwinds",
        refutes: &[Prog2],
        skip: &[],
        subject: &DesignUnderTest::<panics_while_unwinding::Faulty>::new(),
    },
    DesignEntry {
        name: "reset-recurses",
        origin: Origin::Fault("ours: a stack that overflows"),
        about: "a reset to \"absent\" calls itself until the stack is full",
        refutes: &[Prog2],
        skip: &[],
        subject: &DesignUnderTest::<reset_recurses::Faulty>::new(),
    },
];
