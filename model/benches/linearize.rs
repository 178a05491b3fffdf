//! How many operations of a history the checker decides in a second, on one core: `cargo bench -p contextvars-model`.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Random, Shape, mutate, sound};
use contextvars_model::{Linearization, linearize};
use std::time::Instant;

const HISTORIES: usize = 300;
const BUDGET: u64 = 20_000_000;

fn main() {
    let shape = Shape {
        vars: 4,
        shared: 3,
        threads: 4,
        operations: 200,
        burst: 1,
        width: Some(3_000),
        contended: false,
        wild: false,
    };
    let shapes = [
        ("short intervals", shape),
        ("long intervals", Shape { width: Some(1_000_000), ..shape }),
        ("bursts of 5", Shape { burst: 5, width: Some(1_000_000), ..shape }),
        ("bursts of 12", Shape { burst: 12, width: Some(1_000_000), ..shape }),
        ("all contexts shared by all, one of each", Shape { shared: 1, burst: 5, width: Some(1_000_000), ..shape }),
        ("only races, 3 contexts", Shape { contended: true, width: Some(1_000_000), ..shape }),
        ("only races, 3 contexts, bursts of 5", Shape { contended: true, burst: 5, width: Some(1_000_000), ..shape }),
        ("only races, 1 context", Shape { contended: true, shared: 1, width: Some(1_000_000), ..shape }),
        (
            "only races, 1 context, bursts of 5",
            Shape { contended: true, shared: 1, burst: 5, width: Some(1_000_000), ..shape },
        ),
        ("no real time", Shape { width: None, ..shape }),
    ];
    let mut args = std::env::args().filter_map(|a| a.parse::<usize>().ok());
    let only = args.next();
    println!(
        "{:42} {:>8} {:>8} {:>9} {:>12} {:>12} {:>10}",
        "4 threads x 50", "sound", "refuted", "unknown", "op/s", "steps/op", "worst ms"
    );
    for (i, (name, shape)) in shapes.into_iter().enumerate() {
        if only.is_some_and(|o| o != i) {
            continue;
        }
        for unsound in [false, true] {
            let mut random = Random::new(7);
            let histories: Vec<_> = (0..HISTORIES)
                .map(|_| {
                    let mut history = sound(&mut random, shape);
                    if unsound {
                        mutate(&mut random, &mut history);
                    }
                    history
                })
                .collect();
            let (mut found, mut refuted, mut unknown, mut worst) = (0, 0, 0, 0.0_f64);
            let start = Instant::now();
            for history in &histories {
                let start = Instant::now();
                match linearize(history, BUDGET) {
                    Linearization::Found(_) => found += 1,
                    Linearization::Refuted { .. } => refuted += 1,
                    Linearization::OutOfBudget { .. } => unknown += 1,
                }
                worst = worst.max(start.elapsed().as_secs_f64() * 1e3);
            }
            let seconds = start.elapsed().as_secs_f64();
            let rate = (HISTORIES * shape.operations) as f64 / seconds;
            println!("{name:42} {found:>8} {refuted:>8} {unknown:>9} {rate:>12.0} {:>12} {worst:>10.2}", "");
        }
    }
}
