//! The bytes that a design takes, counted at the allocator.
//!
//! A scene is played step by step, and the bytes that are allocated are looked at after each: variables are made,
//! threads start in copies of a context that binds all variables, read some of them, and end. The threads are
//! simulated on one real thread. Everything but the cache is the same in all designs, so what a design has more than
//! `uncached` is what its cache costs.

use super::Sample;
use super::fixture::{On, context, read, variables};
use contextvars::core::{Runtime, ThreadState};
use contextvars::parts::cache::Cache;
use contextvars::platform::Std;
use serde::{Deserialize, Serialize};

/// Bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Footprint {
    /// A runtime without variables and threads.
    pub runtime: i64,
    /// All variables, unread: the name and everything else included.
    pub all_variables: i64,
    /// One thread that was started and has read nothing, its handle included.
    pub idle_thread: i64,
    /// What is added when one thread has read all variables.
    pub first_reader: i64,
    /// What is added when a second thread, which was there before, has read all of them, too.
    pub second_reader: i64,
    /// What is left of those three when both threads have ended.
    pub after_threads: i64,
    /// What is left beyond the runtime when the variables are gone as well.
    pub after_variables: i64,
}

/// Plays the scene; `live` tells how many bytes are allocated now.
pub(super) fn footprint<C: Cache<Std, Sample>>(count: usize, live: &dyn Fn() -> i64) -> Footprint {
    // All values exist before the first look.
    let _ = Sample::named(0);
    let before = live();
    let allocated = || live() - before;
    let runtime = Runtime::<On<C>>::new();
    let empty = allocated();
    let variables = variables(&runtime, count);
    // The list is the scene's own.
    let made = allocated() - size_of_val(&variables[..]) as i64;
    let start = context(&runtime, &variables, 0);
    let bound = allocated();
    let first = ThreadState::start_in_copy(&runtime, &start);
    let one_thread = allocated();
    // It is not on the heap here, but wherever its owner has put it.
    let handle = size_of_val(&first) as i64;
    let second = ThreadState::start_in_copy(&runtime, &start);
    let two_threads = allocated();
    let read_all = |thread: &ThreadState<On<C>>| variables.iter().for_each(|variable| read(thread, variable));
    read_all(&first);
    let one_reader = allocated();
    read_all(&second);
    let two_readers = allocated();
    drop((first, second));
    let ended = allocated();
    drop((start, variables));
    let died = allocated();
    Footprint {
        runtime: empty,
        all_variables: made - empty,
        idle_thread: one_thread - bound + handle,
        first_reader: one_reader - two_threads,
        second_reader: two_readers - one_reader,
        after_threads: ended - bound,
        after_variables: died - empty,
    }
}
