//! SNAP-1: the contents of a copied context never change through operations on anything else.
//!
//! Until somebody enters a copy, everything that is observed of it, from whichever thread, must agree with one content,
//! and its source must have had that content at the copy. An iterator is a snapshot too: it delivers exactly the
//! bindings of the version that it was started on, each once over all threads that share it.

use super::contents::{Contents, Facts, Row, agrees, observes};
use super::replay::Replay;
use super::steps::{Iter, Step};
use super::{Judgement, Property, words};
use crate::outcome::Outcome;
use crate::scenario::{OpText, RetText};
use contextvars_model::{Op, Ret, Val, VarId};

/// Judges every copy until it is entered, and every iterator.
pub fn check(outcome: &Outcome) -> Judgement {
    let replay = Replay::new(outcome);
    let (mut broken, mut judged) = (None, 0);
    let contents = Contents::new(&replay, |contents, ctx| {
        let mut first = None;
        for index in observations(&replay, ctx) {
            let step = &replay.steps[index];
            judged += 1;
            let before = first.get_or_insert(index);
            if !contents.retain(ctx, |contents, candidate| agrees(&replay, step, contents.row(ctx, candidate, 0))) {
                broken = broken.take().or_else(|| Some(changed(&replay, contents, ctx, index, *before)));
                break;
            }
        }
    });
    if let Some((steps, sentence)) = broken {
        return Judgement::refuted(Property::Snap1, steps.iter().map(|&index| &replay.steps[index]), sentence);
    }
    for iter in &replay.iters {
        if let Some((steps, sentence)) = iterated(&replay, &contents, iter) {
            return Judgement::refuted(Property::Snap1, steps, sentence);
        }
    }
    let observed = (0..replay.contexts.len()).map(|ctx| observations(&replay, ctx).count()).sum::<usize>();
    let unknown = |iter: &Iter| replay.steps[iter.made].subject.is_some_and(|ctx| !contents.known(ctx));
    match replay.lost {
        Some(why) => Judgement::Inconclusive(why),
        None if observed > judged || replay.iters.iter().any(unknown) => {
            contents.left_open("the contents of the source of a copy are not known")
        }
        None => Judgement::Holds,
    }
}

/// What was observed of a copy before anybody can have entered it; nothing if the context is not a copy.
pub(super) fn observations<'r>(replay: &'r Replay<'_>, ctx: usize) -> impl Iterator<Item = usize> + use<'r> {
    let context = &replay.contexts[ctx];
    let entered = if context.source.is_some() { replay.first_entered(ctx) } else { 0 };
    let counts = move |step: &Step<'_>| observes(step) && step.end < entered;
    context.reads.iter().copied().filter(move |&index| counts(&replay.steps[index]))
}

/// The sentence for an observation that no candidate allows, and the steps that show it.
fn changed(
    replay: &Replay<'_>,
    contents: &Contents<'_, '_>,
    ctx: usize,
    index: usize,
    before: usize,
) -> (Vec<usize>, String) {
    let (context, step) = (&replay.contexts[ctx], &replay.steps[index]);
    let (thread, op, ret) = (step.thread(), OpText(&step.of.op), RetText(&step.of.ret));
    let rows = words::either(contents.candidates(ctx).map(|candidate| show(replay, contents.row(ctx, candidate, 0))));
    let (id, source) = (words::context(context.id), context.source.map(|source| replay.contexts[source.ctx].id));
    let source = source.map_or_else(String::new, words::context);
    let sentence = format!(
        "{thread} got {ret} for `{op}` although nobody had entered {id} and it holds {rows}, as {source} did when \
         it was copied"
    );
    let steps = if before == index { vec![index, context.made] } else { vec![index, before, context.made] };
    (steps, sentence)
}

fn show(replay: &Replay<'_>, row: &Row) -> String {
    words::bindings(replay.vars.iter().zip(row).filter_map(|(&(var, _), value)| Some((var, (*value)?))))
}

type Found<'r, 'a> = (Vec<&'r Step<'a>>, String);

fn iterated<'r, 'a>(replay: &'r Replay<'a>, contents: &Contents<'r, 'a>, iter: &Iter) -> Option<Found<'r, 'a>> {
    let made = &replay.steps[iter.made];
    let ctx = made.subject?;
    let mut facts = Facts::none(replay);
    let mut delivered: Vec<(&Step<'a>, (VarId, Val))> = Vec::new();
    let mut ended: Option<&Step<'a>> = None;
    let mut certain = true;
    for step in iter.nexts.iter().map(|&index| &replay.steps[index]) {
        let thread = step.thread();
        match step.of.ret {
            _ if step.pending() => certain = false,
            Ret::Item(None) => ended = [ended, Some(step)].into_iter().flatten().min_by_key(|step| step.end),
            Ret::Item(Some(item)) => {
                if let Some((other, _)) = delivered.iter().find(|(_, (var, _))| *var == item.0) {
                    let sentence =
                        format!("{} delivered {} twice: to {thread} and to {}", iter.id, item.0, other.thread());
                    return Some((vec![step, other], sentence));
                }
                facts.bound(replay, item);
                delivered.push((step, item));
            }
            _ => {}
        }
    }
    let late =
        ended.and_then(|end| delivered.iter().find(|(step, _)| step.start > end.end).map(|(step, _)| (end, step)));
    if let Some((end, step)) = late {
        let (thread, ret) = (step.thread(), RetText(&step.of.ret));
        let sentence = format!("{thread} got {ret} from {} after {} had seen its end", iter.id, end.thread());
        return Some((vec![step, end], sentence));
    }
    if ended.is_some() && certain {
        facts.count(delivered.len());
    }
    if !contents.known(ctx) || delivered.is_empty() && ended.is_none() {
        return None;
    }
    let (first, last) = replay.found_by(ctx, iter.made);
    let rows = || {
        let versions = |candidate| (first..=last).map(move |version| (candidate, version));
        contents.candidates(ctx).flat_map(versions).map(|(candidate, version)| contents.row(ctx, candidate, version))
    };
    if rows().any(|row| facts.allow(row)) {
        return None;
    }
    let within = |row: &Row, (var, value): (VarId, Val)| replay.find_var(var).is_some_and(|i| row[i] == Some(value));
    let stranger = delivered.iter().find(|&&(_, item)| !rows().any(|row| within(row, item)));
    let (all, named) = (words::either(rows().map(|row| show(replay, row))), words::context(replay.contexts[ctx].id));
    Some(match stranger {
        Some((step, (var, value))) => {
            let thread = step.thread();
            let sentence =
                format!("{thread} got {var}: {value} from {}, started when {named} contained {all}", iter.id);
            (vec![step, made], sentence)
        }
        None => {
            let got = words::bindings(delivered.iter().map(|&(_, item)| item));
            let sentence = format!("{} delivered {got} although {named} contained {all} when it was started", iter.id);
            (ended.into_iter().chain([made]).collect(), sentence)
        }
    })
}

/// Whether a step copies a context that its thread is not inside of.
pub(super) fn copies_from_outside(step: &Step<'_>) -> bool {
    matches!(step.of.op, Op::Copy { .. }) && !step.inside && step.done()
}
