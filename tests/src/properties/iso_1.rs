//! ISO-1: a get never returns a value that was bound in a context other than the thread's current one.
//!
//! A get may return its fallback, the variable's default, and what was bound to the variable in the current context, or
//! in a context that this one was copied from before the copy. Whether it is the *latest* such value is FRESH-1.

use super::replay::Replay;
use super::steps::Step;
use super::{Judgement, Property, words};
use crate::outcome::Outcome;
use contextvars_model::{Op, Ret, Val, VarId};

/// Judges every get on its own.
pub fn check(outcome: &Outcome) -> Judgement {
    let replay = Replay::new(outcome);
    let Some((step, (var, value))) = replay.steps.iter().find_map(|step| Some((step, foreign(&replay, step)?))) else {
        return Judgement::Holds;
    };
    if let Some(why) = replay.lost {
        return Judgement::Inconclusive(why);
    }
    let (thread, place) = (step.thread(), words::place(&replay, step));
    let bound = |same: bool| {
        let binds = |op: &Op| matches!(*op, Op::Set { var: v, value: x, .. } if x == value && (v == var) == same);
        replay.steps.iter().find(|other| binds(&other.of.op))
    };
    let (source, why) = match (bound(true), bound(false)) {
        (Some(set), _) if set.subject.is_some() && set.subject == step.current => {
            (Some(set), format!("{} binds it there only later", set.thread()))
        }
        (Some(set), _) => {
            let whose = if set.thread() == thread { "it".into() } else { set.thread().to_string() };
            let there = set.subject.map_or_else(|| "no context".into(), |c| words::context(replay.contexts[c].id));
            (Some(set), format!("only {whose} ever bound {value}, in {there}"))
        }
        (None, Some(set)) => (Some(set), format!("{value} was bound to another variable by {}", set.thread())),
        (None, None) => (None, format!("nobody ever bound {value}")),
    };
    let sentence = format!("{thread} read {value} from {var} in {place} although {why}");
    Judgement::refuted(Property::Iso1, [Some(step), source].into_iter().flatten(), sentence)
}

/// The variable and the value of a get that can have found no such binding.
pub(super) fn foreign(replay: &Replay<'_>, step: &Step<'_>) -> Option<(VarId, Val)> {
    let (&Op::Get { var, fallback }, &Ret::Value(value)) = (&step.of.op, &step.of.ret) else { return None };
    let default = replay.find_var(var).and_then(|index| replay.vars[index].1);
    let own = |ctx| replay.ever_bound(ctx, var, value, step.end);
    let sound = step.pending() || [fallback, default].contains(&Some(value)) || step.current.is_some_and(own);
    (!sound).then_some((var, value))
}
