//! Throughput of real threads that work at once.
//!
//! A sample starts a team's threads anew, lets each build its own part and warm up, lets all go at a barrier, and stops
//! them after a set time. The rate is the operations of all together over the time from the first start to the last
//! stop. A thread looks at the flag that stops it once in so many operations; the flag is written once, so looking at
//! it disturbs nobody.

use super::subject::Program;
use super::subject::team::Team;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Operations between two looks at the flag.
const CHUNK: u64 = 64;

/// Operations before the barrier.
const WARM_UP: u64 = 1000;

/// The control: a team whose members only compute. What two of them do more than one is what the machine has to give.
pub struct Alone;

impl Team for Alone {
    fn worker(&self, index: usize) -> Program {
        let mut number = index as u64;
        Box::new(move |operations| {
            for _ in 0..operations {
                number = black_box(number.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1));
            }
        })
    }
}

/// Operations per second of so many threads of the team in a window of time.
pub fn of(team: &dyn Team, threads: usize, window: Duration) -> f64 {
    let (stop, barrier) = (AtomicBool::new(false), Barrier::new(threads + 1));
    let work = |index: usize| {
        let mut program = team.worker(index);
        program(WARM_UP);
        barrier.wait();
        let begun = Instant::now();
        let mut operations = 0;
        // Relaxed: the flag says when to stop and publishes nothing.
        while !stop.load(Ordering::Relaxed) {
            program(CHUNK);
            operations += CHUNK;
        }
        (operations, begun, Instant::now())
    };
    let runs: Vec<(u64, Instant, Instant)> = thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (0..threads).map(|index| scope.spawn(move || work(index))).collect();
        barrier.wait();
        thread::sleep(window);
        // Relaxed: as above.
        stop.store(true, Ordering::Relaxed);
        running.into_iter().map(|run| run.join().expect("a worker does not panic")).collect()
    });
    let operations: u64 = runs.iter().map(|run| run.0).sum();
    let begun = runs.iter().map(|run| run.1).min().expect("there is a thread");
    let ended = runs.iter().map(|run| run.2).max().expect("there is a thread");
    operations as f64 / (ended - begun).as_secs_f64()
}
