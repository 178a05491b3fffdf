//! The words of the text form: keywords of operations, names of errors, and which answers an operation can give.

use contextvars_model::{Error, Op, Ret};

/// The keyword of an operation; also its label in statistics.
pub fn keyword(op: &Op) -> &'static str {
    match op {
        Op::NewVar { .. } => "var",
        Op::Get { .. } => "get",
        Op::Set { .. } => "set",
        Op::Reset { .. } => "reset",
        Op::TokenVar { .. } => "token-var",
        Op::TokenOld { .. } => "token-old",
        Op::NewContext { .. } => "context",
        Op::CopyCurrent { .. } => "copy-current",
        Op::Copy { .. } => "copy",
        Op::Enter { .. } => "enter",
        Op::Exit { .. } => "exit",
        Op::Lookup { .. } => "lookup",
        Op::Contains { .. } => "contains",
        Op::Len { .. } => "len",
        Op::Items { .. } => "items",
        Op::Equal { .. } => "equal",
        Op::Iterate { .. } => "iter",
        Op::Next { .. } => "next",
        Op::Drop { .. } => "drop",
        Op::Give { .. } => "give",
        Op::Spawn { .. } => "spawn",
        Op::Watch { .. } => "watch",
        Op::Unwatch { .. } => "unwatch",
        Op::End => "end",
    }
}

/// The keywords of everything that a program may state, in the order of the alphabet, `run` last.
pub const KEYWORDS: [&str; 24] = [
    "var",
    "get",
    "set",
    "reset",
    "token-var",
    "token-old",
    "context",
    "copy-current",
    "copy",
    "enter",
    "exit",
    "lookup",
    "contains",
    "len",
    "items",
    "equal",
    "iter",
    "next",
    "drop",
    "give",
    "spawn",
    "watch",
    "unwatch",
    "run",
];

/// Every error with its name.
pub const ERRORS: [(Error, &str); 12] = [
    (Error::Unbound, "unbound"),
    (Error::NotInContext, "not-in-context"),
    (Error::TokenUsed, "token-used"),
    (Error::OtherVariable, "other-variable"),
    (Error::OtherContext, "other-context"),
    (Error::AlreadyEntered, "already-entered"),
    (Error::NotEntered, "not-entered"),
    (Error::NotCurrent, "not-current"),
    (Error::NoFreeWatcher, "no-free-watcher"),
    (Error::NoSuchWatcher, "no-such-watcher"),
    (Error::NoHandle, "no-handle"),
    (Error::Panicked, "panicked"),
];

/// The name of an error.
pub fn error_word(error: Error) -> &'static str {
    ERRORS.iter().find(|(e, _)| *e == error).map_or("unknown", |(_, word)| word)
}

/// What an operation answers when it succeeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Done,
    Value,
    Old,
    Bool,
    Count,
    Var,
    Items,
    Item,
    Slot,
}

impl Shape {
    pub(super) fn of(op: &Op) -> Shape {
        match op {
            Op::Get { .. } | Op::Lookup { .. } => Shape::Value,
            Op::TokenVar { .. } => Shape::Var,
            Op::TokenOld { .. } => Shape::Old,
            Op::Contains { .. } | Op::Equal { .. } => Shape::Bool,
            Op::Len { .. } => Shape::Count,
            Op::Items { .. } => Shape::Items,
            Op::Next { .. } => Shape::Item,
            Op::Watch { .. } => Shape::Slot,
            _ => Shape::Done,
        }
    }

    /// An example, for messages.
    pub(super) fn example(self) -> &'static str {
        match self {
            Shape::Done => "`done`",
            Shape::Value => "a value such as `10`",
            Shape::Old => "a value such as `10`, or `none`",
            Shape::Bool => "`true` or `false`",
            Shape::Count => "a number such as `2`",
            Shape::Var => "a variable",
            Shape::Items => "bindings such as `{x: 1, y: 2}`",
            Shape::Item => "a binding such as `(x, 1)`, or `end`",
            Shape::Slot => "a slot such as `slot 0`",
        }
    }
}

/// Whether an operation can fail in this way.
pub(super) fn can_fail(op: &Op, error: Error) -> bool {
    match error {
        Error::NoHandle => op.needs().next().is_some(),
        Error::Unbound => matches!(op, Op::Get { .. }),
        Error::NotInContext => matches!(op, Op::Lookup { .. }),
        Error::TokenUsed | Error::OtherVariable | Error::OtherContext => matches!(op, Op::Reset { .. }),
        Error::AlreadyEntered => matches!(op, Op::Enter { .. }),
        Error::NotEntered | Error::NotCurrent => matches!(op, Op::Exit { .. }),
        Error::NoFreeWatcher => matches!(op, Op::Watch { .. }),
        Error::NoSuchWatcher => matches!(op, Op::Unwatch { .. }),
        Error::Panicked => matches!(op, Op::Get { .. } | Op::Lookup { .. } | Op::Equal { .. }),
    }
}

/// Whether an operation can give this answer.
pub(super) fn can_answer(op: &Op, ret: &Ret) -> bool {
    let shape = match ret {
        Ret::Err(error) => return can_fail(op, *error),
        Ret::Done => Shape::Done,
        Ret::Value(_) => Shape::Value,
        Ret::Old(_) => Shape::Old,
        Ret::Bool(_) => Shape::Bool,
        Ret::Count(_) => Shape::Count,
        Ret::Var(_) => Shape::Var,
        Ret::Items(items) if !items.is_sorted_by(|a, b| a.0 < b.0) => return false,
        Ret::Items(_) => Shape::Items,
        Ret::Item(_) => Shape::Item,
        Ret::Slot(_) => Shape::Slot,
    };
    shape == Shape::of(op)
}
