//! A cache for each thread, registered with the runtime, so that it can be cleared when a variable dies.
//!
//! *The thread's words:* "The other option is to 'register' a cache in a linked list in thread state. Then have that be
//! cleared on shutdown. I like this better." Nobody said there what exactly is registered; this is our reading.
//!
//! # Protocol
//! Each thread has a table from variables to `(value, count of context switches)`. A hit needs the count. The runtime
//! lists the tables of all living threads. An entry dies
//!
//! - with its thread: the table leaves the list and goes (`thread_ended`);
//! - with its variable: whoever drops the last reference walks the list and takes the variable out of every table
//!   (`variable_died`); otherwise a long-lived thread would collect entries of dead variables for ever.
//!
//! The second makes a table something that other threads write, so it needs a lock, and every read takes it. The list
//! has a lock of its own. No two locks are held at once: the list is copied first, and the tables are locked one by
//! one.
//!
//! Code that is hooked into the allocator may read wherever memory is taken or given back, and a read takes the lock of
//! its thread's table. So nobody does either while holding that: a table that is full is replaced by a larger one, made
//! before. While that is made a further variable goes without an entry, so that reads which miss cannot call each other
//! without end.
//!
//! # Who wins which race
//! - A thread fills while the variable dies: cannot be, the filling thread holds the variable.
//! - A thread ends while a variable dies: whoever takes the list's lock first. Either the table is no longer there, or
//!   it is cleared although nobody will read it again.
//! - A thread starts while a variable dies: it has no entry of that variable and can get none.
//! - A read while *another* variable dies: one waits for the other's critical section. So a thread that is stopped
//!   inside `variable_died` stops the reads of a thread that has never heard of the variable.
//!
//! # What it costs
//! A lock on every read, though one that seldom meets anybody; two on a miss. For every dying variable the list's lock
//! and that of every thread: a program that makes variables in threads pays threads times variables. The list's lock
//! for every thread that starts and ends.
//!
//! # Why a hit may follow a borrowed name
//! As in `locked`: an entry with this thread's present count is this thread's present binding. For the same reason the
//! clearing is not needed for soundness. An entry of a dead variable has an older count, because the thread that had it
//! bound must have left that context, or have reset it, before the variable could die. What clearing saves is memory.
//! A table whose entries *own* their values, "cleared on shutdown" and not before, would keep them alive until the
//! thread ends: that is `per-thread-no-leave` of the catalogue.

use super::names::Names;
use crate::harness::value::{Followed, Tracked};
use crate::platform::selected::SelectedPlatform;
use contextvars::core::Sound;
use contextvars::parts::cache::{Cache, Owned, Place};
use contextvars::platform::{Lock, Platform};
use std::sync::Arc;

/// The cache.
pub struct ThreadRegistered;

/// What is known of one variable.
#[derive(Clone, Copy)]
pub struct Entry {
    variable: u64,
    value: u64,
    version: u64,
}

/// A thread's table.
pub type Table<P> = <P as Platform>::Lock<Entries>;

/// What is in a table.
pub struct Entries {
    /// In the order of the variables.
    known: Vec<Entry>,
    /// Whether a larger table is being made.
    growing: bool,
}

/// Entries for which a new table has room.
const ROOM: usize = 4;

/// The tables of all living threads, each with the identity of its thread.
pub type Tables<P> = <P as Platform>::Lock<Vec<(u64, Arc<Table<P>>)>>;

fn write<P: Platform, V: Followed>(place: &Place<'_, ThreadRegistered, P, V>, value: Option<&V>) {
    let (variable, version) = (place.at.variable, place.at.switches);
    let entry = value.map(|value| Entry { variable, value: place.variable.name(value), version });
    let Some(entry) = entry else { return place.thread.with(|table| table.remove(variable)) };
    if let Some(room) = place.thread.with(|table| table.put(entry)) {
        let mut larger = Vec::with_capacity(room);
        place.thread.with(|table| {
            larger.append(&mut table.known);
            std::mem::swap(&mut larger, &mut table.known);
            table.growing = false;
            table.put(entry)
        });
    }
}

impl Entries {
    fn find(&self, variable: u64) -> Result<usize, usize> {
        self.known.binary_search_by_key(&variable, |entry| entry.variable)
    }

    /// Puts an entry in the place of that of its variable, or in a free one. If there is none, says how much room the
    /// caller is to make; if that is being done already, leaves it.
    fn put(&mut self, entry: Entry) -> Option<usize> {
        match self.find(entry.variable) {
            Ok(at) => self.known[at] = entry,
            Err(at) if self.known.len() < self.known.capacity() => self.known.insert(at, entry),
            Err(_) if self.growing => {}
            Err(_) => {
                self.growing = true;
                return Some(2 * self.known.len());
            }
        }
        None
    }

    fn remove(&mut self, variable: u64) {
        if let Ok(at) = self.find(variable) {
            self.known.remove(at);
        }
    }
}

impl<P: Platform, V: Followed> Cache<P, V> for ThreadRegistered {
    const ACTIVE: bool = true;
    type Shared = Tables<P>;
    type InVariable = Names<V>;
    type InThread = Arc<Table<P>>;
    type Held = Owned<V>;

    fn shared() -> Tables<P> {
        Lock::new("registered tables", Vec::new())
    }

    fn in_variable(_: &Tables<P>, _: u64) -> Names<V> {
        Names::new()
    }

    fn in_thread(tables: &Tables<P>, thread: u64) -> Arc<Table<P>> {
        let table: Arc<Table<P>> =
            Arc::new(Lock::new("table of a thread", Entries { known: Vec::with_capacity(ROOM), growing: false }));
        tables.with(|tables| tables.push((thread, Arc::clone(&table))));
        table
    }

    fn lookup(place: Place<'_, Self, P, V>) -> Option<Owned<V>> {
        let entry = place.thread.with(|table| table.find(place.at.variable).ok().map(|at| table.known[at]))?;
        if entry.version == place.at.switches { place.variable.follow(entry.value) } else { None }
    }

    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        write(&place, Some(value));
    }

    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        write(&place, value);
    }

    fn leave(_: &Tables<P>, _: &Arc<Table<P>>, _: u64) {}

    fn variable_died(tables: &Tables<P>, _: &Names<V>, id: u64) {
        let living = tables.with(|tables| tables.clone());
        for (_, table) in &living {
            table.with(|table| table.remove(id));
        }
    }

    fn thread_ended(tables: &Tables<P>, _: &Arc<Table<P>>, id: u64) {
        let ended = tables.with(|tables| {
            let at = tables.iter().position(|(thread, _)| *thread == id);
            at.map(|at| tables.swap_remove(at))
        });
        drop(ended);
    }
}

/// `thread-registered`.
pub type ThreadRegisteredDesign = Sound<SelectedPlatform, Tracked, ThreadRegistered>;
