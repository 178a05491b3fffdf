//! SNAP-2: a reader of another thread's context sees one version that was current between its invocation and its
//! response, never a mixture, and never goes back to an older version than one it has seen.
//!
//! Judged are the reads of contexts that the reader is not inside of (what is seen of a copy before it is entered is
//! SNAP-1's), and copies made by such a thread, through what they show before they are entered.

use super::contents::{Contents, Facts, Row, agrees, observes};
use super::replay::Replay;
use super::steps::Step;
use super::{Judgement, Property, snap_1, words};
use crate::outcome::Outcome;
use crate::scenario::{OpText, RetText};
use contextvars_model::ThreadId;

/// Judges every such read, reader by reader.
pub fn check(outcome: &Outcome) -> Judgement {
    let replay = Replay::new(outcome);
    let (mut broken, mut judged) = (None, 0);
    let contents = Contents::new(&replay, |contents, ctx| {
        let reads = foreign(&replay, ctx);
        judged += reads.len();
        if reads.is_empty() {
            return;
        }
        let fails = |contents: &Contents<'_, '_>, candidate| first_failure(&replay, contents, ctx, candidate, &reads);
        if !contents.retain(ctx, |contents, candidate| fails(contents, candidate).is_none()) {
            let furthest = contents.candidates(ctx).filter_map(|c| fails(contents, c)).max_by_key(|f| f.read);
            broken = broken.take().or_else(|| Some((ctx, furthest?)));
        }
    });
    if let Some((ctx, failure)) = broken {
        let (steps, sentence) = describe(&replay, &contents, ctx, failure);
        return Judgement::refuted(Property::Snap2, steps.into_iter().map(|i| &replay.steps[i]), sentence);
    }
    let all = (0..replay.contexts.len()).map(|ctx| foreign(&replay, ctx).len()).sum::<usize>();
    match replay.lost {
        Some(why) => Judgement::Inconclusive(why),
        None if all > judged => contents.left_open("the contents of a context that was read are not known"),
        None => Judgement::Holds,
    }
}

/// A read: the step, and for a copy what the copy showed.
struct Read {
    step: usize,
    shown: Option<(Facts, usize)>,
}

impl Read {
    fn fits(&self, replay: &Replay<'_>, row: &Row) -> bool {
        match &self.shown {
            Some((facts, _)) => facts.allow(row),
            None => agrees(replay, &replay.steps[self.step], row),
        }
    }
}

/// The reads of a context by threads outside it, by invocation.
fn foreign(replay: &Replay<'_>, ctx: usize) -> Vec<Read> {
    let context = &replay.contexts[ctx];
    let pristine = if context.source.is_some() { replay.first_entered(ctx) } else { 0 };
    let read = |&index: &usize| {
        let step = &replay.steps[index];
        if observes(step) {
            return (!step.inside && step.end >= pristine).then_some(Read { step: index, shown: None });
        }
        if !snap_1::copies_from_outside(step) {
            return None;
        }
        let copy = replay.contexts.iter().position(|copy| copy.made == index && copy.source.is_some())?;
        let mut facts = Facts::none(replay);
        let mut witness = None;
        for seen in snap_1::observations(replay, copy) {
            facts.observe(replay, &replay.steps[seen]);
            witness = Some(seen);
        }
        let consistent = witness.filter(|_| !facts.contradictory); // else the copy has changed: SNAP-1
        consistent.map(|witness| Read { step: index, shown: Some((facts, witness)) })
    };
    context.reads.iter().filter_map(read).collect()
}

/// A read that no version explains.
struct Failure {
    /// Its index among the reads of the context.
    read: usize,
    step: usize,
    witness: Option<usize>,
    candidate: usize,
    /// The oldest version that the reader may have seen last before, and the read that showed it.
    before: (usize, Option<usize>),
}

/// Explains the reads one by one, each by the oldest version that does it: what a later read needs is then least.
fn first_failure(
    replay: &Replay<'_>,
    contents: &Contents<'_, '_>,
    ctx: usize,
    candidate: usize,
    reads: &[Read],
) -> Option<Failure> {
    let mut seen: Vec<(ThreadId, usize, usize)> = Vec::with_capacity(4);
    for (index, read) in reads.iter().enumerate() {
        let thread = replay.steps[read.step].thread();
        let at = seen.iter().position(|&(id, ..)| id == thread);
        let before = at.map_or((0, None), |at| (seen[at].1, Some(seen[at].2)));
        let (first, last) = replay.current_during(ctx, read.step);
        let explains = |&version: &usize| read.fits(replay, contents.row(ctx, candidate, version));
        let Some(version) = (first.max(before.0)..=last).find(explains) else {
            let witness = read.shown.as_ref().map(|&(_, witness)| witness);
            return Some(Failure { read: index, step: read.step, witness, candidate, before });
        };
        match at {
            Some(at) => seen[at] = (thread, version, read.step),
            None => seen.push((thread, version, read.step)),
        }
    }
    None
}

fn describe(replay: &Replay<'_>, contents: &Contents<'_, '_>, ctx: usize, failure: Failure) -> (Vec<usize>, String) {
    let Failure { step, witness, candidate, before, .. } = failure;
    let shows: &Step<'_> = &replay.steps[witness.unwrap_or(step)];
    let reads = foreign(replay, ctx);
    let fits = |version: &usize| {
        let row = contents.row(ctx, candidate, *version);
        reads.iter().find(|read| read.step == step).is_some_and(|read| read.fits(replay, row))
    };
    let (first, last) = replay.current_during(ctx, step);
    let versions = replay.contexts[ctx].writes.len();
    let (thread, id) = (replay.steps[step].thread(), words::context(replay.contexts[ctx].id));
    let (op, ret) = (OpText(&shows.of.op), RetText(&shows.of.ret));
    let what = match witness {
        None => format!("{thread} got {ret} for `{op}`"),
        Some(_) => format!("{thread} copied {id}, and the copy answered {ret} to `{op}`"),
    };
    let why = if (first..=last).any(|version| fits(&version)) {
        format!("a version of {id} older than the one it had seen before")
    } else if (0..first).any(|version| fits(&version)) {
        format!("a version of {id} that had been replaced before")
    } else if (last + 1..=versions).any(|version| fits(&version)) {
        format!("a version of {id} that did not exist yet")
    } else {
        format!("what no version of {id} ever was")
    };
    let possible = words::either((first.max(before.0).min(last)..=last).map(|version| {
        let row = contents.row(ctx, candidate, version);
        words::bindings(replay.vars.iter().zip(row).filter_map(|(&(var, _), value)| Some((var, (*value)?))))
    }));
    let steps = [Some(step), witness, before.1].into_iter().flatten().collect();
    (steps, format!("{what}: {why}; it contained {possible} then"))
}
