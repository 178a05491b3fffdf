//! FRESH-1: a get returns the latest binding in the current context.
//!
//! The latest binding follows from what the threads inside the context did, one after the other; if the context is a
//! copy made while another thread was inside its source, from the candidates that earlier reads have left. Reads of a
//! context by a thread inside it (lookup, items, …) find the latest bindings as well. A value that was never bound
//! there is ISO-1's.

use super::contents::{Contents, agrees, observes};
use super::replay::Replay;
use super::steps::Step;
use super::{Judgement, Property, iso_1, words};
use crate::outcome::Outcome;
use crate::scenario::{OpText, RetText};
use contextvars_model::{Error, Op, Ret, Val};

/// Predicts every read of a thread's own contexts.
pub fn check(outcome: &Outcome) -> Judgement {
    let replay = Replay::new(outcome);
    let outside = replay.steps.iter().find(|step| step.current.is_none() && !predicted(&replay, step, None));
    if let Some(step) = outside {
        let (thread, op, ret) = (step.thread(), OpText(&step.of.op), RetText(&step.of.ret));
        let sentence = format!("{thread} is in no context, where nothing is bound, and got {ret} for `{op}`");
        return Judgement::refuted(Property::Fresh1, [step], sentence);
    }
    let mut broken = None;
    let contents = Contents::new(&replay, |contents, ctx| {
        for &index in &replay.contexts[ctx].reads {
            let step = &replay.steps[index];
            let keep = |contents: &Contents<'_, '_>, candidate| {
                let row = contents.row(ctx, candidate, step.version);
                match step.of.op {
                    Op::Get { var, .. } => predicted(&replay, step, replay.find_var(var).and_then(|index| row[index])),
                    _ => agrees(&replay, step, row),
                }
            };
            let own = step.inside && (is_get(step) || observes(step));
            if own && !contents.retain(ctx, keep) {
                let earlier = broken.as_ref().is_none_or(|&(known, _)| index < known);
                if earlier {
                    broken = Some((index, sentence(&replay, contents, ctx, step)));
                }
                break;
            }
        }
    });
    if let Some((index, (sentence, set))) = broken {
        let steps = [Some(index), set].into_iter().flatten().map(|index| &replay.steps[index]);
        return Judgement::refuted(Property::Fresh1, steps, sentence);
    }
    let unknown = |step: &Step<'_>| is_get(step) && step.current.is_some_and(|ctx| !contents.known(ctx));
    match replay.lost {
        Some(why) => Judgement::Inconclusive(why),
        None if replay.steps.iter().any(unknown) => {
            contents.left_open("the contents of a context that was read are not known")
        }
        None => Judgement::Holds,
    }
}

fn is_get(step: &Step<'_>) -> bool {
    matches!(step.of.op, Op::Get { .. })
}

/// Whether a get answers as it must where that is bound, or has an answer that is not for this property to judge.
fn predicted(replay: &Replay<'_>, step: &Step<'_>, bound: Option<Val>) -> bool {
    let Op::Get { var, fallback } = step.of.op else { return true };
    let default = || replay.find_var(var).and_then(|index| replay.vars[index].1);
    let expected = bound.or(fallback).or_else(default);
    match step.of.ret {
        _ if step.pending() => true,
        Ret::Value(seen) => expected == Some(seen) || iso_1::foreign(replay, step).is_some(),
        Ret::Err(Error::Unbound) => expected.is_none(),
        Ret::Err(Error::Panicked) => expected.is_some_and(|value| replay.clone_panics(value)),
        _ => true,
    }
}

/// What broke, and the step that made the binding which should have been found.
fn sentence(replay: &Replay<'_>, contents: &Contents<'_, '_>, ctx: usize, step: &Step<'_>) -> (String, Option<usize>) {
    let (thread, place) = (step.thread(), words::context(replay.contexts[ctx].id));
    let (Op::Get { var, .. } | Op::Lookup { var, .. } | Op::Contains { var, .. }) = step.of.op else {
        let rows = contents.candidates(ctx).map(|candidate| contents.row(ctx, candidate, step.version));
        let bound = |row: &[Option<Val>]| {
            words::bindings(replay.vars.iter().zip(row).filter_map(|(&(var, _), value)| Some((var, (*value)?))))
        };
        let (op, ret, rows) = (OpText(&step.of.op), RetText(&step.of.ret), words::either(rows.map(bound)));
        return (format!("{thread}, inside {place}, got {ret} for `{op}` although it contains {rows}"), None);
    };
    let Some(index) = replay.find_var(var) else { return (String::new(), None) };
    let rows = || contents.candidates(ctx).map(|candidate| contents.row(ctx, candidate, step.version)[index]);
    let writes = &replay.contexts[ctx].writes[..step.version];
    let latest = writes.iter().rev().find(|write| write.var == index).map(|write| write.step);
    let by = latest.map_or(String::new(), |set| {
        let Step { of, .. } = replay.steps[set];
        let verb = if matches!(of.op, Op::Set { .. }) { "set" } else { "reset" };
        format!(" ({verb} by {})", of.thread)
    });
    let is = words::either(rows().map(words::value));
    let seen = match step.of.ret {
        Ret::Value(seen) if replay.ever_bound(ctx, var, seen, step.end) => {
            format!("the stale value {seen} from {var} in {place}: it was bound there before")
        }
        Ret::Value(seen) => format!("{seen} from {var} in {place}, which is not bound there"),
        _ => format!("{} from {var} in {place}", RetText(&step.of.ret)),
    };
    (format!("{thread} read {seen}; the latest binding is {is}{by}"), latest)
}
