//! Variables, defaults and reads of the ambient layer.

use crate::silent_panic;
use contextvars::{Context, ContextIter, ContextVar, ResetError, Unbound, copy_context, spawn_with_copy};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

#[test]
fn reads_prefer_binding_then_argument_then_default() {
    static BARE: ContextVar<String> = ContextVar::new("bare");
    static WITH: ContextVar<String> = ContextVar::with_default("with", || "default".into());
    assert_eq!(BARE.get(), None);
    assert_eq!(BARE.get_or("argument".into()), "argument");
    assert_eq!(WITH.get().as_deref(), Some("default"));
    assert_eq!(WITH.get_or("argument".into()), "argument");
    assert_eq!(WITH.try_get().as_deref(), Ok("default"));

    let error: Unbound = BARE.try_get().unwrap_err();
    assert_eq!(error.name(), "bare");
    assert_eq!(error.to_string(), "context variable \"bare\" is not bound and has no default");

    for variable in [&BARE, &WITH] {
        variable.scope("bound".into(), || {
            assert_eq!(variable.get().as_deref(), Some("bound"));
            assert_eq!(variable.get_or("argument".into()), "bound");
            variable.with(|value| assert_eq!(value.map(String::as_str), Some("bound")));
        });
    }
}

/// An argument that is present but "empty" is a value like any other (PyPy, catalogue C2).
#[test]
fn c2_absence_is_outside_the_values() {
    static X: ContextVar<Option<u32>> = ContextVar::with_default("x", || Some(1));
    let first = X.set(None);
    assert_eq!((X.get(), first.old_value()), (Some(None), None));
    let second = X.set(Some(2));
    assert_eq!(second.old_value(), Some(&None));
    X.reset(&second).unwrap();
    assert_eq!((X.get(), copy_context().contains(&X)), (Some(None), true));
    X.reset(&first).unwrap();
    assert_eq!((X.get(), copy_context().contains(&X)), (Some(Some(1)), false));
}

#[test]
fn a_default_is_made_once_when_needed_and_never_stored() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static X: ContextVar<Box<u32>> = ContextVar::with_default("x", || {
        MADE.fetch_add(1, Ordering::Relaxed);
        Box::new(1)
    });
    let token = X.set(Box::new(2));
    assert_eq!(X.get().as_deref(), Some(&2));
    assert_eq!(*X.get_or(Box::new(3)), 2);
    X.reset(&token).unwrap();
    assert_eq!(*X.get_or(Box::new(3)), 3);
    assert_eq!(MADE.load(Ordering::Relaxed), 0, "nobody needed it yet");

    let address = || X.with(|value| std::ptr::from_ref(&**value.unwrap()) as usize);
    let here = address();
    assert_eq!(Context::new().run(address), Ok(here));
    assert_eq!(thread::spawn(address).join().unwrap(), here);
    assert_eq!(MADE.load(Ordering::Relaxed), 1);
    assert!(copy_context().is_empty());
}

#[test]
fn a_default_that_panics_is_tried_again() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static X: ContextVar<usize> =
        ContextVar::with_default("x", || if MADE.fetch_add(1, Ordering::Relaxed) == 0 { silent_panic() } else { 1 });
    assert!(catch_unwind(|| X.get()).is_err());
    assert_eq!((X.get(), X.get()), (Some(1), Some(1)));
}

/// PROG-1: while one thread is stopped inside the default, others go on.
#[test]
fn prog_1_a_slow_default_blocks_nobody_and_all_see_one_object() {
    static SLOW: Barrier = Barrier::new(2);
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    static X: ContextVar<usize> = ContextVar::with_default("x", || {
        let call = CALLS.fetch_add(1, Ordering::SeqCst);
        if call == 0 {
            SLOW.wait(); // we are inside
            SLOW.wait(); // until the other one has read
        }
        call
    });
    let slow = thread::spawn(|| X.get());
    SLOW.wait();
    assert_eq!(X.get(), Some(1));
    SLOW.wait();
    assert_eq!(slow.join().unwrap(), Some(1));
    assert_eq!(X.get(), Some(1));
}

#[test]
fn variables_of_one_name_are_different() {
    static A: ContextVar<u32> = ContextVar::new("same");
    static B: ContextVar<u32> = ContextVar::new("same");
    A.set(1);
    assert_eq!((A.get(), B.get()), (Some(1), None));
    assert_eq!(B.reset(&A.set(2)), Err(ResetError::OtherVariable));
    assert_eq!(A.name(), B.name());
    assert_eq!(format!("{A:?}"), "ContextVar { name: \"same\", .. }");
}

#[test]
fn variables_can_be_made_at_run_time() {
    let variables: Vec<_> = (0..100).map(|i| (i, ContextVar::<u32>::new("run time"))).collect();
    let _bindings: Vec<_> = variables.iter().map(|(i, variable)| variable.bind(*i)).collect();
    let context = copy_context();
    assert!(variables.iter().all(|(i, variable)| variable.get() == Some(*i)));
    let shared = Arc::new(ContextVar::<u32>::new("shared"));
    let token = shared.set(1);
    let same = Arc::clone(&shared);
    assert_eq!(spawn_with_copy(move || same.get()).join().unwrap(), Some(1));
    shared.reset(&token).unwrap();
    assert_eq!(context.len(), 100);
}

#[test]
fn values_are_read_without_clone_and_the_clone_may_do_anything() {
    struct NotClone(u32);
    static N: ContextVar<NotClone> = ContextVar::new("n");
    N.set(NotClone(3));
    assert_eq!(N.with(|value| value.unwrap().0), 3);
    assert_eq!(copy_context().with(&N, |value| value.unwrap().0), 3);

    // What the read looks at stays alive although it is replaced meanwhile.
    N.with(|old| {
        N.set(NotClone(4));
        assert_eq!((old.unwrap().0, N.with(|new| new.unwrap().0)), (3, 4));
    });

    #[derive(Debug, PartialEq)]
    struct Meddler(u32);
    static M: ContextVar<Meddler> = ContextVar::new("m");
    impl Clone for Meddler {
        fn clone(&self) -> Self {
            if self.0 == 0 {
                silent_panic()
            }
            let token = M.set(Meddler(self.0 + 1));
            assert_eq!(M.with(|value| value.unwrap().0), self.0 + 1);
            M.reset(&token).unwrap();
            Meddler(self.0)
        }
    }
    let _binding = M.bind(Meddler(5));
    assert_eq!((M.get(), M.get()), (Some(Meddler(5)), Some(Meddler(5))));
    let _binding = M.bind(Meddler(0));
    assert!(catch_unwind(|| M.get()).is_err());
    assert_eq!(M.with(|value| value.unwrap().0), 0);
}

#[test]
fn iteration_is_over_one_version_with_types_on_request() {
    static NUMBER: ContextVar<u32> = ContextVar::new("number");
    static TEXT: ContextVar<String> = ContextVar::new("text");
    let context = Context::new();
    assert_eq!(context.iter().len(), 0);
    context.run(|| (NUMBER.set(1), TEXT.set("one".into()))).unwrap();
    let mut iter: ContextIter = context.iter();
    assert_eq!(iter.len(), 2);
    context.run(|| NUMBER.set(2)).unwrap();
    assert_eq!(context.iter().filter(|bound| bound.is_of(&NUMBER)).count(), 1);
    drop(context);

    // The iterator owns what it yields, and may move to another thread.
    let rest = thread::spawn(move || (iter.next(), iter.next(), iter.next())).join().unwrap();
    let (Some(first), Some(second), None) = rest else { panic!("two bindings") };
    let mut bound = [first, second];
    bound.sort_by_key(|bound| bound.name().to_owned());
    let [number, text] = &bound;
    assert_eq!((number.name(), number.value::<u32>(), number.value::<String>()), ("number", Some(&1), None));
    assert_eq!((text.name(), text.value::<u32>(), text.value::<String>()), ("text", None, Some(&"one".to_owned())));
    assert!(text.is_of(&TEXT) && !text.is_of(&NUMBER));
}

#[test]
fn contexts_compare_by_the_identity_of_their_values() {
    static X: ContextVar<u32> = ContextVar::new("x");
    static Y: ContextVar<u32> = ContextVar::new("y");
    let context = Context::new();
    let token = context.run(|| (X.set(1), Y.set(2)).0).unwrap();
    let copy = context.copy();
    assert!(context.same_bindings(&copy) && !context.same(&copy) && context.same(&context.clone()));
    let rebound = context.run(|| Y.set(2)).unwrap();
    assert!(!context.same_bindings(&copy), "equal, but another object");
    context.run(|| Y.reset(&rebound)).unwrap().unwrap();
    assert!(context.same_bindings(&copy) && copy.same_bindings(&context), "the same objects in another map");
    context.run(|| X.reset(&token)).unwrap().unwrap();
    assert!(!context.same_bindings(&copy) && !copy.same_bindings(&context));
    assert_eq!(format!("{context:?} {:?}", Context::new()), "Context {\"y\"} Context {}");
}

/// An object shows which variables it is about, and never a value, which may be a secret.
#[test]
fn objects_show_the_names_of_variables_and_no_values() {
    #[derive(Clone, Debug)]
    struct Secret;
    static KEY: ContextVar<Secret> = ContextVar::new("the key");
    let context = Context::new();
    let (token, binding, task) = context
        .run(|| {
            let token = KEY.set(Secret);
            let task = contextvars::WithContext::new(std::future::ready(Secret));
            let mut bound = context.iter();
            let fresh = format!("{bound:?}");
            let first = bound.next();
            assert_ne!(fresh, format!("{bound:?}"), "an iterator shows how far it is");
            let binding = format!("{:?}", KEY.bind(Secret));
            (format!("{token:?} {first:?}"), binding, format!("{task:?}"))
        })
        .unwrap();
    for shown in [token, binding, task, format!("{context:?}"), format!("{KEY:?}")] {
        assert!(shown.contains("the key") && !shown.contains("Secret"), "{shown}");
    }
    let unbound = KEY.try_get().unwrap_err();
    assert!(unbound.name() == "the key" && unbound.to_string().contains("the key"));
}
