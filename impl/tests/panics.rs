//! Every operation with every kind of user code that panics.
//!
//! A panic of a value's drop goes no further than the panic hook: the operation completes and answers. A panic of code
//! that the caller gave (a clone, a default, a closure that reads, a body) is the caller's, and changes nothing.
//! Afterwards the thread is in the context that it was in, every context can be entered, and every value was dropped
//! once.

use contextvars::{Context, ContextVar, WithContext, copy_context, spawn_scoped_with_copy, spawn_with_copy};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::{Context as Waking, Poll, Waker};
use std::thread;

/// What of a value panics.
#[derive(Clone, Copy, PartialEq)]
enum Panics {
    Nothing,
    Drop,
    /// The drop, and then the drop of what it panicked with.
    DropTwice,
    Clone,
}

/// Counts the objects that are alive: below zero if one was dropped twice.
struct Value {
    alive: Arc<AtomicIsize>,
    panics: Panics,
}

/// A payload whose own drop panics.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        resume_unwind(Box::new("a payload's drop"));
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        if self.panics == Panics::Clone {
            resume_unwind(Box::new("clone"));
        }
        self.alive.fetch_add(1, Ordering::SeqCst);
        Value { alive: Arc::clone(&self.alive), panics: Panics::Nothing }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
        match self.panics {
            Panics::Drop => resume_unwind(Box::new("drop")),
            Panics::DropTwice => resume_unwind(Box::new(Payload)),
            Panics::Nothing | Panics::Clone => {}
        }
    }
}

static X: ContextVar<Value> = ContextVar::new("x");
static Y: ContextVar<Value> = ContextVar::new("y");
static PLACE: ContextVar<u32> = ContextVar::new("place");

/// Makes values of one kind, all counted together.
#[derive(Clone)]
struct Maker {
    alive: Arc<AtomicIsize>,
    panics: Panics,
}

impl Maker {
    fn new(panics: Panics) -> Self {
        Maker { alive: Arc::default(), panics }
    }

    fn make(&self) -> Value {
        self.alive.fetch_add(1, Ordering::SeqCst);
        Value { alive: Arc::clone(&self.alive), panics: self.panics }
    }

    fn alive(&self) -> isize {
        self.alive.load(Ordering::SeqCst)
    }
}

/// Performs `operation` inside a context, and checks that the thread is where it was and that all values are gone.
fn leaves_no_trace<R>(name: &str, maker: &Maker, operation: impl FnOnce(&Maker) -> R) -> thread::Result<R> {
    let context = Context::new();
    let result = context
        .run(|| {
            PLACE.set(7);
            let result = catch_unwind(AssertUnwindSafe(|| operation(maker)));
            assert_eq!(PLACE.get(), Some(7), "{name}: the thread is in the context that it was in");
            result
        })
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(context.run(|| PLACE.get()), Ok(Some(7)), "{name}: the context can be entered again");
    drop(context);
    assert_eq!(maker.alive(), 0, "{name}: every value was dropped once");
    result
}

type Operation = (&'static str, fn(&Maker));

/// Every operation that can drop a value, with one or two values that die by it.
const DROPPING: [Operation; 17] = [
    ("set, and the drop of its token", |maker| {
        drop(X.set(maker.make()));
        let token = X.set(maker.make());
        assert!(token.old_value().is_some());
        drop(token);
        assert_eq!(maker.alive(), 1);
    }),
    ("reset", |maker| {
        let token = X.set(maker.make());
        assert_eq!(X.reset(&token), Ok(()));
        assert_eq!(maker.alive(), 0);
    }),
    ("bind", |maker| {
        let binding = X.bind(maker.make());
        drop(binding);
        X.with(|value| assert!(value.is_none()));
    }),
    ("bind, while unwinding", |maker| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _x = X.bind(maker.make());
            let _y = Y.bind(maker.make());
            resume_unwind(Box::new("body"));
        }));
        assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"body"));
    }),
    ("scope", |maker| assert_eq!(X.scope(maker.make(), || 5), 5)),
    ("scope, while unwinding", |maker| {
        let unwound = catch_unwind(AssertUnwindSafe(|| X.scope(maker.make(), || resume_unwind(Box::new("body")))));
        assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"body"));
    }),
    ("get_or, whose fallback is not needed", |maker| {
        let inner = Maker { panics: Panics::Nothing, ..maker.clone() };
        X.scope(inner.make(), || drop(X.get_or(maker.make())));
    }),
    ("with, when the value is replaced meanwhile", |maker| {
        drop(X.set(maker.make()));
        let answer = X.with(|value| {
            drop(X.set(Maker { panics: Panics::Nothing, ..maker.clone() }.make()));
            assert!(value.is_some());
            5
        });
        assert_eq!(answer, 5);
    }),
    ("run, when the last handle goes", |maker| {
        let context = Context::new();
        let answer = context.run(|| {
            drop((X.set(maker.make()), Y.set(maker.make())));
            5
        });
        assert_eq!(answer, Ok(5));
        drop(context);
        assert_eq!(maker.alive(), 0);
    }),
    ("run, while unwinding", |maker| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let context = Context::new();
            context.run(|| {
                drop((X.set(maker.make()), Y.set(maker.make())));
                resume_unwind(Box::new("body"));
            })
        }));
        assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"body"));
    }),
    ("copies and iterators", |maker| {
        drop((X.set(maker.make()), Y.set(maker.make())));
        let copy = copy_context();
        drop((X.set(maker.make()), Y.set(maker.make())));
        let mut items = copy.iter();
        let first = items.next();
        drop((copy, items));
        drop(first);
        assert_eq!(maker.alive(), 2);
    }),
    ("Context::get and with, when the value is replaced meanwhile", |maker| {
        let context = Context::new();
        context.run(|| drop(X.set(maker.make()))).unwrap();
        let seen = context.with(&X, |value| {
            context.run(|| drop(X.set(maker.make()))).unwrap();
            value.is_some()
        });
        assert!(seen);
        assert_eq!(maker.alive(), 1);
    }),
    ("poll and drop of a future with a context", |maker| {
        let mut waking = Waking::from_waker(Waker::noop());
        let mut task = WithContext::new(async {
            drop(X.set(maker.make()));
            drop(X.set(maker.make()));
            5
        });
        assert_eq!(Pin::new(&mut task).poll(&mut waking), Poll::Ready(5));
        drop(task);
    }),
    ("drop of a future with a context, while unwinding", |maker| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let held = maker.make();
            let _task = WithContext::new(async move {
                drop(held);
            });
            resume_unwind(Box::new("body"));
        }));
        assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"body"));
    }),
    ("spawn_with_copy", |maker| {
        drop(X.set(maker.make()));
        let child = maker.clone();
        let answer = spawn_with_copy(move || {
            drop((X.set(child.make()), Y.set(child.make())));
            5
        });
        assert_eq!(answer.join().unwrap(), 5);
        assert_eq!(maker.alive(), 1);
    }),
    ("spawn_scoped_with_copy", |maker| {
        let answer = thread::scope(|scope| {
            spawn_scoped_with_copy(scope, || {
                drop((X.set(maker.make()), Y.set(maker.make())));
                5
            })
            .join()
        });
        assert_eq!((answer.unwrap(), maker.alive()), (5, 0));
    }),
    ("the end of a plain thread", |maker| {
        let child = maker.clone();
        let ended = thread::spawn(move || drop((X.set(child.make()), Y.set(child.make()))));
        assert!(ended.join().is_ok());
    }),
];

#[test]
fn a_drop_that_panics_never_leaves_an_operation() {
    for panics in [Panics::Nothing, Panics::Drop, Panics::DropTwice] {
        for (name, operation) in DROPPING {
            let result = leaves_no_trace(name, &Maker::new(panics), operation);
            if let Err(panic) = result {
                resume_unwind(panic);
            }
        }
    }
}

/// Every operation that runs code of the caller's, which panics with its own name.
const GIVEN: [Operation; 15] = [
    ("with", |maker| X.scope(maker.make(), || X.with(|_| resume_unwind(Box::new("with"))))),
    ("with, unbound", |_| X.with(|_| resume_unwind(Box::new("with, unbound")))),
    ("Context::with", |maker| {
        drop(X.set(maker.make()));
        copy_context().with(&X, |_| resume_unwind(Box::new("Context::with")));
    }),
    ("scope", |maker| X.scope(maker.make(), || resume_unwind(Box::new("scope")))),
    ("bind", |maker| {
        let _binding = X.bind(maker.make());
        resume_unwind(Box::new("bind"));
    }),
    ("run", |maker| {
        let context = Context::new();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            context.run(|| {
                drop(X.set(maker.make()));
                resume_unwind(Box::new("run"));
            })
        }));
        assert_eq!(
            context.run(|| X.with(|value| value.is_some())),
            Ok(true),
            "it can be entered, and has what was set"
        );
        let _ = unwound.map_err(|panic| resume_unwind(panic));
    }),
    ("poll", |maker| {
        let mut waking = Waking::from_waker(Waker::noop());
        let mut task = WithContext::new(async {
            drop(X.set(maker.make()));
            resume_unwind(Box::new("poll"));
        });
        let _ = Pin::new(&mut task).poll(&mut waking);
    }),
    ("drop of a future", |_| {
        struct Loud;
        impl Drop for Loud {
            fn drop(&mut self) {
                resume_unwind(Box::new("drop of a future"));
            }
        }
        let loud = Loud;
        drop(WithContext::new(async move { drop(loud) }));
    }),
    ("spawn_with_copy", |maker| {
        let child = maker.clone();
        let thread = spawn_with_copy(move || {
            drop(X.set(child.make()));
            resume_unwind(Box::new("spawn_with_copy"));
        });
        let _ = thread.join().map_err(|panic| resume_unwind(panic));
    }),
    ("default", |_| {
        static LOUD: ContextVar<u32> = ContextVar::with_default("loud", || resume_unwind(Box::new("default")));
        assert!(catch_unwind(|| LOUD.get()).is_err());
        assert_eq!(LOUD.get_or(1), 1, "the default is not asked");
        LOUD.scope(2, || assert_eq!(LOUD.get(), Some(2)));
        LOUD.get();
    }),
    ("default of try_get", |_| {
        static LOUD: ContextVar<u32> =
            ContextVar::with_default("loud", || resume_unwind(Box::new("default of try_get")));
        let _ = LOUD.try_get();
    }),
    ("get", |maker| X.scope(maker.make(), || drop(X.get()))),
    ("get_or", |maker| {
        let loud = Maker { panics: Panics::Drop, ..maker.clone() };
        X.scope(maker.make(), || drop(X.get_or(loud.make())));
    }),
    ("try_get", |maker| X.scope(maker.make(), || drop(X.try_get()))),
    ("Context::get", |maker| {
        drop(X.set(maker.make()));
        drop(copy_context().get(&X));
    }),
];

#[test]
fn a_panic_of_the_callers_code_is_the_callers() {
    for (name, operation) in GIVEN {
        let panic = leaves_no_trace(name, &Maker::new(Panics::Clone), operation).expect_err(name);
        let said = *panic.downcast_ref::<&str>().unwrap_or_else(|| panic!("{name}: another panic"));
        let clones = ["get", "get_or", "try_get", "Context::get"].contains(&name);
        assert_eq!(said, if clones { "clone" } else { name });
    }
}

/// A default that loses a race is dropped by the read that lost, which answers all the same.
#[test]
fn the_default_that_loses() {
    struct Loud;
    impl Drop for Loud {
        fn drop(&mut self) {
            resume_unwind(Box::new("the losing default"));
        }
    }
    static RACED: ContextVar<Loud> = ContextVar::with_default("raced", || {
        // What another thread does in the meantime: one level is enough for one loser.
        static NESTED: AtomicIsize = AtomicIsize::new(0);
        if NESTED.fetch_add(1, Ordering::SeqCst) == 0 {
            RACED.with(|value| assert!(value.is_some()));
        }
        Loud
    });
    assert!(RACED.with(|value| value.is_some()));
}

/// Nothing that panics as it dies keeps `same_bindings` from answering.
#[test]
fn comparing_runs_no_user_code() {
    let maker = Maker::new(Panics::Drop);
    leaves_no_trace("same_bindings", &maker, |maker| {
        drop(X.set(maker.make()));
        let copy = copy_context();
        assert!(copy.same_bindings(&copy_context()));
        drop(X.set(maker.make()));
        assert!(!copy.same_bindings(&copy_context()));
    })
    .unwrap();
}
