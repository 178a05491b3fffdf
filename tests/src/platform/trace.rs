//! The accesses of one execution, for the printed interleaving.
//!
//! loom and shuttle run all threads of a model on one operating-system thread, so the log is local to it. It is off
//! while an engine explores and on when a failing execution is run again.

use contextvars_model::{Op, Ret, ThreadId};
use std::cell::{Cell, RefCell};
use std::fmt;

/// What one access did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Loaded this.
    Load(u64),
    /// Stored this.
    Store(u64),
    /// Exchanged the first for the second.
    Swap(u64, u64),
    /// Added, and got the old value.
    Add(u64, u64),
    /// Compare-exchange that succeeded, from and to.
    Exchanged(u64, u64),
    /// Compare-exchange that expected the first and found the second.
    Refused(u64, u64),
    /// Took a lock.
    Lock,
    /// Gave a lock back.
    Unlock,
}

/// One event of an execution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// An operation begins.
    Invoke(Op),
    /// The operation begun last by this thread has answered.
    Respond(Ret),
    /// An access to something shared.
    Access {
        /// Its name.
        what: &'static str,
        /// Which one of that name it is, counted from 0 in the order of the first accesses.
        object: usize,
        /// What happened.
        access: Access,
    },
}

/// An event and its thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traced {
    /// The thread.
    pub thread: ThreadId,
    /// The event.
    pub event: Event,
}

/// The name of the locks through which the harness hands objects over: no part of the program under check.
pub const MAILBOX: &str = "mailbox";

/// An operation that was begun and has not answered, or user code that runs inside one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnderWay {
    /// Its thread.
    pub thread: ThreadId,
    /// The operation; none for user code.
    pub op: Option<Op>,
    /// Its accesses so far, those of operations and of user code inside it apart.
    pub accesses: usize,
}

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static SERIAL: Cell<usize> = const { Cell::new(0) };
    static LOG: RefCell<Vec<Traced>> = const { RefCell::new(Vec::new()) };
    static UNDER_WAY: RefCell<Vec<UnderWay>> = const { RefCell::new(Vec::new()) };
}

/// Starts a new log.
pub fn start() {
    LOG.with(|log| log.borrow_mut().clear());
    UNDER_WAY.with(|operations| operations.borrow_mut().clear());
    ON.set(true);
}

/// Runs user code of a thread: what it accesses, also between its operations and by giving up what a value held, is not
/// the operation's that runs it.
pub fn in_user_code<R>(thread: ThreadId, code: impl FnOnce() -> R) -> R {
    /// Ends it also when the code panics.
    struct End(ThreadId);
    impl Drop for End {
        fn drop(&mut self) {
            let _ = UNDER_WAY.try_with(|operations| {
                let mut operations = operations.borrow_mut();
                let own = |inside: &UnderWay| inside.thread == self.0 && inside.op.is_none();
                let at = operations.iter().rposition(own);
                at.map(|at| operations.remove(at));
            });
        }
    }
    let _end = is_on().then(|| {
        UNDER_WAY.with(|operations| operations.borrow_mut().push(UnderWay { thread, op: None, accesses: 0 }));
        End(thread)
    });
    code()
}

/// Shows what is under way, the inner ones of a thread after the outer ones.
pub fn under_way<R>(look: impl FnOnce(&[UnderWay]) -> R) -> R {
    UNDER_WAY.with(|operations| look(&operations.borrow()))
}

/// A lock that a thread other than this one holds, taken last: its name and the holder.
pub fn lock_held_by_other(thread: ThreadId) -> Option<(&'static str, ThreadId)> {
    LOG.with(|log| {
        let mut held: Vec<(&'static str, usize, ThreadId)> = Vec::new();
        for traced in log.borrow().iter() {
            let Event::Access { what, object, access, .. } = traced.event else { continue };
            match access {
                Access::Lock => held.push((what, object, traced.thread)),
                Access::Unlock => held.retain(|(w, o, _)| (*w, *o) != (what, object)),
                _ => {}
            }
        }
        held.iter().rev().find(|(_, _, holder)| *holder != thread).map(|(what, _, holder)| (*what, *holder))
    })
}

/// A number for a new object. Not its address: one that dies gives that to the next.
pub fn serial() -> usize {
    SERIAL.replace(SERIAL.get().wrapping_add(1))
}

/// Ends the log and returns it. Objects are numbered in the order of the first accesses to those of the same name, so
/// that the same execution gives the same log.
pub fn finish() -> Vec<Traced> {
    ON.set(false);
    let mut log = LOG.with(|log| std::mem::take(&mut *log.borrow_mut()));
    let mut known: Vec<(&'static str, usize)> = Vec::new();
    for traced in &mut log {
        if let Event::Access { what, object, .. } = &mut traced.event {
            let logged = (*what, *object);
            let same_name = |all: &[(&'static str, usize)]| all.iter().filter(|(name, _)| name == what).count();
            *object = match known.iter().position(|k| *k == logged) {
                Some(at) => same_name(&known[..at]),
                None => {
                    known.push(logged);
                    same_name(&known) - 1
                }
            };
        }
    }
    log
}

/// Whether events are logged.
#[inline]
pub fn is_on() -> bool {
    ON.get()
}

/// Logs an event of a thread.
pub fn record(thread: ThreadId, event: Event) {
    if !is_on() {
        return;
    }
    UNDER_WAY.with(|operations| {
        let mut operations = operations.borrow_mut();
        let last = operations.iter().rposition(|operation| operation.thread == thread);
        match &event {
            Event::Invoke(op) => operations.push(UnderWay { thread, op: Some(*op), accesses: 0 }),
            Event::Respond(_) => {
                last.map(|at| operations.remove(at));
            }
            Event::Access { what, .. } if *what == MAILBOX => {}
            Event::Access { .. } => last.into_iter().for_each(|at| operations[at].accesses += 1),
        }
    });
    LOG.with(|log| log.borrow_mut().push(Traced { thread, event }));
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Load(v) => write!(f, "load {v}"),
            Access::Store(v) => write!(f, "store {v}"),
            Access::Swap(old, new) => write!(f, "swap {old} -> {new}"),
            Access::Add(n, old) => write!(f, "add {n} to {old}"),
            Access::Exchanged(old, new) => write!(f, "exchange {old} -> {new}"),
            Access::Refused(want, found) => write!(f, "exchange refused: expected {want}, found {found}"),
            Access::Lock => f.write_str("lock"),
            Access::Unlock => f.write_str("unlock"),
        }
    }
}
