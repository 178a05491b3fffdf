//! The protocol: plans as the child's program reads them, and its answers. See `child.py`.

use crate::plan::{Act, Event, Plan};
use contextvars_check::scenario::keyword;
use contextvars_model::{CtxId, Error, Op, Ret, Trigger, UserCode, Val, ValueSpec, VarId, WatchId};
use serde_json::Value;
use std::fmt::Write;

/// The program that the interpreter runs.
pub const PROGRAM: &str = include_str!("child.py");

/// The version of the protocol.
pub const PROTOCOL: u64 = 1;

/// One line that asks for all of these; with `trace`, each result comes at once, on a line of its own.
pub fn batch<'a>(plans: impl IntoIterator<Item = &'a Plan>, trace: bool) -> String {
    let mut line = format!("{{\"trace\":{trace},\"scenarios\":[");
    for (n, plan) in plans.into_iter().enumerate() {
        if n > 0 {
            line.push(',');
        }
        scenario(&mut line, plan);
    }
    line.push_str("]}\n");
    line
}

fn scenario(line: &mut String, plan: &Plan) {
    let _ = write!(line, "{{\"threads\":{},\"values\":{{", plan.scenario.threads.len());
    for (n, (value, spec)) in plan.scenario.specs.values.iter().enumerate() {
        let _ = write!(line, "{}\"{value}\":", if n > 0 { "," } else { "" });
        behaviour(line, spec);
    }
    line.push_str("},\"watchers\":{");
    for (n, (watcher, code)) in plan.scenario.specs.watchers.iter().enumerate() {
        let _ = write!(line, "{}\"{watcher}\":", if n > 0 { "," } else { "" });
        self::code(line, code);
    }
    line.push_str("},\"events\":[");
    for (n, event) in plan.events.iter().enumerate() {
        if n > 0 {
            line.push(',');
        }
        self::event(line, event);
    }
    line.push_str("]}");
}

fn behaviour(line: &mut String, spec: &ValueSpec) {
    let class = spec.class.map_or_else(|| "null".to_owned(), |class| class.to_string());
    let _ = write!(line, "{{\"class\":{class},\"holds\":[");
    for (n, handle) in spec.holds.iter().enumerate() {
        let _ = write!(line, "{}\"{handle}\"", if n > 0 { "," } else { "" });
    }
    line.push(']');
    for (word, code) in [("drop", &spec.on_drop), ("equal", &spec.on_equal)] {
        let _ = write!(line, ",\"{word}\":");
        self::code(line, code);
    }
    line.push('}');
}

fn code(line: &mut String, code: &UserCode) {
    line.push_str("[[");
    for (n, op) in code.ops.iter().enumerate() {
        line.push_str(if n > 0 { ",[" } else { "[" });
        operation(line, op);
        line.push(']');
    }
    let _ = write!(line, "],{}]", code.panics);
}

fn event(line: &mut String, event: &Event) {
    let _ = write!(line, "[{},{},", event.thread.0, event.has_context);
    let _ = match event.act {
        Act::Do(op) => {
            operation(line, &op);
            Ok(())
        }
        Act::Open { ctx, panics, enters } => write!(line, "\"run\",\"{ctx}\",{panics},{enters}"),
        Act::Leave(_) => write!(line, "\"leave\""),
        Act::Fork => write!(line, "\"fork\""),
        Act::Probe => write!(line, "\"probe\""),
    };
    line.push(']');
}

/// The keyword and the arguments.
fn operation(line: &mut String, op: &Op) {
    let value = |value: Option<Val>| value.map_or_else(|| "null".to_owned(), |value| value.to_string());
    let _ = write!(line, "\"{}\"", keyword(op));
    let _ = match *op {
        Op::NewVar { var, default } => write!(line, ",\"{var}\",{}", value(default)),
        Op::Get { var, fallback } => write!(line, ",\"{var}\",{}", value(fallback)),
        Op::Set { var, value, token: Some(token) } => write!(line, ",\"{var}\",{value},\"{token}\""),
        Op::Set { var, value, token: None } => write!(line, ",\"{var}\",{value},null"),
        Op::Reset { var, token } => write!(line, ",\"{var}\",\"{token}\""),
        Op::TokenVar { token } | Op::TokenOld { token } => write!(line, ",\"{token}\""),
        Op::NewContext { ctx }
        | Op::CopyCurrent { ctx }
        | Op::Enter { ctx }
        | Op::Exit { ctx }
        | Op::Len { ctx }
        | Op::Items { ctx } => write!(line, ",\"{ctx}\""),
        Op::Copy { from, to } => write!(line, ",\"{from}\",\"{to}\""),
        Op::Lookup { ctx, var } | Op::Contains { ctx, var } => write!(line, ",\"{ctx}\",\"{var}\""),
        Op::Equal { left, right } => write!(line, ",\"{left}\",\"{right}\""),
        Op::Iterate { ctx, iter } => write!(line, ",\"{ctx}\",\"{iter}\""),
        Op::Next { iter } => write!(line, ",\"{iter}\""),
        Op::Drop { handle } => write!(line, ",\"{handle}\""),
        Op::Give { handle, to } => write!(line, ",\"{handle}\",{}", to.0),
        Op::Spawn { thread, inherit } => write!(line, ",{},{inherit}", thread.0),
        Op::Watch { watcher } | Op::Unwatch { watcher } => write!(line, ",\"{watcher}\""),
        Op::End => Ok(()),
    };
}

/// A variable's name.
pub(crate) fn var(told: &Value) -> Option<VarId> {
    told.as_str()?.strip_prefix('v')?.parse().ok().map(VarId)
}

/// A context's name.
pub(crate) fn ctx(told: &str) -> Option<CtxId> {
    told.strip_prefix('c')?.parse().ok().map(CtxId)
}

/// A value's name.
pub(crate) fn val(told: &Value) -> Option<Val> {
    u32::try_from(told.as_u64()?).ok().map(Val)
}

/// Bindings, in the order in which they came.
pub(crate) fn bindings(told: &Value) -> Option<Vec<(VarId, Val)>> {
    told.as_array()?.iter().map(|pair| Some((var(pair.get(0)?)?, val(pair.get(1)?)?))).collect()
}

/// The answer to an operation; nothing if it is none that it can give.
pub fn answer(op: &Op, told: &Value) -> Option<Ret> {
    if told.is_object() {
        return error(told).map(Ret::Err);
    }
    Some(match op {
        Op::Get { .. } | Op::Lookup { .. } => Ret::Value(val(told)?),
        Op::TokenOld { .. } if told.is_null() => Ret::Old(None),
        Op::TokenOld { .. } => Ret::Old(Some(val(told)?)),
        Op::TokenVar { .. } => Ret::Var(var(told)?),
        Op::Watch { .. } => Ret::Slot(u8::try_from(told.as_u64()?).ok()?),
        Op::Contains { .. } | Op::Equal { .. } => Ret::Bool(told.as_bool()?),
        Op::Len { .. } => Ret::Count(usize::try_from(told.as_u64()?).ok()?),
        Op::Items { .. } => {
            let mut items = bindings(told)?;
            items.sort_unstable();
            Ret::Items(items)
        }
        Op::Next { .. } if told.is_null() => Ret::Item(None),
        Op::Next { .. } => Ret::Item(Some((var(told.get(0)?)?, val(told.get(1)?)?))),
        _ if told.is_null() => Ret::Done,
        _ => return None,
    })
}

/// Which error it is, by its type and the end of its text.
fn error(told: &Value) -> Option<Error> {
    let text = told.get("text").and_then(Value::as_str).unwrap_or_default();
    let ends = |end| text.ends_with(end);
    Some(match told.get("type")?.as_str()? {
        "NoHandle" => Error::NoHandle,
        "UserPanic" => Error::Panicked,
        "LookupError" => Error::Unbound,
        "KeyError" => Error::NotInContext,
        "RuntimeError" if ends("has already been used once") => Error::TokenUsed,
        "RuntimeError" if ends("is already entered") => Error::AlreadyEntered,
        "RuntimeError" if ends("has not been entered") => Error::NotEntered,
        "RuntimeError" if ends("thread state references a different context object") => Error::NotCurrent,
        "RuntimeError" if text == "no more context watcher IDs available" => Error::NoFreeWatcher,
        "ValueError" if text.starts_with("No context watcher set for ID") => Error::NoSuchWatcher,
        "ValueError" if text == "Invalid context watcher ID 8" => Error::NoSuchWatcher,
        "ValueError" if ends("was created by a different ContextVar") => Error::OtherVariable,
        "ValueError" if ends("was created in a different Context") => Error::OtherContext,
        _ => return None,
    })
}

/// What made user code run: its kind, whose it is, and the context that is current now.
pub(crate) fn trigger(kind: &Value, whose: &Value, current: &Value) -> Option<Trigger> {
    match kind.as_str()? {
        "d" => Some(Trigger::Drop(val(whose)?)),
        "e" => Some(Trigger::Equal(val(whose)?)),
        "w" => {
            let watcher = whose.as_str()?.strip_prefix('w')?.parse().ok().map(WatchId)?;
            let current = if current.is_null() { None } else { Some(ctx(current.as_str()?)?) };
            Some(Trigger::Switched(watcher, current))
        }
        _ => None,
    }
}
