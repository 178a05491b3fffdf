//! LIN-1: every history is linearizable with respect to the model.
//!
//! Three operations promise less than one moment, and a history that is refuted is looked at again with them weakened
//! to their promise: an equality pins its operands one after the other; the end of a thread leaves its contexts one
//! after the other; and a token is used before what it replaced is restored, so that a refusal (`TokenUsed`) may come
//! while the restored binding is not visible yet.

use super::replay::Replay;
use super::{Judgement, Property};
use crate::outcome::Outcome;
use crate::scenario::{OpText, RetText};
use contextvars_model::history::{History, Operation};
use contextvars_model::linearize::{Linearization, linearize};
use contextvars_model::{Error, Op, Ret};

/// Steps of the model that one search may take. A history of thirty operations needs a few dozen, or some thousands if
/// many of its operations race with one another. What a step takes depends on the size of the state, which is cloned
/// where the search branches: some microseconds in small histories.
pub const BUDGET: u64 = 100_000;

/// The same for one history: each of its operations takes a step at least.
fn budget(history: &History) -> u64 {
    BUDGET + 8 * history.operations.len() as u64
}

/// Searches for an order that explains the history.
pub fn check(outcome: &Outcome) -> Judgement {
    let narrowed = narrowed(&outcome.history);
    let history = narrowed.as_ref().unwrap_or(&outcome.history);
    let found = match linearize(history, budget(history)) {
        Linearization::Found(_) => return Judgement::Holds,
        Linearization::Malformed(operation) => {
            let (thread, op) = (operation.thread, OpText(&operation.op));
            let sentence = format!("the record is no history: `{op}` of {thread} responded before it was invoked");
            return Judgement::refuted_by(Property::Lin1, vec![operation], sentence);
        }
        found => found,
    };
    // Only an order can be found then: that there is none would say nothing, so neither does a search cut short.
    if inside_end(history) {
        return Judgement::Inconclusive("user code ran inside the end of a thread, which is not one moment");
    }
    // The weaker history is searched even if the first search was cut short: an order of it is an answer.
    if let Some(weaker) = weakened(outcome, history) {
        match linearize(&weaker, budget(&weaker)) {
            Linearization::Found(_) => return Judgement::Holds,
            Linearization::OutOfBudget { .. } => return Judgement::OutOfBudget(TOO_LONG),
            Linearization::Refuted { .. } | Linearization::Malformed(_) => {}
        }
    }
    let Linearization::Refuted { longest, stuck } = found else { return Judgement::OutOfBudget(TOO_LONG) };
    if let Err((index, answer)) = history.start() {
        let operation = &history.init[index];
        let sentence = format!("in init, {}", answers(operation, &answer));
        return Judgement::refuted_by(Property::Lin1, vec![operation.clone()], sentence);
    }
    let differs = |(index, answer): &&(usize, Ret)| history.operations[*index].ret != *answer;
    let shown: Vec<&(usize, Ret)> = stuck.iter().filter(differs).collect();
    let operations: Vec<Operation> = shown.iter().map(|(index, _)| history.operations[*index].clone()).collect();
    let each: Vec<String> = shown.iter().map(|(index, ret)| answers(&history.operations[*index], ret)).collect();
    let sentence = format!(
        "no order explains all {} operations: after {} of them, {}",
        history.operations.len(),
        longest.len(),
        each.join("; "),
    );
    Judgement::refuted_by(Property::Lin1, operations, sentence)
}

/// The order that explains an outcome, or how far one goes if the property is refuted in it; nothing where it is not
/// judged, or where only the weakened history has an order. Indices are those of the history's operations.
pub fn order(outcome: &Outcome) -> Option<Linearization> {
    let narrowed = narrowed(&outcome.history);
    let history = narrowed.as_ref().unwrap_or(&outcome.history);
    let found = linearize(history, budget(history));
    match found {
        Linearization::Found(_) => Some(found),
        Linearization::Refuted { .. } if matches!(check(outcome), Judgement::Refuted(_)) => Some(found),
        Linearization::Refuted { .. } | Linearization::OutOfBudget { .. } | Linearization::Malformed(_) => None,
    }
}

const TOO_LONG: &str = "the search for an order took too long";

fn answers(operation: &Operation, model: &Ret) -> String {
    let (thread, op) = (operation.thread, OpText(&operation.op));
    format!("{thread} got {} for `{op}` where the model answers {}", RetText(&operation.ret), RetText(model))
}

/// The history with `init` in program order and every operation ended where it must have taken effect: where user code
/// inside it begins, or where the thread that it starts does. `None` if it is so already.
fn narrowed(history: &History) -> Option<History> {
    let mut narrowed = None;
    if !history.init.is_sorted_by_key(|operation| operation.invoked) {
        let history = narrowed.insert(history.clone());
        history.init.sort_by_key(|operation| operation.invoked);
    }
    let mut end = |index: usize, at: u64| {
        let operation: &Operation = &history.operations[index];
        if operation.responded > at && !operation.is_pending() {
            let history = narrowed.get_or_insert_with(|| history.clone());
            history.operations[index].responded = at.max(operation.invoked);
        }
    };
    let lanes = history.lanes();
    for lane in lanes.values() {
        lane.windows(2).for_each(|pair| end(pair[0], history.operations[pair[1]].invoked));
    }
    for (index, operation) in history.operations.iter().enumerate() {
        let Op::Spawn { thread, .. } = operation.op else { continue };
        let first = lanes.get(&thread).and_then(|lane| lane.first());
        first.into_iter().for_each(|&first| end(index, history.operations[first].invoked.saturating_sub(1)));
    }
    narrowed
}

/// Whether a thread does something after its end: user code of what it gave up then.
fn inside_end(history: &History) -> bool {
    let ends = |&index: &usize| history.operations[index].op == Op::End;
    history.lanes().values().any(|lane| lane.iter().rev().skip(1).any(ends))
}

/// The history with the operations weakened that are not atomic; `None` if there is none.
fn weakened(outcome: &Outcome, history: &History) -> Option<History> {
    let mut history = history.clone();
    let mut changed = false;
    if history.operations.iter().any(|operation| matches!(operation.op, Op::Equal { .. })) {
        history = history.with_pinned_operands();
        changed = true;
    }
    changed |= leave_one_by_one(outcome, &mut history);
    changed |= drop_racing_refusals(&mut history);
    changed.then_some(history)
}

/// Gives every end of a thread that is still inside contexts exits of its own, innermost first. Only contexts with a
/// name can be asked for by others.
fn leave_one_by_one(outcome: &Outcome, history: &mut History) -> bool {
    let replay = Replay::new(outcome);
    let mut exits = Vec::new();
    for (index, end) in replay.steps.iter().enumerate().filter(|(_, step)| step.of.op == Op::End && step.done()) {
        let left = |ctx: &&super::steps::Ctx| {
            ctx.id.is_named() && ctx.visits.iter().any(|v| v.exit == Some(index) && v.thread == end.thread())
        };
        let enter = |ctx: &&super::steps::Ctx| ctx.visits.iter().find(|v| v.exit == Some(index)).map(|v| v.enter);
        let mut contexts: Vec<_> = replay.contexts.iter().filter(left).collect();
        contexts.sort_by_key(|ctx| std::cmp::Reverse(enter(ctx)));
        let position = history.operations.iter().position(|o| o.op == Op::End && o.thread == end.thread());
        for ctx in contexts {
            let Some(at) = position else { continue };
            let op = Op::Exit { ctx: ctx.id };
            exits.push((at, Operation { op, ret: Ret::Done, ..history.operations[at].clone() }));
        }
    }
    let changed = !exits.is_empty();
    exits.sort_by_key(|&(at, _)| at);
    // Program order is by invocation, then by place: each exit stands right before its end, in this order.
    for (at, exit) in exits.into_iter().rev() {
        history.operations.insert(at, exit);
    }
    changed
}

/// Leaves out refusals by a used token that overlap the reset which used it; TOK-1 judges them.
fn drop_racing_refusals(history: &mut History) -> bool {
    let token = |o: &Operation| match o.op {
        Op::Reset { token, .. } => Some(token),
        _ => None,
    };
    let resets: Vec<Operation> = history.operations.iter().filter(|o| token(o).is_some()).cloned().collect();
    let races = |refused: &Operation| {
        let uses = |o: &&Operation| token(o) == token(refused) && (o.ret == Ret::Done || o.is_pending());
        resets.iter().filter(uses).any(|o| !o.precedes(refused) && o.invoked <= refused.responded)
    };
    let before = history.operations.len();
    history.operations.retain(|o| token(o).is_none() || o.ret != Ret::Err(Error::TokenUsed) || !races(o));
    history.operations.len() < before
}
