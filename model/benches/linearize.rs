//! How many operations of a history the checker decides in a second, on one core: `cargo bench -p contextvars-model`.
//! A number as argument picks one of the shapes.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Random, Shape, mutate, sound};
use contextvars_model::{Linearization, linearize};
use std::time::{Duration, Instant};

const HISTORIES: usize = 500;
const BUDGET: u64 = 100_000;

fn main() {
    let plain = Shape {
        vars: 4,
        shared: 3,
        threads: 4,
        operations: 200,
        burst: 1,
        width: Some(1_000_000), // an operation lasts until about the middle between its thread's neighbouring ones
        contended: false,
        wild: false,
    };
    let races = Shape { contended: true, ..plain };
    let shapes = [
        ("all operations, short intervals", Shape { width: Some(1_000), ..plain }),
        ("all operations", plain),
        ("all operations, bursts of 5", Shape { burst: 5, ..plain }),
        ("all operations, bursts of 12", Shape { burst: 12, ..plain }),
        ("all operations, 1 shared context", Shape { shared: 1, burst: 5, ..plain }),
        ("only races on 3 contexts", races),
        ("only races on 3 contexts, bursts of 5", Shape { burst: 5, ..races }),
        ("only races on 1 context", Shape { shared: 1, ..races }),
        ("only races on 1 context, bursts of 5", Shape { shared: 1, burst: 5, ..races }),
        ("only races on 1 context, 8 threads", Shape { shared: 1, threads: 8, operations: 400, ..races }),
        ("nested and pending operations, ends", Shape { wild: true, burst: 2, ..plain }),
        ("no real time at all, 4 x 10", Shape { width: None, operations: 40, ..plain }),
    ];
    let only: Option<usize> = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    println!("{:40} {:>9}: explained refuted unknown {:>9} {:>10}", "threads x 50 operations", "", "op/s", "slowest");
    for (index, (name, shape)) in shapes.into_iter().enumerate() {
        for kind in ["sound", "one wrong"] {
            if only.is_none_or(|only| only == index) {
                measure(name, kind, shape);
            }
        }
    }
}

fn measure(name: &str, kind: &str, shape: Shape) {
    let mut random = Random::new(7);
    let mut verdicts = [0; 3];
    let (mut total, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..HISTORIES {
        let mut history = sound(&mut random, shape);
        if kind != "sound" {
            mutate(&mut random, &mut history);
        }
        let start = Instant::now();
        let verdict = linearize(&history, BUDGET);
        let elapsed = start.elapsed();
        (total, slowest) = (total + elapsed, slowest.max(elapsed));
        verdicts[match verdict {
            Linearization::Found(_) => 0,
            Linearization::Refuted { .. } => 1,
            Linearization::OutOfBudget { .. } => 2,
            Linearization::Malformed(_) => unreachable!("these histories have happened"),
        }] += 1;
    }
    let rate = (HISTORIES * shape.operations) as f64 / total.as_secs_f64();
    let [found, refuted, unknown] = verdicts;
    println!("{name:40} {kind:>9}: {found:>9} {refuted:>7} {unknown:>7} {rate:>9.0} {slowest:>10.1?}");
}
