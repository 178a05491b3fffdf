//! When a value was bound, and whether it is dropped at all: values that bind others as they die come to an end.
//!
//! A value whose drop binds another of its kind would go on for ever: what it binds dies with the operation, inside the
//! drop. So a value bound at the thread's end belongs to a *round*: one more than that of the value whose drop is
//! running, and a value of a later round than the last is never dropped. What was bound before the end is of round 0,
//! so values that hold each other in a chain are all dropped, however long it is.
//!
//! Before the end, and in thread-locals that are destroyed before `STATE`, a value that is bound by a drop replaces one
//! whose drop binds another, and so on, inside each other. Such a recursion is ended at a depth of 32 drops: a value is
//! never dropped that was bound there, by the last of as many drops of values that each bound the next. A drop that
//! binds two such values has twice as many after it at each of these depths; so neither is a value dropped that was
//! bound inside the outermost drop after a million others.

use crate::core::teardown;
use crate::parts::containment::{Contained, Containment};
use std::cell::Cell;

/// What is done about user code, in the design that is shipped.
pub(super) type Policy = Contained;

thread_local! {
    /// Whether the thread is at its end. Never destroyed, as it owns nothing.
    static AT_END: Cell<bool> = const { Cell::new(false) };

    /// The value whose drop is running, and how many drops of values run inside each other.
    static DROPPING: Cell<(Birth, u32)> = const { Cell::new((Birth::UNBOUND, 0)) };

    /// Values bound since the outermost of these drops began.
    static BOUND_INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// When a value was bound.
#[derive(Clone, Copy)]
pub(super) struct Birth {
    /// The round of the thread's end; 0 before it.
    round: u32,
    /// 0, or one more than that of the value whose drop bound it.
    generation: u32,
    /// Whether it was bound too deep inside drops, or after too many others.
    beyond: bool,
}

/// A drop that binds a value which replaces another of its kind, whose drop binds a value, and so on, overflows the
/// stack. It is ended at this depth.
const NESTED_DROPS: u32 = 32;

/// Values that may be bound inside one outermost drop. More are those of drops that each bind several.
const BOUND_INSIDE_ONE: u32 = 1 << 20;

// What is released later runs inside fewer drops, but still inside more than these. A drop takes two releases at most.
const _: () = assert!(teardown::NESTED / 2 > NESTED_DROPS + 1);

impl Birth {
    /// Of an object that no context binds.
    pub(super) const UNBOUND: Birth = Birth { round: 0, generation: 0, beyond: false };

    /// Of a value that is bound now.
    pub(super) fn now() -> Birth {
        let (dropping, depth) = DROPPING.get();
        let inside = if depth > 0 { BOUND_INSIDE.get().saturating_add(1) } else { 0 };
        BOUND_INSIDE.set(inside);
        let generation = if depth > 0 { dropping.generation + 1 } else { 0 };
        Birth {
            round: if AT_END.get() { dropping.round + 1 } else { 0 },
            generation,
            beyond: depth > NESTED_DROPS && generation > NESTED_DROPS || inside > BOUND_INSIDE_ONE,
        }
    }

    /// Of a value that dies now. It counts as of the round and the generation of the drop around it, if these are
    /// later: what no context binds, a fallback or a default, does not start the count anew.
    pub(super) fn inside_drop(self) -> Birth {
        let (around, _) = DROPPING.get();
        let (round, generation) = (self.round.max(around.round), self.generation.max(around.generation));
        Birth { round, generation, ..self }
    }

    /// Whether the value is never dropped: bound after the last round of the thread's end, by the last of too many
    /// drops inside each other of values that each bound the next, or after too many others inside one drop.
    pub(super) fn is_too_late(self) -> bool {
        self.round > Policy::ROUNDS_AT_END || self.beyond
    }
}

/// The thread is at its end.
pub(super) fn thread_ends() {
    AT_END.set(true);
}

/// Runs the drop of a value, which does not panic.
pub(super) fn in_drop(dying: Birth, drop: impl FnOnce()) {
    let outer = DROPPING.get();
    DROPPING.set((dying, outer.1 + 1));
    drop();
    DROPPING.set(outer);
}
