//! Plain English for contexts, places and bindings. Operations and answers are written as in scenarios.

use super::replay::Replay;
use super::steps::Step;
use contextvars_model::{CtxId, ThreadId, Val, VarId};
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
    value.map_or_else(|| "none".into(), |value| value.to_string())
}

/// Alternatives, each once: `10 or none`.
pub(super) fn either(alternatives: impl IntoIterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for alternative in alternatives {
        if !seen.contains(&alternative) {
            seen.push(alternative);
        }
    }
    seen.join(" or ")
}
