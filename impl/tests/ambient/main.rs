//! The ambient layer on real threads. Tests are named after the property or catalogue row that they are about; what
//! concerns dying values and ending threads is in `ambient_drop.rs`, futures are in `ambient_future.rs`. Here are
//! contexts, tokens and threads; variables and reads are in `variables.rs`.

mod variables;

use contextvars::{
    Bound, Context, ContextIter, ContextVar, EnterError, ResetError, RunError, Token, Unbound, copy_context,
    spawn_with_copy,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

const ALREADY_ENTERED: RunError = RunError::Enter(EnterError);

/// Panics without a report on standard error.
fn silent_panic() -> ! {
    std::panic::resume_unwind(Box::new("on purpose"))
}

#[test]
fn iso_1_threads_see_only_their_own_bindings() {
    static OWN: ContextVar<usize> = ContextVar::new("own");
    let barrier = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|me| {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                assert_eq!(OWN.get(), None, "a plain thread inherits nothing");
                barrier.wait();
                for round in 0..2_000 {
                    let token = OWN.set(me * 1_000_000 + round);
                    assert_eq!(OWN.get(), Some(me * 1_000_000 + round));
                    if round % 3 == 0 {
                        OWN.reset(&token).unwrap();
                        assert_eq!(OWN.get(), token.old_value().copied());
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(OWN.get(), None);
}

#[test]
fn iso_1_contexts_are_not_parents() {
    static A: ContextVar<u32> = ContextVar::new("a");
    static B: ContextVar<u32> = ContextVar::with_default("b", || 7);
    let _a = A.bind(1);
    let inner = Context::new();
    inner
        .run(|| {
            assert_eq!((A.get(), B.get()), (None, Some(7)));
            A.set(2);
            B.set(3);
        })
        .unwrap();
    assert_eq!((A.get(), B.get()), (Some(1), Some(7)));
    assert_eq!((inner.get(&A), inner.get(&B)), (Some(2), Some(3)));
}

#[test]
fn fresh_1_a_read_follows_every_change() {
    static X: ContextVar<u32> = ContextVar::new("x");
    let (one, two) = (Context::new(), Context::new());
    for round in 0..100 {
        let token = X.set(round);
        assert_eq!(X.get(), Some(round));
        one.run(|| {
            X.set(round + 1000);
            assert_eq!(X.get(), Some(round + 1000));
            two.run(|| assert_eq!(X.get(), (round > 0).then_some(round + 1999))).unwrap();
            assert_eq!(X.get(), Some(round + 1000));
        })
        .unwrap();
        // Another thread writes where this thread's cache may still hold something.
        thread::scope(|scope| {
            scope.spawn(|| two.run(|| drop(X.set(round + 2000))).unwrap());
        });
        two.run(|| assert_eq!(X.get(), Some(round + 2000))).unwrap();
        assert_eq!(X.get(), Some(round));
        X.reset(&token).unwrap();
        assert_eq!(X.get(), None);
    }
}

#[test]
fn fresh_1_more_variables_than_the_cache_holds() {
    static MANY: [ContextVar<usize>; 200] = [const { ContextVar::new("many") }; 200];
    for round in 0..3 {
        for (i, variable) in MANY.iter().enumerate() {
            variable.set(i + round);
        }
        for _ in 0..2 {
            assert!(MANY.iter().enumerate().all(|(i, variable)| variable.get() == Some(i + round)));
        }
    }
    assert_eq!(copy_context().len(), 200);
}

#[test]
fn snap_1_a_snapshot_never_changes() {
    static X: ContextVar<u32> = ContextVar::new("x");
    static Y: ContextVar<u32> = ContextVar::new("y");
    X.set(1);
    let snapshot = copy_context();
    let contents = |context: &Context| (context.get(&X), context.get(&Y), context.len());

    let token = X.set(2);
    Y.set(3);
    assert_eq!(contents(&snapshot), (Some(1), None, 1));
    X.reset(&token).unwrap();
    snapshot.copy().run(|| drop((X.set(4), Y.set(5)))).unwrap();
    assert_eq!(contents(&snapshot), (Some(1), None, 1));
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(contents(&snapshot), (Some(1), None, 1)));
    });
    // Entering it is what changes it, and only it.
    snapshot.run(|| X.set(6)).unwrap();
    assert_eq!((snapshot.get(&X), X.get()), (Some(6), Some(1)));
}

#[test]
fn snap_2_readers_see_one_version_and_never_go_back() {
    static LEFT: ContextVar<u64> = ContextVar::new("left");
    static RIGHT: ContextVar<u64> = ContextVar::new("right");
    let context = Context::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            context
                .run(|| {
                    for i in 1..=20_000 {
                        LEFT.set(i);
                        RIGHT.set(i);
                    }
                })
                .unwrap();
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while last < 20_000 {
                    let copy = context.copy();
                    let (left, right) = (copy.get(&LEFT).unwrap_or(0), copy.get(&RIGHT).unwrap_or(0));
                    assert!(left == right || left == right + 1, "a mixture of versions: {left} {right}");
                    assert!(last <= left, "an older version after a newer one");
                    last = left;
                }
            });
        }
    });
    assert_eq!((context.get(&LEFT), context.get(&RIGHT)), (Some(20_000), Some(20_000)));
}

#[test]
fn entry_1_a_second_entry_is_an_error_here_and_elsewhere() {
    static X: ContextVar<u32> = ContextVar::new("x");
    let context = Context::new();
    let mut ran = false;
    context
        .run(|| {
            X.set(1);
            assert_eq!(context.run(|| ran = true), Err(ALREADY_ENTERED));
            // Also through another one, and through another handle.
            let handle = context.clone();
            assert_eq!(Context::new().run(|| handle.run(|| ())), Ok(Err(ALREADY_ENTERED)));
            thread::scope(|scope| {
                let other = scope.spawn(|| {
                    X.set(2);
                    assert_eq!(context.run(|| ran = true), Err(ALREADY_ENTERED));
                    assert_eq!(X.get(), Some(2), "the loser's own context is still current");
                });
                other.join().unwrap();
            });
            assert_eq!(X.get(), Some(1));
            // A copy is another context.
            assert_eq!(context.copy().run(|| X.get()), Ok(Some(1)));
        })
        .unwrap();
    assert!(!ran);
    assert_eq!(context.run(|| X.get()), Ok(Some(1)), "free again");
    assert_eq!(ALREADY_ENTERED.to_string(), "cannot enter context: it is already entered");
}

#[test]
fn entry_1_of_threads_that_race_at_most_one_is_inside() {
    let (context, inside, entered) = (Context::new(), AtomicUsize::new(0), AtomicUsize::new(0));
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..5_000 {
                    let run = context.run(|| {
                        assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0, "two threads inside");
                        entered.fetch_add(1, Ordering::Relaxed);
                        inside.fetch_sub(1, Ordering::Relaxed);
                    });
                    assert!(matches!(run, Ok(()) | Err(ALREADY_ENTERED)));
                }
            });
        }
    });
    assert!(entered.into_inner() > 0);
    assert_eq!(context.run(|| ()), Ok(()));
}

#[test]
fn entry_1_a_panicking_run_leaves() {
    static X: ContextVar<u32> = ContextVar::new("x");
    let _x = X.bind(1);
    let context = Context::new();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        context.run(|| {
            X.set(2);
            silent_panic()
        })
    }));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on purpose"));
    assert_eq!(X.get(), Some(1), "the caller's context is current");
    assert_eq!(context.run(|| X.get()), Ok(Some(2)), "what was set before the panic stays");
}

#[test]
fn api_1_reset_checks_used_then_variable_then_context() {
    static A: ContextVar<u32> = ContextVar::new("a");
    static B: ContextVar<u32> = ContextVar::new("b");
    let (here, elsewhere) = (Context::new(), Context::new());
    let token = here.run(|| A.set(1)).unwrap();
    assert!(token.is_of(&A) && !token.is_of(&B));
    assert_eq!((token.var_name(), token.old_value()), ("a", None));

    // Fresh: variable before context; neither uses the token.
    assert_eq!(elsewhere.run(|| B.reset(&token)), Ok(Err(ResetError::OtherVariable)));
    assert_eq!(here.run(|| B.reset(&token)), Ok(Err(ResetError::OtherVariable)));
    assert_eq!(elsewhere.run(|| A.reset(&token)), Ok(Err(ResetError::OtherContext)));
    assert_eq!(here.copy().run(|| A.reset(&token)), Ok(Err(ResetError::OtherContext)), "a copy is another context");
    assert_eq!(thread::scope(|s| s.spawn(|| A.reset(&token)).join().unwrap()), Err(ResetError::OtherContext));
    assert!(!token.is_used());
    assert_eq!((here.get(&A), elsewhere.len()), (Some(1), 0));

    // Used: before everything else.
    assert_eq!(here.run(|| A.reset(&token)), Ok(Ok(())));
    assert!(token.is_used() && !here.contains(&A));
    for (variable, context) in [(&A, &here), (&A, &elsewhere), (&B, &here), (&B, &elsewhere)] {
        assert_eq!(context.run(|| variable.reset(&token)), Ok(Err(ResetError::TokenUsed)));
    }
}

#[test]
fn tok_1_resets_are_independent_not_a_stack() {
    static X: ContextVar<u32> = ContextVar::new("x");
    let tokens = [X.set(1), X.set(2), X.set(3)];
    let restored = [0, 2, 1].map(|i| {
        X.reset(&tokens[i]).unwrap();
        X.get()
    });
    assert_eq!(restored, [None, Some(2), Some(1)]);
}

#[test]
fn tok_1_a_token_resets_once_over_all_threads() {
    static X: ContextVar<u32> = ContextVar::new("x");
    let context = Context::new();
    for _ in 0..200 {
        let token = context.run(|| X.set(1)).unwrap();
        let resets = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        match context.run(|| X.reset(&token)) {
                            Ok(Ok(())) => {
                                resets.fetch_add(1, Ordering::Relaxed);
                                break;
                            }
                            Ok(Err(error)) => break assert_eq!(error, ResetError::TokenUsed),
                            Err(_) => thread::yield_now(),
                        }
                    }
                });
            }
        });
        assert_eq!(resets.into_inner(), 1);
        assert!(!context.contains(&X));
    }
}

#[test]
fn scope_restores_the_value_and_its_absence_also_on_panic() {
    static X: ContextVar<u32> = ContextVar::new("x");
    assert_eq!(
        X.scope(1, || {
            let inner = X.scope(2, || X.get());
            X.set(3); // undone with the rest
            (inner, X.get())
        }),
        (Some(2), Some(3))
    );
    assert_eq!(X.get(), None);
    assert!(!copy_context().contains(&X));

    X.set(4);
    assert!(catch_unwind(|| X.scope(5, || silent_panic())).is_err());
    assert_eq!(X.get(), Some(4));
    let unwound = catch_unwind(|| {
        let _binding = X.bind(6);
        silent_panic()
    });
    assert!(unwound.is_err());
    assert_eq!(X.get(), Some(4));
}

/// opentelemetry-rust 1887: guards dropped out of order.
#[test]
fn c12_guards_dropped_in_any_order_restore_what_each_replaced() {
    static X: ContextVar<usize> = ContextVar::new("x");
    let check = |order: [usize; 3], before: Option<usize>| {
        if let Some(value) = before {
            X.set(value);
        }
        let replaced = [before, Some(0), Some(1)];
        let mut guards = [0, 1, 2].map(|i| Some(X.bind(i)));
        for i in order {
            drop(guards[i].take());
            assert_eq!(X.get(), replaced[i]);
        }
    };
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        Context::new().run(|| check(order, None)).unwrap();
        Context::new().run(|| check(order, Some(9))).unwrap();
    }
}

/// Ray 61230: a leave without its enter.
#[test]
fn c21_a_guard_dropped_in_another_context_changes_nothing() {
    static X: ContextVar<u32> = ContextVar::new("x");
    let (outer, inner) = (Context::new(), Context::new());
    outer
        .run(|| {
            let binding = X.bind(1);
            inner
                .run(|| {
                    X.set(2);
                    drop(binding);
                    assert_eq!(X.get(), Some(2));
                })
                .unwrap();
            assert_eq!(X.get(), Some(1));
            std::mem::forget(X.bind(3));
        })
        .unwrap();
    assert_eq!((outer.get(&X), inner.get(&X)), (Some(3), Some(2)));
}

#[test]
fn spawned_threads_start_in_a_copy() {
    static X: ContextVar<u32> = ContextVar::new("x");
    X.set(1);
    let (go, gone) = (Arc::new(Barrier::new(2)), Context::new());
    let waits = Arc::clone(&go);
    let child = spawn_with_copy(move || {
        waits.wait();
        let inherited = X.get();
        X.set(3);
        inherited
    });
    X.set(2);
    go.wait();
    assert_eq!(child.join().unwrap(), Some(1), "as it was at the call");
    assert_eq!(X.get(), Some(2), "the child's set stays there");

    // Of a context that somebody is inside of, too.
    let child = gone.run(|| (X.set(4), gone.spawn(|| (X.get(), X.set(5))).join().unwrap()).1).unwrap();
    assert_eq!((child.0, gone.get(&X)), (Some(4), Some(4)));
    assert!(spawn_with_copy(|| silent_panic()).join().is_err());
}

/// opentelemetry-rust 239; the other half is the pair of doc tests of `Binding`.
#[test]
fn c14_everything_but_the_guard_may_move_to_another_thread() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<ContextVar<u32>>();
    send_and_sync::<Context>();
    send_and_sync::<Token<u32>>();
    send_and_sync::<Bound>();
    send_and_sync::<Unbound>();
    fn send<T: Send>() {}
    send::<ContextIter>();

    static X: ContextVar<u32> = ContextVar::new("x");
    let context = Context::new();
    let token = context.run(|| X.set(1)).unwrap();
    let moved = context.clone();
    thread::spawn(move || moved.run(|| X.reset(&token))).join().unwrap().unwrap().unwrap();
    assert!(context.is_empty());
}
