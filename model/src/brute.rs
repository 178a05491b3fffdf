//! The definition of linearizability, executed: every order, by plain cloning. Exponential, for at most about eight
//! operations; the oracle for [`linearize`](mod@crate::linearize), with which it shares neither search nor reduction.

use crate::history::History;
use crate::state::State;
use crate::step::step_observed;

/// Some order of the operations that have taken effect which respects program order and real time (Herlihy & Wing 1990)
/// and in which the model answers as recorded, if there is one.
///
/// It does not ask whether operations responded before they were invoked.
pub fn brute_force(history: &History) -> Option<Vec<usize>> {
    let all: Vec<usize> = (0..history.operations.len()).collect();
    extend(history, &history.start().ok()?, &all, &[])
}

/// Such an order that begins with `order`, after which the model is in `state`, and goes on with those that are `left`.
fn extend(history: &History, state: &State, left: &[usize], order: &[usize]) -> Option<Vec<usize>> {
    let first = |&i: &usize| !left.iter().any(|&other| history.before(other, i));
    let next = |i: usize| {
        let operation = &history.operations[i];
        let rest: Vec<usize> = left.iter().copied().filter(|&other| other != i).collect();
        operation.outcomes(state).into_iter().find_map(|outcome| {
            let Some(observed) = outcome else { return extend(history, state, &rest, order) };
            let mut state = state.clone();
            let answer = step_observed(&mut state, operation.thread, &operation.op, Some(&observed));
            let right = operation.is_pending() || answer == observed;
            right.then(|| extend(history, &state, &rest, &[order, &[i]].concat()))?
        })
    };
    if left.is_empty() { Some(order.to_vec()) } else { left.iter().copied().filter(first).find_map(next) }
}
