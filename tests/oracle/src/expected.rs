//! What the model expects to be seen of a state: the texts of errors, tokens, what variables read, equal contexts.

use crate::dialect::{Dialect, Wording};
use contextvars_model::state::Bindings;
use contextvars_model::{CtxId, Error, Handle, Op, State, ThreadId, Val, VarId};
use serde_json::{Map, Value, json};

/// The text of an error, without addresses; nothing for errors that are not the interpreter's. With the difference of
/// the dialect that it shows.
pub(crate) fn text(
    state: &State,
    op: &Op,
    error: Error,
    dialect: &Dialect,
) -> Option<(String, Option<&'static Wording>)> {
    let token = |used: &str| match op {
        Op::Reset { token, .. } => state.tokens.get(token).map(|token| {
            let var = variable(state, token.var);
            format!("<Token {used}var={var} at 0x>")
        }),
        _ => None,
    };
    let (of, wording) = dialect.context_type();
    let plain = |text: Option<String>| text.map(|text| (text, None));
    match error {
        Error::Unbound | Error::NotInContext => match op {
            Op::Get { var, .. } | Op::Lookup { var, .. } => plain(Some(variable(state, *var))),
            _ => None,
        },
        Error::TokenUsed => plain(token("used ").map(|token| format!("{token} has already been used once"))),
        Error::OtherVariable => plain(token("").map(|token| format!("{token} was created by a different ContextVar"))),
        Error::OtherContext => plain(token("").map(|token| format!("{token} was created in a different Context"))),
        Error::AlreadyEntered => {
            Some((format!("cannot enter context: <{of} object at 0x> is already entered"), wording))
        }
        Error::NotEntered => Some((format!("cannot exit context: <{of} object at 0x> has not been entered"), wording)),
        Error::NotCurrent => {
            plain(Some("cannot exit context: thread state references a different context object".to_owned()))
        }
        Error::NoFreeWatcher | Error::NoSuchWatcher | Error::NoHandle | Error::Panicked => None,
    }
}

fn variable(state: &State, var: VarId) -> String {
    let default = state.vars.get(&var).copied().flatten();
    let default = default.map_or_else(String::new, |value| format!(" default=value {value}"));
    format!("<ContextVar name='{var}'{default} at 0x>")
}

/// The contexts that scenarios name, with what they hold.
pub(crate) fn contexts(state: &State) -> impl Iterator<Item = (CtxId, &Bindings)> {
    state.contexts.iter().filter(|(ctx, _)| ctx.is_named()).map(|(&ctx, context)| (ctx, &context.map))
}

/// The pairs of contexts that are equal, without their user code.
pub(crate) fn equal(state: &State) -> Vec<(CtxId, CtxId)> {
    let all: Vec<_> = contexts(state).collect();
    let class = |value: Val| state.specs.values.get(&value).and_then(|spec| spec.class);
    let same = |a: Val, b: Val| a == b || class(a).is_some() && class(a) == class(b);
    let mut pairs = Vec::new();
    for (n, (left, one)) in all.iter().enumerate() {
        for (right, other) in &all[n + 1..] {
            let equal = one.len() == other.len()
                && one.iter().all(|(var, &value)| other.get(var).is_some_and(|&other| same(value, other)));
            if equal {
                pairs.push((*left, *right));
            }
        }
    }
    pairs
}

/// What a probe of a thread tells: every token that a thread holds, and what each variable of this one reads.
pub(crate) fn probe(state: &State, thread: ThreadId) -> (Map<String, Value>, Map<String, Value>) {
    let number = |value: Option<Val>| value.map_or(Value::Null, |value| json!(value.0));
    let tokens = state.threads.values().flat_map(|thread| &thread.held).filter_map(|handle| {
        let Handle::Tok(token) = handle else { return None };
        let held = &state.tokens[token];
        Some((token.to_string(), json!([held.var.to_string(), number(held.old), held.used])))
    });
    let current = state.current(thread).map(|ctx| &state.contexts[&ctx].map);
    let held = state.threads.get(&thread).into_iter().flat_map(|thread| &thread.held);
    let variables = held.filter_map(|handle| {
        let Handle::Var(var) = handle else { return None };
        Some((var.to_string(), number(current.and_then(|map| map.get(var).copied()))))
    });
    (tokens.collect(), variables.collect())
}
