//! API-1: error kinds, their order and the absence of effects on failure are those of the model.
//!
//! Three sources: the answers that the scenario states (CPython's); the kinds of answers that an operation can give at
//! all; and what follows from a thread's own past and from what certainly had or had not happened elsewhere.

use super::contents::Contents;
use super::replay::{AFTER_END, Replay};
use super::steps::{Step, Visit};
use super::{Judgement, Property, tok_1, words};
use crate::limit;
use crate::outcome::Outcome;
use crate::scenario::{OpText, RetText, error_word};
use contextvars_model::{Error, Handle, Op, Ret, ThreadId};

/// Judges every answer.
pub fn check(outcome: &Outcome) -> Judgement {
    if let Some(unexpected) = outcome.unexpected.first() {
        let history = &outcome.history;
        let list = if unexpected.in_init { &history.init } else { &history.operations };
        let Some(operation) = list.get(unexpected.operation) else {
            return Judgement::Inconclusive("an answer that is not the stated one belongs to no operation");
        };
        let (thread, op) = (operation.thread, OpText(&operation.op));
        let (ret, expected) = (RetText(&operation.ret), RetText(&unexpected.expected));
        let sentence = format!("{thread} got {ret} for `{op}` where the scenario states {expected}");
        return Judgement::refuted_by(Property::Api1, vec![operation.clone()], sentence);
    }
    let replay = Replay::new(outcome);
    if let Some(why) = replay.lost.filter(|&why| why == AFTER_END) {
        return Judgement::Inconclusive(why);
    }
    for (index, step) in replay.steps.iter().enumerate().filter(|(_, step)| !step.pending()) {
        let expected = match step.of.ret {
            Ret::Err(Error::NoHandle) => held(&replay, step).then(|| "the handle is held".into()),
            _ => shape(&replay, step).or_else(|| own_past(&replay, index, step)),
        };
        if let Some(expected) = expected {
            let (thread, op, ret) = (step.thread(), OpText(&step.of.op), RetText(&step.of.ret));
            let sentence = format!("{thread} got {ret} for `{op}` although {expected}");
            return Judgement::refuted(Property::Api1, [step], sentence);
        }
    }
    match replay.lost_track() {
        Some(why) => Judgement::Inconclusive(why),
        None => old_values(&replay),
    }
}

/// Whether the operation can give such an answer at all.
fn shape(replay: &Replay<'_>, step: &Step<'_>) -> Option<String> {
    let ret = &step.of.ret;
    match (step.of.op, ret) {
        (Op::Get { .. } | Op::Lookup { .. }, &Ret::Value(value)) if replay.clone_panics(value) => {
            return Some(format!("a clone of {value} panics"));
        }
        (Op::Get { .. } | Op::Lookup { .. }, Ret::Err(Error::Panicked)) => {
            let any = replay.values().any(|value| replay.clone_panics(value));
            return (!any).then(|| "no clone panics".into());
        }
        (Op::Equal { .. }, Ret::Err(Error::Panicked)) => {
            return (!replay.comparison_may_panic()).then(|| "no comparison panics".into());
        }
        _ => {}
    }
    let fits = match step.of.op {
        Op::Get { fallback: Some(_), .. } => matches!(ret, Ret::Value(_)),
        Op::Get { .. } => matches!(ret, Ret::Value(_) | Ret::Err(Error::Unbound)),
        Op::Reset { .. } => {
            matches!(ret, Ret::Done | Ret::Err(Error::TokenUsed | Error::OtherVariable | Error::OtherContext))
        }
        Op::TokenVar { .. } => matches!(ret, Ret::Var(_)),
        Op::TokenOld { .. } => matches!(ret, Ret::Old(_)),
        Op::Enter { .. } => matches!(ret, Ret::Done | Ret::Err(Error::AlreadyEntered)),
        Op::Exit { .. } => matches!(ret, Ret::Done | Ret::Err(Error::NotEntered | Error::NotCurrent)),
        Op::Lookup { .. } => matches!(ret, Ret::Value(_) | Ret::Err(Error::NotInContext)),
        Op::Contains { .. } | Op::Equal { .. } => matches!(ret, Ret::Bool(_)),
        Op::Len { .. } => matches!(ret, Ret::Count(_)),
        Op::Items { .. } => matches!(ret, Ret::Items(_)),
        Op::Next { .. } => matches!(ret, Ret::Item(_)),
        Op::Watch { .. } => matches!(ret, Ret::Slot(0..8) | Ret::Err(Error::NoFreeWatcher)),
        Op::Unwatch { .. } => matches!(ret, Ret::Done | Ret::Err(Error::NoSuchWatcher)),
        _ => matches!(ret, Ret::Done),
    };
    (!fits).then(|| "it cannot answer so".into())
}

/// Why the answer is wrong by the thread's own past, if it is. Steps are asked in order, so that one wrong answer is
/// found before what follows from it.
fn own_past(replay: &Replay<'_>, index: usize, step: &Step<'_>) -> Option<String> {
    let Ret::Err(error) = step.of.ret else {
        return match (step.of.op, &step.of.ret) {
            (Op::TokenVar { token: id }, &Ret::Var(var)) => {
                let token = replay.token(id).filter(|token| token.var != var)?;
                Some(format!("{id} belongs to {}", token.var))
            }
            (Op::Exit { ctx }, _) if step.subject.is_some() && step.subject != step.current => {
                Some(format!("{ctx} is not its current context"))
            }
            _ => None,
        };
    };
    limit::spend(index);
    match step.of.op {
        Op::Get { var, .. } if error == Error::Unbound => {
            let default = replay.find_var(var).and_then(|index| replay.vars[index].1)?;
            let known = replay.steps[..index].iter().any(|s| matches!(s.of.op, Op::NewVar { var: v, .. } if v == var));
            known.then(|| format!("{var} has the default {default}"))
        }
        Op::Reset { .. } => reset(replay, step, error),
        Op::Exit { ctx } => {
            let visits = &replay.contexts[step.subject?].visits;
            let elsewhere = |visit: &&Visit| visit.thread != step.thread();
            let mut inside = visits.iter().filter(elsewhere).filter(|visit| {
                let (from, to) = replay.at_least(visit);
                from < step.start && to > step.end
            });
            let may_be = |visit: &Visit| {
                let (from, to) = replay.at_most(visit);
                from <= step.end && to >= step.start
            };
            match error {
                _ if step.subject == step.current => Some(format!("{ctx} is its current context")),
                Error::NotEntered if step.inside => Some(format!("it is itself inside {ctx}")),
                Error::NotEntered => inside.next().map(|visit| format!("{} is inside {ctx}", visit.thread)),
                Error::NotCurrent if !step.inside && !visits.iter().any(may_be) => {
                    Some(format!("nobody was inside {ctx}: the error is `not-entered`"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Used token, then other variable, then other context.
fn reset(replay: &Replay<'_>, step: &Step<'_>, error: Error) -> Option<String> {
    let Op::Reset { var, token: id } = step.of.op else { return None };
    let token = replay.token(id)?;
    let used = tok_1::others(replay, step, id).find(|other| other.done() && other.end < step.start);
    match error {
        Error::OtherVariable | Error::OtherContext if used.is_some() => {
            Some(format!("{id} had been used: the error is `{}`", error_word(Error::TokenUsed)))
        }
        Error::OtherVariable if var == token.var => Some(format!("{id} belongs to {var}")),
        Error::OtherContext if var != token.var => {
            Some(format!("{id} belongs to {}: the error is `{}`", token.var, error_word(Error::OtherVariable)))
        }
        Error::OtherContext if step.current == Some(token.ctx) => {
            Some(format!("{id} was made in {}, its current context", words::place(replay, step)))
        }
        _ => None,
    }
}

/// Whether the thread certainly holds all that the operation needs: it made it, or got it after `init`, and has not
/// given it up.
fn held(replay: &Replay<'_>, step: &Step<'_>) -> bool {
    limit::spend(replay.steps.len());
    let thread = step.thread();
    let gives_up = |other: &Step<'_>, by: ThreadId, handle: Handle| {
        let drops = other.of.op == Op::End || matches!(other.of.op, Op::Drop { handle: h } if h == handle);
        drops && other.thread() == by && other.start <= step.start
    };
    let made = |other: &Step<'_>, handle: Handle| {
        let failed = other.pending() || matches!(other.of.ret, Ret::Err(_));
        other.of.op.creates() == Some(handle) && !failed && other.responded < step.start
    };
    let has = |handle: Handle| {
        let by = |by: ThreadId, steps: &[Step<'_>]| {
            steps.iter().any(|other| other.thread() == by && made(other, handle))
                && !steps.iter().any(|other| gives_up(other, by, handle))
        };
        by(thread, &replay.steps)
            || by(ThreadId(0), &replay.steps[..replay.init])
                && !replay.steps.iter().any(|other| gives_up(other, thread, handle))
    };
    step.of.op.needs().count() > 0 && step.of.op.needs().all(has)
}

/// A token's old value is what its set replaced.
fn old_values(replay: &Replay<'_>) -> Judgement {
    let asked = |step: &&Step<'_>| matches!(step.of.op, Op::TokenOld { .. }) && !step.pending();
    if !replay.steps.iter().any(|step| asked(&step)) {
        return Judgement::Holds;
    }
    let contents = Contents::new(replay, |_, _| ());
    for step in replay.steps.iter().filter(asked) {
        let (&Op::TokenOld { token: id }, &Ret::Old(old)) = (&step.of.op, &step.of.ret) else { continue };
        let Some(token) = replay.token(id).filter(|token| contents.known(token.ctx)) else { continue };
        let var = replay.contexts[token.ctx].writes[token.write].var;
        let replaced = |candidate| contents.row(token.ctx, candidate, token.write)[var];
        if !contents.candidates(token.ctx).any(|candidate| replaced(candidate) == old) {
            let right = words::either(contents.candidates(token.ctx).map(replaced).map(words::value));
            let (thread, old) = (step.thread(), words::value(old));
            let sentence = format!("{thread} got {old} as the old value of {id} although its set replaced {right}");
            return Judgement::refuted(Property::Api1, [step], sentence);
        }
    }
    Judgement::Holds
}
