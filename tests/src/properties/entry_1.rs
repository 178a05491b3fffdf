//! ENTRY-1: a context is active in at most one thread, once; the loser gets the error.
//!
//! Two stays in one context that both certainly lasted at one moment break it; so does a refusal when nobody can have
//! been inside. So does an enter that the exit before does not happen before: who is inside next would race with what
//! was done there. That the loser changes nothing shows in what it does afterwards, which the other properties judge.

use super::replay::Replay;
use super::steps::{Ctx, Step, Visit};
use super::{Judgement, Property, words};
use crate::outcome::Outcome;
use contextvars_model::{Error, Op};

/// Compares all visits of each context.
pub fn check(outcome: &Outcome) -> Judgement {
    let replay = Replay::new(outcome);
    if let Some(why) = replay.lost_track() {
        return Judgement::Inconclusive(why);
    }
    if let Some((ctx, earlier, later)) = replay.contexts.iter().find_map(|ctx| twice(&replay, ctx)) {
        let id = words::context(ctx.id);
        let sentence = match earlier.thread == later.thread {
            true => format!("{} entered {id} although it was inside it already", later.thread),
            false => format!("{} entered {id} while {} was inside it", later.thread, earlier.thread),
        };
        let steps = [later.enter, earlier.enter].map(|index| &replay.steps[index]);
        return Judgement::refuted(Property::Entry1, steps, sentence);
    }
    if let Some(&(thread, ctx)) = outcome.ledger.unordered.first() {
        let entered = |step: &&Step<'_>| {
            step.thread() == thread && step.done() && matches!(step.of.op, Op::Enter { ctx: c } if c == ctx)
        };
        let sentence = format!(
            "{thread} entered {} and does not see what the thread inside before did there: the exit does not happen \
             before the enter",
            words::context(ctx)
        );
        return Judgement::refuted(Property::Entry1, replay.steps.iter().filter(entered), sentence);
    }
    for step in replay.steps.iter().filter(|step| step.fails(Error::AlreadyEntered)) {
        let (Op::Enter { .. }, Some(ctx)) = (&step.of.op, step.subject) else { continue };
        let context = &replay.contexts[ctx];
        let possible = |visit: &Visit| {
            let (from, to) = replay.at_most(visit);
            from <= step.end && to >= step.start
        };
        if !context.visits.iter().any(possible) {
            let (thread, id) = (step.thread(), words::context(context.id));
            let sentence = format!("{thread} could not enter {id} although nobody was inside it");
            return Judgement::refuted(Property::Entry1, [step], sentence);
        }
    }
    Judgement::Holds
}

/// Two visits that overlap for certain. In the order of their beginnings neighbours do if any two do.
fn twice<'r>(replay: &Replay<'_>, ctx: &'r Ctx) -> Option<(&'r Ctx, &'r Visit, &'r Visit)> {
    let overlap = |pair: &&[Visit]| replay.at_least(&pair[0]).1 > replay.at_least(&pair[1]).0;
    let pair = ctx.visits.windows(2).filter(|_| ctx.overlap).find(overlap)?;
    Some((ctx, &pair[0], &pair[1]))
}
