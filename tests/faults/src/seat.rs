//! Which thread is using a part, for faults that treat threads differently.

use contextvars::platform::{Lock, Platform};
use std::thread::ThreadId;

/// The threads that have used a part, in the order in which they came.
pub struct Seats<P: Platform>(P::Lock<Vec<(ThreadId, u64)>>);

impl<P: Platform> Seats<P> {
    /// Nobody yet.
    pub fn new() -> Self {
        Seats(Lock::new("seats", Vec::new()))
    }

    /// The number of the running thread.
    pub fn mine(&self) -> usize {
        let me = (std::thread::current().id(), P::strand());
        self.0.with(|seats| {
            seats.iter().position(|other| *other == me).unwrap_or_else(|| {
                seats.push(me);
                seats.len() - 1
            })
        })
    }
}

impl<P: Platform> Default for Seats<P> {
    fn default() -> Self {
        Seats::new()
    }
}
