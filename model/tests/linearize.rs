//! The fast checker against the definition.

mod common;

use common::{Random, Shape, mutate, sound};
use contextvars_model::brute::brute_force;
use contextvars_model::*;

/// Whether an order really explains a history: replayed on the model, without the checker.
fn explains(history: &History, order: &[usize]) -> bool {
    let Ok(mut state) = history.start() else { return false };
    let operations = &history.operations;
    let all = (0..operations.len()).all(|i| operations[i].is_pending() || order.contains(&i));
    let legal = (1..order.len()).all(|k| order[..k].iter().all(|&earlier| !history.before(order[k], earlier)));
    all && legal
        && order.iter().all(|&i| {
            let Operation { thread, op, ret, .. } = &operations[i];
            // A pending `next` may have delivered any binding; then what it was cannot be replayed without knowing it.
            step_observed(&mut state, *thread, op, Some(ret)) == *ret || operations[i].is_pending()
        })
}

#[test]
fn lin_1_fast_checker_agrees_with_brute_force() {
    let mut random = Random::new(1);
    let (mut found, mut refuted) = (0, 0);
    for round in 0..100_000 {
        let shape = Shape {
            vars: 2,
            shared: 1 + random.below(2) as u16,
            threads: 2 + random.below(3) as u16,
            operations: 2 + random.below(7),
            burst: 1 + random.below(3),
            width: random.pick(&[Some(500), Some(3_000), Some(100_000), None]),
            contended: random.one_in(3),
            wild: random.one_in(2),
        };
        let mut history = sound(&mut random, shape);
        let untouched = random.one_in(3);
        if !untouched {
            mutate(&mut random, &mut history);
        }
        let slow = brute_force(&history);
        match linearize(&history, u64::MAX) {
            Linearization::Found(order) => {
                found += 1;
                assert!(slow.is_some(), "round {round}: found {order:?} for\n{history}");
                let guessed = history.operations.iter().any(|o| o.is_pending() && matches!(o.op, Op::Next { .. }));
                assert!(guessed || explains(&history, &order), "round {round}: {order:?} is none for\n{history}");
            }
            Linearization::Refuted { longest, stuck } => {
                refuted += 1;
                assert!(!untouched, "round {round}: refuted\n{history}");
                assert_eq!(slow, None, "round {round}: refuted, longest {longest:?}, stuck {stuck:?}\n{history}");
                assert!(!stuck.is_empty());
                assert!(stuck.iter().all(|(i, ret)| history.operations[*i].ret != *ret), "round {round}");
            }
            Linearization::OutOfBudget { .. } => unreachable!("there is no budget"),
        }
    }
    println!("found {found}, refuted {refuted}");
    assert!(found > 20_000 && refuted > 20_000, "found {found}, refuted {refuted}");
}
