//! MEM-1 at quiet moments: where nobody is inside an operation, exactly those values exist that something holds.
//!
//! What is held follows from the model, if the order of the operations is known. Every operation lies wholly before a
//! quiet moment or wholly after it, so an order of all that explains the answers (LIN-1) explains each moment, too. The
//! history is sound here if *some* order explains answers and moments. Mostly that in which the operations responded
//! does, and nothing is searched.
//!
//! Not judged: user code, which runs inside operations, and values that hold objects.

use super::{Judgement, Property};
use crate::limit;
use crate::outcome::{Outcome, Quiet};
use crate::scenario::OpText;
use contextvars_model::history::{History, Operation};
use contextvars_model::{Specs, State, Val, step_observed};
use std::collections::{BTreeSet, HashSet};

/// Steps of the model that one search may take.
const BUDGET: u64 = 20_000;

/// Quiet moments that are looked at: all of a small execution, some of a large one, in which each takes longer.
const MOMENTS: usize = 64;

/// Looks at the quiet moments.
pub(super) fn check(outcome: &Outcome) -> Judgement {
    let history = &outcome.history;
    let all = &outcome.ledger.quiet;
    let quiet: Vec<&Quiet> = sample(all).into_iter().filter(|quiet| is_between(history, quiet)).collect();
    let quiet = &quiet[..];
    if quiet.is_empty() || acts(&history.specs) || history.operations.iter().any(Operation::is_pending) {
        return Judgement::Holds;
    }
    let Ok(start) = history.start() else { return not_explained() };
    let by_response = in_order_of_response(history, quiet, start.clone());
    if by_response == Walk::Explains {
        return Judgement::Holds;
    }
    let mut search = Search { history, quiet, lanes: history.lanes().into_values().collect(), left: BUDGET };
    if search.explained(start.clone(), true).is_some() {
        return Judgement::Holds;
    }
    let differs = match by_response {
        Walk::Differs(differs) => Some(differs),
        _ => search.explained(start, false).flatten(),
    };
    match differs {
        _ if search.left == 0 => Judgement::Inconclusive("the search for an order that explains when values died"),
        Some((moment, values)) => refuted(history, quiet[moment], &values),
        None => not_explained(),
    }
}

/// The moments to be looked at. In a large execution they are those beside a death: a value that lives too long is seen
/// in the last moment before it dies, and one that dies too early in the first moment after that. The last moment of
/// all is always among them: what lingers mostly does so to the end.
fn sample(all: &[Quiet]) -> Vec<&Quiet> {
    let dies_after = |at: usize| match all.get(at..at + 2) {
        Some([before, after]) => before.live.iter().any(|value| after.live.binary_search(value).is_err()),
        _ => false,
    };
    let is_telling = |at: &usize| all.len() <= MOMENTS || dies_after(*at) || *at > 0 && dies_after(*at - 1);
    let last = all.len().saturating_sub(1);
    let telling: Vec<usize> = (0..last).filter(is_telling).collect();
    let few = telling.iter().rev().step_by(telling.len().div_ceil(MOMENTS).max(1)).rev();
    few.map(|&at| &all[at]).chain(all.last()).collect()
}

fn not_explained() -> Judgement {
    Judgement::Inconclusive("no order of the operations explains the answers, which LIN-1 judges")
}

/// Whether all operations but the one that responded then lie wholly before the moment or wholly after it. The clock of
/// real threads may show the same time twice.
fn is_between(history: &History, quiet: &Quiet) -> bool {
    let touches = |operation: &&Operation| operation.invoked <= quiet.at && operation.responded >= quiet.at;
    history.operations.iter().filter(touches).count() <= 1
}

/// Whether values or watchers do something, or hold something.
fn acts(specs: &Specs) -> bool {
    let value = |spec: &contextvars_model::ValueSpec| {
        !spec.holds.is_empty() || spec.code().into_iter().any(|code| !code.is_empty())
    };
    specs.values.values().any(value) || specs.watchers.values().any(|code| !code.is_empty())
}

/// How what exists differs from what is held: a quiet moment, and what is held then.
type Difference = (usize, BTreeSet<Val>);

#[derive(PartialEq)]
enum Walk {
    Explains,
    /// The answers, but not this moment.
    Differs(Difference),
    /// Not even the answers.
    Answers,
}

/// The values that something holds.
fn held(state: &State) -> BTreeSet<Val> {
    state.reachable().values
}

fn agrees(state: &State, quiet: &Quiet) -> Result<(), BTreeSet<Val>> {
    let (held, mut live) = (held(state), quiet.live.clone());
    live.dedup();
    if held.iter().eq(&live) { Ok(()) } else { Err(held) }
}

fn in_order_of_response(history: &History, quiet: &[&Quiet], mut state: State) -> Walk {
    let mut order: Vec<&Operation> = history.operations.iter().collect();
    order.sort_by_key(|operation| operation.responded);
    let (mut moments, mut differs) = (quiet.iter().enumerate().peekable(), None);
    let mut pass = |state: &State, until: Option<u64>| {
        while let Some((moment, quiet)) = moments.next_if(|(_, quiet)| until.is_none_or(|until| quiet.at < until)) {
            if let (None, Err(held)) = (&differs, agrees(state, quiet)) {
                differs = Some((moment, held));
            }
        }
    };
    for operation in order {
        limit::spend(1);
        pass(&state, Some(operation.responded));
        let Operation { thread, op, ret, .. } = operation;
        if step_observed(&mut state, *thread, op, Some(ret)) != *ret {
            return Walk::Answers;
        }
    }
    pass(&state, None);
    differs.map_or(Walk::Explains, Walk::Differs)
}

/// A depth-first search for an order.
struct Search<'a> {
    history: &'a History,
    quiet: &'a [&'a Quiet],
    lanes: Vec<Vec<usize>>,
    /// Steps of the model that may still be taken.
    left: u64,
}

struct Configuration {
    at: Vec<usize>,
    passed: usize,
    state: State,
    /// How the first moment that does not agree differs, where that is allowed.
    differs: Option<Difference>,
}

impl<'a> Search<'a> {
    /// The end of an order that explains the answers and, if `strict`, every moment: how it differs.
    fn explained(&mut self, state: State, strict: bool) -> Option<Option<Difference>> {
        let at = vec![0; self.lanes.len()];
        let mut open = vec![Configuration { at, passed: 0, state, differs: None }];
        let mut visited = HashSet::new();
        while let Some(mut here) = open.pop() {
            let next: Vec<(usize, &'a Operation)> = self.next(&here.at);
            let begun = next.iter().map(|(_, operation)| operation.invoked).min().unwrap_or(u64::MAX);
            let unfinished = next
                .iter()
                .any(|(_, operation)| self.quiet.get(here.passed).is_some_and(|quiet| operation.responded <= quiet.at));
            if !unfinished && self.quiet.get(here.passed).is_some_and(|quiet| quiet.at < begun) {
                let moment = here.passed;
                here.passed += 1;
                match agrees(&here.state, self.quiet[moment]) {
                    Err(_) if strict => continue,
                    Err(held) => here.differs = here.differs.or(Some((moment, held))),
                    Ok(()) => {}
                }
                open.push(here);
                continue;
            }
            if next.is_empty() {
                return Some(here.differs);
            }
            if !visited.insert((here.at.clone(), here.passed, here.state.clone())) {
                continue;
            }
            let first = next.iter().map(|(_, operation)| operation.responded).min().unwrap_or(u64::MAX);
            for &(lane, operation) in next.iter().filter(|(_, operation)| operation.invoked <= first) {
                limit::spend(1);
                self.left = self.left.saturating_sub(1);
                if self.left == 0 {
                    return None;
                }
                let Operation { thread, op, ret, .. } = operation;
                let mut state = here.state.clone();
                if step_observed(&mut state, *thread, op, Some(ret)) == *ret {
                    let mut at = here.at.clone();
                    at[lane] += 1;
                    open.push(Configuration { at, passed: here.passed, state, differs: here.differs.clone() });
                }
            }
        }
        None
    }

    fn next(&self, at: &[usize]) -> Vec<(usize, &'a Operation)> {
        let history: &'a History = self.history;
        let of = |(lane, &at): (usize, &usize)| Some((lane, &history.operations[*self.lanes[lane].get(at)?]));
        at.iter().enumerate().filter_map(of).collect()
    }
}

fn refuted(history: &History, quiet: &Quiet, held: &BTreeSet<Val>) -> Judgement {
    let last = history.operations.iter().filter(|operation| operation.responded <= quiet.at);
    let last = last.max_by_key(|operation| operation.responded);
    let when = last.map_or("when the threads began".to_owned(), |operation| {
        format!(
            "after `{}` of {} had responded, with nobody inside an operation",
            OpText(&operation.op),
            operation.thread
        )
    });
    let sentence = match quiet.live.iter().find(|value| !held.contains(value)) {
        Some(value) => format!("value {value} still existed {when}, although nothing held it any more"),
        None => {
            let gone = held.iter().find(|value| !quiet.live.contains(value));
            let gone = gone.map_or("a value".to_owned(), |value| format!("value {value}"));
            format!("{gone} was gone {when}, although something still held it")
        }
    };
    Judgement::refuted_by(Property::Mem1, last.cloned().into_iter().collect(), sentence)
}
