//! Dying values that use the library, threads that end, and leaks: whatever a value's `Drop` does, wherever it runs,
//! the operation that released it is complete, nothing is borrowed, and nothing panics.

use contextvars::{Context, ContextVar, copy_context, spawn_with_copy};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// Runs a function when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send + Sync>>);

impl OnDrop {
    fn new(run: impl FnOnce() + Send + Sync + 'static) -> Self {
        OnDrop(Some(Box::new(run)))
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

/// Counts the objects that are alive.
struct Counted(Arc<AtomicIsize>);

impl Counted {
    fn new(alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(alive))
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Counted::new(&self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

static DYING: ContextVar<OnDrop> = ContextVar::new("dying");
static SEEN: ContextVar<u32> = ContextVar::with_default("seen", || 0);

/// Every operation that a `Drop` may think of. Returns what `SEEN` read as at first.
fn everything() -> u32 {
    static OTHER: ContextVar<String> = ContextVar::with_default("other", || "default".into());
    let seen = SEEN.get().unwrap();
    let before = OTHER.get();
    OTHER.scope("scope".into(), || {
        assert_eq!(OTHER.get().as_deref(), Some("scope"));
        assert_eq!(copy_context().get(&OTHER).as_deref(), Some("scope"));
        let _binding = OTHER.bind("inner".into());
        assert_eq!(OTHER.with(|value| value.cloned()).as_deref(), Some("inner"));
    });
    let context = Context::new();
    let token = context.run(|| OTHER.set("run".into())).unwrap();
    context.run(|| assert_eq!(OTHER.get().as_deref(), Some("run"))).unwrap();
    assert_eq!(context.run(|| OTHER.reset(&token)), Ok(Ok(())));
    assert!(context.is_empty());
    assert!(spawn_with_copy(|| OTHER.get()).join().unwrap().is_some());
    drop(OTHER.bind("bind".into()));
    assert_eq!(OTHER.get(), before);
    seen
}

/// A value whose drop does everything, and tells what it saw.
fn probe(to: &Sender<u32>) -> OnDrop {
    let to = to.clone();
    OnDrop::new(move || to.send(everything()).unwrap())
}

/// opentelemetry-rust 2871: every path that can release a value.
#[test]
fn c13_a_dying_value_may_use_the_library_wherever_it_dies() {
    let (to, from) = channel();
    let died = |what: &str, saw: u32| assert_eq!(from.try_recv(), Ok(saw), "{what}");
    let here = Context::new();
    here.run(|| {
        drop(DYING.set(probe(&to)));
        SEEN.set(1);
        drop(DYING.set(probe(&to)));
        died("set, by the token's drop", 1);
        let token = DYING.set(probe(&to));
        DYING.reset(&token).unwrap();
        died("reset", 1);
        drop(token);
        drop(DYING.bind(probe(&to)));
        died("guard", 1);
        DYING.scope(probe(&to), || ());
        died("scope", 1);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            DYING.scope(probe(&to), || std::panic::resume_unwind(Box::new("on purpose")))
        }));
        assert!(unwound.is_err());
        died("scope with a panic", 1);

        let inner = Context::new();
        inner.run(|| drop(DYING.set(probe(&to)))).unwrap();
        let copy = inner.copy();
        drop(inner);
        drop(copy.iter());
        assert!(from.try_recv().is_err(), "the copy holds it");
        drop(copy);
        died("context", 1);

        let iter = {
            let context = Context::new();
            context.run(|| drop(DYING.set(probe(&to)))).unwrap();
            context.iter()
        };
        drop(iter);
        died("iterator", 1);
    })
    .unwrap();
    drop(here);
    assert_eq!(from.try_recv(), Ok(0), "from outside the context that held it");
}

#[test]
fn c13_a_context_that_dies_as_it_is_left() {
    let (to, from) = channel();
    SEEN.set(2);
    // The body drops the last handle but the one that `run` works with.
    let context = Arc::new(std::sync::Mutex::new(Some(Context::new())));
    let handle = context.lock().unwrap().clone().unwrap();
    handle
        .run(|| {
            DYING.set(probe(&to));
            SEEN.set(3);
            drop(context.lock().unwrap().take());
        })
        .unwrap();
    assert!(from.try_recv().is_err());
    drop(handle);
    assert_eq!(from.try_recv(), Ok(2), "the outer context is current");

    let child = to.clone();
    spawn_with_copy(move || DYING.set(probe(&child))).join().map(drop).unwrap();
    assert_eq!(from.try_recv(), Ok(2), "the token dies here, with the context and the value");
}

/// CPython 159739: the finaliser's value wins, because the operation that released it is complete.
#[test]
fn a7_what_a_dying_value_sets_stays_set() {
    static X: ContextVar<Value> = ContextVar::new("x");
    #[derive(Clone)]
    enum Value {
        Plain(u32),
        SetsTen(#[allow(dead_code)] Arc<OnDrop>),
    }
    let plain = || X.with(|value| if let Some(Value::Plain(n)) = value { Some(*n) } else { None });
    let dying = || Value::SetsTen(Arc::new(OnDrop::new(|| drop(X.set(Value::Plain(10))))));
    let stored = || copy_context().with(&X, |value| matches!(value, Some(Value::Plain(10))));

    drop(X.set(Value::Plain(1)));
    let token = X.set(dying());
    X.reset(&token).unwrap();
    assert_eq!(plain(), Some(10), "reset");
    assert!(stored());

    drop(X.set(Value::Plain(1)));
    drop(X.bind(dying()));
    assert_eq!(plain(), Some(10), "guard");
    assert!(stored());

    drop(X.set(dying()));
    drop(X.set(Value::Plain(1)));
    assert_eq!(plain(), Some(10), "the token of the second set held it last");
    assert!(stored());
}

/// What a dying value's code replaces dies inside that code, not when the rest of an old version is released: no half
/// of that is left when the code runs. Many other bindings, so that they lie around the value in the map.
#[test]
fn mem_1_a_reset_releases_the_replaced_value_last() {
    static OTHERS: [ContextVar<Counted>; 40] = [const { ContextVar::new("other") }; 40];
    let alive = Arc::new(AtomicIsize::new(0));
    Context::new()
        .run(|| {
            for other in &OTHERS {
                drop(other.set(Counted::new(&alive)));
            }
            let inside = Arc::clone(&alive);
            let token = DYING.set(OnDrop::new(move || {
                for other in &OTHERS {
                    drop(other.set(Counted::new(&inside)));
                    assert_eq!(inside.load(Ordering::SeqCst), OTHERS.len() as isize, "the replaced one is dead");
                }
                inside.fetch_add(1000, Ordering::SeqCst);
            }));
            DYING.reset(&token).unwrap();
            assert_eq!(alive.load(Ordering::SeqCst), 1040, "its code ran to its end");
        })
        .unwrap();
}

/// tokio 4973: the thread's last context, and other thread-locals, die when the thread ends.
#[test]
fn c17_a_dying_value_may_use_the_library_when_its_thread_ends() {
    thread_local! {
        static BEFORE: RefCell<Option<OnDrop>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<OnDrop>> = const { RefCell::new(None) };
    }
    let (to, from) = channel();
    thread::spawn(move || {
        // Destructors run in some order of registration: one registered on either side of the library's own.
        BEFORE.set(Some(probe(&to)));
        SEEN.set(7);
        DYING.set(probe(&to));
        AFTER.set(Some(probe(&to)));
    })
    .join()
    .unwrap();
    let mut seen: Vec<u32> = from.iter().collect();
    seen.sort();
    // One thread-local dies while the thread still has its context; the others see defaults.
    assert_eq!(seen, [0, 0, 7]);
}

#[test]
fn c17_what_is_set_after_the_end_dies_at_once() {
    let (to, from) = channel();
    thread::spawn(move || {
        let late = to.clone();
        DYING.set(OnDrop::new(move || {
            SEEN.set(1);
            assert_eq!(SEEN.get(), Some(0), "it went to a context of its own");
            assert_eq!(copy_context().len(), 0);
            // A chain of values, each of which sets the next as it dies.
            fn chain(length: u32, to: Sender<u32>) -> OnDrop {
                OnDrop::new(move || {
                    to.send(length).unwrap();
                    if length > 0 {
                        let next = chain(length - 1, to);
                        DYING.scope(next, || DYING.with(|value| assert!(value.is_some())));
                    }
                })
            }
            drop(DYING.set(chain(3, late)));
        }));
        drop(to);
    })
    .join()
    .unwrap();
    assert_eq!(from.iter().collect::<Vec<_>>(), [3, 2, 1, 0]);
}

#[test]
fn c17_the_last_context_dies_with_the_thread_not_before() {
    let alive = Arc::new(AtomicIsize::new(0));
    static X: ContextVar<Counted> = ContextVar::new("x");
    let snapshot = {
        let alive = Arc::clone(&alive);
        thread::spawn(move || {
            X.set(Counted::new(&alive));
            X.set(Counted::new(&alive));
            copy_context()
        })
        .join()
        .unwrap()
    };
    assert_eq!(alive.load(Ordering::SeqCst), 1, "the snapshot holds the second");
    drop(snapshot);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn mem_1_every_value_dies_exactly_once() {
    static X: ContextVar<Counted> = ContextVar::new("x");
    static Y: ContextVar<Counted> = ContextVar::new("y");
    let alive = Arc::new(AtomicIsize::new(0));
    let count = || alive.load(Ordering::SeqCst);
    let context = Context::new();
    context
        .run(|| {
            let token = X.set(Counted::new(&alive));
            drop(X.get());
            drop(X.set(Counted::new(&alive)));
            assert_eq!(count(), 1, "the first was held by the second's token only");
            X.reset(&token).unwrap();
            assert_eq!(count(), 0);
            // A used token still holds what it restored.
            drop(X.set(Counted::new(&alive)));
            let token = X.set(Counted::new(&alive));
            X.reset(&token).unwrap();
            drop(X.set(Counted::new(&alive)));
            assert_eq!(count(), 2);
            drop(token);
            assert_eq!(count(), 1);
            Y.scope(Counted::new(&alive), || drop((Y.get(), X.get(), Y.get_or(Counted::new(&alive)))));
            assert_eq!(count(), 1);
        })
        .unwrap();
    drop(context);
    assert_eq!(count(), 0);
}

#[test]
fn mem_1_nothing_is_left_after_many_threads() {
    static VARS: [ContextVar<Counted>; 100] = [const { ContextVar::new("many") }; 100];
    let alive = Arc::new(AtomicIsize::new(0));
    for _ in 0..20 {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let alive = Arc::clone(&alive);
                thread::spawn(move || {
                    for variable in &VARS {
                        variable.set(Counted::new(&alive)); // left in the thread's last context
                    }
                    for variable in VARS.iter().chain(&VARS) {
                        drop(variable.get());
                    }
                    let children: Vec<_> =
                        (0..2).map(|_| spawn_with_copy(|| VARS[3].set(VARS[4].get().unwrap()))).collect();
                    children.into_iter().map(|child| child.join().unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        drop(threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>());
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn mem_1_variables_and_defaults_made_at_run_time_die() {
    let alive = Arc::new(AtomicIsize::new(0));
    let context = Context::new();
    for _ in 0..100 {
        let variable = ContextVar::<Counted>::new("run time");
        context.run(|| drop(variable.set(Counted::new(&alive)))).unwrap();
        assert_eq!(variable.get().is_some() as u8 + context.contains(&variable) as u8, 1);
    }
    assert_eq!((context.len(), alive.load(Ordering::SeqCst)), (100, 100), "the context holds variables and values");
    drop(context);
    assert_eq!(alive.load(Ordering::SeqCst), 0);

    static DEFAULTS: AtomicIsize = AtomicIsize::new(0);
    struct Default;
    impl Drop for Default {
        fn drop(&mut self) {
            DEFAULTS.fetch_add(1, Ordering::SeqCst);
        }
    }
    let variable = ContextVar::with_default("run time", || Default);
    variable.with(|value| assert!(value.is_some()));
    assert_eq!(DEFAULTS.load(Ordering::SeqCst), 0);
    drop(variable);
    assert_eq!(DEFAULTS.load(Ordering::SeqCst), 1);
}

/// A drop that binds two of its kind has twice as many after it at each depth: ended by their number, not by their
/// depth.
#[test]
fn b34_drops_that_each_bind_two_come_to_an_end() {
    static TWICE: ContextVar<Twice> = ContextVar::new("twice");
    static DROPS: AtomicIsize = AtomicIsize::new(0);
    struct Twice;
    impl Drop for Twice {
        fn drop(&mut self) {
            // Relaxed: a count, read after the thread has been waited for.
            DROPS.fetch_add(1, Ordering::Relaxed);
            TWICE.set(Twice);
            TWICE.set(Twice);
        }
    }
    thread::spawn(|| {
        TWICE.set(Twice);
        TWICE.set(Twice);
    })
    .join()
    .expect("it ends");
    let drops = DROPS.load(Ordering::Relaxed);
    assert!((33..=2 << 20).contains(&drops), "{drops} values were dropped");
}
