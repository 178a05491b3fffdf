//! User code: what values and watchers do while an operation runs them.
//!
//! It runs inside the operation, when the operation's whole effect is visible; what it performs are operations of its
//! own. A panic of a drop or of a watcher has no effect; one of an equality or a clone is the operation's answer.
//!
//! Operations run user code, and user code performs operations: who calls a function of this file passes [`step`]
//! along.
//!
//! [`step`]: fn@crate::step::step

use crate::op::{CtxId, Error, Handle, Observation, Op, Ret, ThreadId, Trigger, UserCode, Val};
use crate::state::{Bindings, NESTED_USER_CODE, State};

/// What performs the operations of user code.
pub(crate) type Step = fn(&mut State, ThreadId, &Op) -> Ret;

/// Performs what the code asks for, unless it is running already; what it saw goes to [`State::seen`].
pub(crate) fn run_user_code(step: Step, state: &mut State, thread: ThreadId, trigger: Trigger, code: &UserCode) {
    // A watcher is one piece of code, whatever context it is told of.
    let same = |other: &Trigger| match (*other, trigger) {
        (Trigger::Switched(a, _), Trigger::Switched(b, _)) => a == b,
        (a, b) => a == b,
    };
    let running = &state.thread_mut(thread).running;
    let runs = running.len() < NESTED_USER_CODE && !running.iter().any(same);
    if !state.lifetimes || code.ops.is_empty() || !runs {
        return;
    }
    state.thread_mut(thread).running.push(trigger);
    for op in &code.ops {
        let ret = step(state, thread, op);
        state.seen.push(Observation { thread, trigger, op: Some((*op, ret)) });
    }
    state.thread_mut(thread).running.pop();
}

/// Whether two contexts are equal: identity first, then user equality; both versions are fixed at the start. If several
/// pairs decide, it is not specified which of them is looked at first, and an allowed answer that was observed is
/// taken.
pub(crate) fn equal(
    step: Step,
    state: &mut State,
    thread: ThreadId,
    (left, right): (CtxId, CtxId),
    observed: Option<&Ret>,
) -> Ret {
    let (a, b) = (state.contexts[&left].map.clone(), state.contexts[&right].map.clone());
    if a.len() != b.len() {
        return Ret::Bool(false);
    }
    pin(state, &a);
    pin(state, &b);
    let pairs: Vec<(Val, Option<Val>)> = a.iter().map(|(var, &x)| (x, b.get(var).copied())).collect();
    let distinct: Vec<_> = pairs.into_iter().filter(|&(x, y)| y != Some(x)).collect();
    let code = |state: &State, x: Val| state.spec(x).map(|spec| spec.on_equal.clone()).unwrap_or_default();
    let compared = |state: &State, &(x, y): &(Val, Option<Val>)| y.is_some() && !code(state, x).is_empty();
    if distinct.len() > 1 && distinct.iter().any(|pair| compared(state, pair)) {
        state.unspecified = Some("the order in which several pairs of values are compared is not specified");
    }
    let mut answers = Vec::new();
    for &(x, y) in &distinct {
        let mut same = false;
        let mut panics = false;
        if let Some(y) = y {
            let code = code(state, x);
            run_user_code(step, state, thread, Trigger::Equal(x), &code);
            let class = |value| state.spec(value).and_then(|spec| spec.class);
            (same, panics) = (class(x).is_some() && class(x) == class(y), code.panics);
        }
        if panics || !same {
            answers.push(if panics { Ret::Err(Error::Panicked) } else { Ret::Bool(false) });
            // The rest is not looked at. A history does not tell the order, and there no code runs.
            if state.lifetimes {
                break;
            }
        }
    }
    let allowed = answers.iter().find(|&answer| observed == Some(answer));
    allowed.or(answers.first()).cloned().unwrap_or(Ret::Bool(true))
}

/// A value handed to its reader is a clone: user code, which runs when the read itself is over.
pub(crate) fn clone_out(step: Step, state: &mut State, thread: ThreadId, value: Val) -> Result<Ret, Error> {
    let Some(code) = state.spec(value).map(|spec| spec.on_clone.clone()).filter(|code| !code.is_empty()) else {
        return Ok(Ret::Value(value));
    };
    if state.lifetimes {
        state.pinned.push(value);
    }
    run_user_code(step, state, thread, Trigger::Clone(value), &code);
    if code.panics { Err(Error::Panicked) } else { Ok(Ret::Value(value)) }
}

/// Tells the watchers that were registered when the switch happened.
pub(crate) fn notify(step: Step, state: &mut State, thread: ThreadId) {
    let current = state.current(thread).filter(|&c| state.holds(thread, Handle::Ctx(c)));
    if !state.lifetimes {
        return;
    }
    for watcher in state.watchers.into_iter().flatten() {
        let trigger = Trigger::Switched(watcher, current);
        state.seen.push(Observation { thread, trigger, op: None });
        let code = state.specs.watchers.get(&watcher).cloned().unwrap_or_default();
        run_user_code(step, state, thread, trigger, &code);
    }
}

/// Keeps the values of a version while an operation works with it.
pub(crate) fn pin(state: &mut State, map: &Bindings) {
    if state.lifetimes {
        state.pinned.extend(map.values());
    }
}
