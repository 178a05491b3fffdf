//! Plain English for operations and answers.

use super::replay::Replay;
use super::steps::Step;
use contextvars_model::{CtxId, Error, Op, Ret, ThreadId, Val, VarId};
use std::fmt::Write;

/// A context: its name, or whose it is.
pub(super) fn context(ctx: CtxId) -> String {
    match ctx.implicit_of() {
        Some((thread, 0)) => format!("the implicit context of {thread}"),
        Some((thread, n)) => format!("implicit context {} of {thread}", n + 1),
        None if ctx.is_named() => ctx.to_string(),
        None => format!("the context that {} was started in", ThreadId(ctx.0 as u16)),
    }
}

/// The context that a step was performed in.
pub(super) fn place(replay: &Replay<'_>, step: &Step<'_>) -> String {
    step.current.map_or_else(|| "no context".into(), |ctx| context(replay.contexts[ctx].id))
}

/// What was performed.
pub(super) fn op(op: &Op) -> String {
    match *op {
        Op::NewVar { var, default: None } => format!("new variable {var}"),
        Op::NewVar { var, default: Some(value) } => format!("new variable {var} with default {value}"),
        Op::Get { var, fallback: None } => format!("get {var}"),
        Op::Get { var, fallback: Some(value) } => format!("get {var} or {value}"),
        Op::Set { var, value, token: None } => format!("set {var} to {value}"),
        Op::Set { var, value, token: Some(token) } => format!("set {var} to {value} ({token})"),
        Op::Reset { var, token } => format!("reset {var} by {token}"),
        Op::TokenVar { token } => format!("variable of {token}"),
        Op::TokenOld { token } => format!("old value of {token}"),
        Op::NewContext { ctx } => format!("new context {ctx}"),
        Op::CopyCurrent { ctx } => format!("copy the current context to {ctx}"),
        Op::Copy { from, to } => format!("copy {from} to {to}"),
        Op::Enter { ctx } => format!("enter {ctx}"),
        Op::Exit { ctx } => format!("exit {ctx}"),
        Op::Lookup { ctx, var } => format!("look up {var} in {ctx}"),
        Op::Contains { ctx, var } => format!("whether {var} is in {ctx}"),
        Op::Len { ctx } => format!("length of {ctx}"),
        Op::Items { ctx } => format!("items of {ctx}"),
        Op::Equal { left, right } => format!("whether {left} equals {right}"),
        Op::Iterate { ctx, iter } => format!("iterate over {ctx} as {iter}"),
        Op::Next { iter } => format!("next of {iter}"),
        Op::Drop { handle } => format!("drop {handle}"),
        Op::Give { handle, to } => format!("give {handle} to {to}"),
        Op::Spawn { thread, inherit: false } => format!("start {thread}"),
        Op::Spawn { thread, inherit: true } => format!("start {thread} in a copy of the current context"),
        Op::Watch { watcher } => format!("add watcher {watcher}"),
        Op::Unwatch { watcher } => format!("clear watcher {watcher}"),
        Op::End => "end".into(),
    }
}

/// Some bindings.
pub(super) fn bindings(items: impl IntoIterator<Item = (VarId, Val)>) -> String {
    let mut text = String::from("{");
    for (index, (var, value)) in items.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}{var}: {value}");
    }
    text.push('}');
    text
}

/// A binding or its absence.
pub(super) fn value(value: Option<Val>) -> String {
    value.map_or_else(|| "nothing".into(), |value| value.to_string())
}

/// What was answered.
pub(super) fn ret(ret: &Ret) -> String {
    match ret {
        Ret::Done => "done".into(),
        Ret::Value(value) => value.to_string(),
        Ret::Old(old) => value(*old),
        Ret::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Ret::Count(count) => count.to_string(),
        Ret::Var(var) => var.to_string(),
        Ret::Items(items) => bindings(items.iter().copied()),
        Ret::Item(Some((var, value))) => format!("{var}: {value}"),
        Ret::Item(None) => "no more".into(),
        Ret::Slot(slot) => format!("slot {slot}"),
        Ret::Err(error) => self::error(*error).into(),
    }
}

/// Why it failed.
pub(super) fn error(error: Error) -> &'static str {
    match error {
        Error::Unbound => "unbound",
        Error::NotInContext => "not in the context",
        Error::TokenUsed => "token used before",
        Error::OtherVariable => "token of another variable",
        Error::OtherContext => "token of another context",
        Error::AlreadyEntered => "already entered",
        Error::NotEntered => "not entered",
        Error::NotCurrent => "not the current context",
        Error::NoFreeWatcher => "no free watcher",
        Error::NoSuchWatcher => "no such watcher",
        Error::NoHandle => "handle not held",
        Error::Panicked => "panicked",
    }
}

/// Alternatives, each once: `10 or nothing`.
pub(super) fn either(alternatives: impl IntoIterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for alternative in alternatives {
        if !seen.contains(&alternative) {
            seen.push(alternative);
        }
    }
    seen.join(" or ")
}
