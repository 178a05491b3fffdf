//! TOK-1: a token resets at most once, only its own variable, only in its own context.

use super::replay::Replay;
use super::steps::{Step, Token};
use super::{Judgement, Property, words};
use crate::limit;
use crate::outcome::Outcome;
use contextvars_model::{Error, Op, TokId};

/// Judges all resets of each token.
pub fn check(outcome: &Outcome) -> Judgement {
    let replay = Replay::new(outcome);
    if let Some(why) = replay.lost_track() {
        return Judgement::Inconclusive(why);
    }
    for step in replay.steps.iter().filter(|step| matches!(step.of.op, Op::Reset { .. })) {
        let Op::Reset { var, token: id } = step.of.op else { continue };
        let Some(token) = replay.token(id) else { continue };
        let thread = step.thread();
        let violated = |with: &Step<'_>, sentence: String| Judgement::refuted(Property::Tok1, [step, with], sentence);
        let made = &replay.steps[replay.contexts[token.ctx].writes[token.write].step];
        if step.done() {
            if var != token.var {
                return violated(made, format!("{thread} reset {var} by {id}, which belongs to {}", token.var));
            }
            if step.current != Some(token.ctx) {
                let (here, there) = (words::place(&replay, step), words::context(replay.contexts[token.ctx].id));
                return violated(made, format!("{thread}, in {here}, reset {var} by {id}, which was made in {there}"));
            }
            if let Some(other) = others(&replay, step, id).find(|other| other.done()) {
                let sentence = format!("{} was accepted twice: by {} and by {}", id, thread, other.thread());
                return violated(other, sentence);
            }
        } else if step.fails(Error::TokenUsed) && !others(&replay, step, id).any(|other| may_use(other, step, token)) {
            return violated(
                made,
                format!("{thread} was told that {id} had been used although no reset had succeeded"),
            );
        }
    }
    Judgement::Holds
}

/// The other resets with a token.
pub(super) fn others<'r, 'a>(
    replay: &'r Replay<'a>,
    step: &'r Step<'a>,
    id: TokId,
) -> impl Iterator<Item = &'r Step<'a>> {
    limit::spend(replay.steps.len());
    let same = move |other: &&Step<'_>| matches!(other.of.op, Op::Reset { token, .. } if token == id);
    replay.steps.iter().filter(same).filter(move |other| !std::ptr::eq(*other, step))
}

/// Whether a reset may have used the token before a step ended.
pub(super) fn may_use(reset: &Step<'_>, step: &Step<'_>, token: &Token) -> bool {
    let Op::Reset { var, .. } = reset.of.op else { return false };
    reset.start <= step.end && (reset.done() || reset.pending() && var == token.var)
}
