//! Samples of loops, taken in turn.
//!
//! Every design does the same work in one *row* (an operation at a size). A row is measured in rounds; a round takes
//! one sample of each design, beginning with another design each time. So a disturbance of a few milliseconds hits all
//! of them, and none is always measured in the caches that the same neighbour left behind. All rows are gone through
//! several times (*passes*), each time with everything built anew: a disturbance of seconds, or an unlucky layout in
//! memory, is then one pass of several. A sample is as many iterations as take a set time, found by doubling, after a
//! warm-up of as long.

use super::subject::Program;
use std::time::{Duration, Instant};

/// Iterations of a sample: a loop that takes no time whatever it is told must come to an end.
const AT_MOST: u64 = 1 << 32;

/// How many samples, and how long each.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Times that all rows are gone through.
    pub passes: usize,
    /// Samples in a pass.
    pub rounds: usize,
    /// Length of a sample.
    pub sample: Duration,
}

impl Effort {
    /// The effort that fits in `seconds` for so many loops.
    pub fn fitting(seconds: f64, loops: usize) -> Effort {
        const PASSES: usize = 4;
        // Beside its rounds a loop needs a warm-up, and a search for its number of iterations that takes twice as long.
        const BESIDE: f64 = 3.0;
        const USUAL_ROUNDS: f64 = 10.0;
        let pass = seconds / (loops.max(1) * PASSES) as f64;
        let sample = (pass / (USUAL_ROUNDS + BESIDE)).clamp(20e-6, 2e-3);
        let rounds = (pass / sample - BESIDE).round().clamp(3.0, 100.0) as usize;
        Effort { passes: PASSES, rounds, sample: Duration::from_secs_f64(sample) }
    }
}

/// When to stop although not all samples were taken: other work on the machine can make a sample take many times as
/// long as planned. What is printed says how many samples there are.
pub fn overdue(seconds: f64) -> impl Fn() -> bool {
    let begun = Instant::now();
    move || begun.elapsed().as_secs_f64() > 2.0 * seconds
}

/// A loop to be sampled, and perhaps one to be subtracted.
pub struct Task {
    /// What is measured.
    pub program: Program,
    /// A loop whose time is subtracted, iteration for iteration.
    pub minus: Option<Program>,
    /// How many operations one iteration is.
    pub operations: usize,
}

impl Task {
    fn elapsed(&mut self, iterations: u64) -> (Duration, Duration) {
        let timed = |program: &mut Program| {
            let begun = Instant::now();
            program(iterations);
            begun.elapsed()
        };
        (timed(&mut self.program), self.minus.as_mut().map_or(Duration::ZERO, timed))
    }

    /// As many iterations as take `sample`.
    fn calibrate(&mut self, sample: Duration) -> u64 {
        let mut iterations = 1;
        loop {
            let (with, without) = self.elapsed(iterations);
            let total = with + without;
            if total >= sample / 2 || iterations >= AT_MOST {
                return ((iterations as f64 * sample.as_secs_f64() / total.as_secs_f64()) as u64).clamp(1, AT_MOST);
            }
            iterations *= 2;
        }
    }
}

/// Adds one pass of samples to `into`, one list for each task: nanoseconds of one operation.
pub fn pass(tasks: &mut [Task], effort: &Effort, into: &mut [Vec<f64>]) {
    let iterations: Vec<u64> = tasks.iter_mut().map(|task| task.calibrate(effort.sample)).collect();
    for (task, &iterations) in tasks.iter_mut().zip(&iterations) {
        task.elapsed(iterations);
    }
    for round in 0..effort.rounds {
        for place in 0..tasks.len() {
            let at = (place + round) % tasks.len();
            let task = &mut tasks[at];
            let (with, without) = task.elapsed(iterations[at]);
            let nanoseconds = with.as_secs_f64() * 1e9 - without.as_secs_f64() * 1e9;
            into[at].push(nanoseconds / (iterations[at] as f64 * task.operations as f64));
        }
    }
}
