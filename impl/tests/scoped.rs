//! Threads of a scope: what their bodies bound is gone when `std::thread::scope` returns.
//!
//! A thread started by `Scope::spawn` whose body calls `set` outside of any `run` is different: its last context dies
//! with its thread-locals, which may be after the scope has returned. That is std's rule, and not asserted here.

use contextvars::{Context, ContextVar, copy_context, spawn_scoped_with_copy, spawn_with_copy};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::thread;

const REPETITIONS: usize = 300;

static X: ContextVar<Counted> = ContextVar::new("x");
static Y: ContextVar<Counted> = ContextVar::new("y");

struct Counted(Arc<AtomicIsize>);

impl Counted {
    fn new(alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(alive))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A value that binds another one as it dies.
struct Last(Arc<AtomicIsize>);

impl Drop for Last {
    fn drop(&mut self) {
        Y.set(Counted::new(&self.0));
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

static LAST: ContextVar<Last> = ContextVar::new("last");

fn body(alive: &Arc<AtomicIsize>) {
    X.set(Counted::new(alive));
    X.set(Counted::new(alive));
    Y.scope(Counted::new(alive), || X.with(|value| assert!(value.is_some())));
    alive.fetch_add(1, Ordering::SeqCst);
    LAST.set(Last(Arc::clone(alive)));
}

#[test]
fn nothing_outlives_the_scope() {
    let alive = Arc::new(AtomicIsize::new(0));
    for _ in 0..REPETITIONS {
        thread::scope(|scope| {
            for _ in 0..2 {
                spawn_scoped_with_copy(scope, || body(&alive));
                Context::new().spawn_scoped(scope, || body(&alive));
            }
        });
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn nothing_outlives_the_scope_when_a_body_panics() {
    let alive = Arc::new(AtomicIsize::new(0));
    for _ in 0..REPETITIONS {
        thread::scope(|scope| {
            let thread = spawn_scoped_with_copy(scope, || {
                body(&alive);
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            assert!(thread.join().is_err());
            assert_eq!(alive.load(Ordering::SeqCst), 0);
        });
    }
}

#[test]
fn nothing_outlives_a_thread_that_starts_in_a_copy_and_is_joined() {
    let alive = Arc::new(AtomicIsize::new(0));
    for _ in 0..REPETITIONS {
        let counter = Arc::clone(&alive);
        spawn_with_copy(move || body(&counter)).join().unwrap();
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn a_thread_of_a_scope_inherits_borrows_and_answers() {
    static NAME: ContextVar<u32> = ContextVar::new("name");
    let mut sums = [0, 0];
    let other = Context::new();
    other.run(|| drop(NAME.set(2))).unwrap();
    NAME.scope(1, || {
        let (first, second) = sums.split_at_mut(1);
        let answers = thread::scope(|scope| {
            let one = spawn_scoped_with_copy(scope, || {
                first[0] = NAME.get().unwrap();
                NAME.set(10);
                copy_context().get(&NAME)
            });
            let two = other.spawn_scoped(scope, || {
                second[0] = NAME.get().unwrap();
                NAME.get()
            });
            (one.join().unwrap(), two.join().unwrap())
        });
        assert_eq!(answers, (Some(10), Some(2)));
        assert_eq!(NAME.get(), Some(1));
    });
    assert_eq!((sums, other.get(&NAME)), ([1, 2], Some(2)));
}
