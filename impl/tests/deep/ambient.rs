//! Chains through the public layer.

use super::{Kind, LINKS, Link, Log, Object, all_die, chain, plain, trees_die_depth_first};
use contextvars::{Context, ContextVar, copy_context, spawn_with_copy};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static V: ContextVar<Option<Link>> = ContextVar::new("v");
static HEAD: ContextVar<Option<Object>> = ContextVar::new("head");

thread_local! {
    static DEFAULT: RefCell<Option<Link>> = const { RefCell::new(None) };
}

fn bound(link: Link) -> Context {
    let context = Context::new();
    context.run(|| drop(V.set(Some(link)))).unwrap();
    context
}

fn context(link: Link) -> Object {
    Box::new(bound(link))
}

fn token(link: Link) -> Object {
    Box::new(bound(link).run(|| V.set(None)).unwrap())
}

fn iterator(link: Link) -> Object {
    let mut iterator = bound(link).iter();
    drop(iterator.next());
    Box::new(iterator)
}

fn binding(link: Link) -> Object {
    Box::new(bound(link).iter().next())
}

fn default(link: Link) -> Object {
    let variable = ContextVar::with_default("default", || DEFAULT.take());
    DEFAULT.set(Some(link));
    variable.with(|value| assert!(value.is_some_and(Option::is_some)));
    Box::new(variable)
}

fn variable_and_value(link: Link) -> Object {
    let (context, variable) = (Context::new(), ContextVar::new("made at run time"));
    context.run(|| drop(variable.set(Some(link)))).unwrap();
    Box::new((variable, context))
}

fn context_of_a_future(link: Link) -> Object {
    Box::new(bound(link).attach(std::future::pending::<()>()))
}

fn future(link: Link) -> Object {
    let held = bound(link);
    Box::new(Context::new().attach(async move {
        std::future::pending::<()>().await;
        drop(held);
    }))
}

const KINDS: [Kind; 8] = [context, token, iterator, binding, default, variable_and_value, context_of_a_future, future];

#[test]
fn mem_1_a_chain_of_each_kind() {
    for kind in KINDS {
        all_die(LINKS, move |log| drop(plain(&[kind], log)));
    }
}

#[test]
fn mem_1_a_chain_of_all_kinds_wherever_it_dies() {
    type Place = fn(Object);
    const PLACES: [Place; 11] = [
        drop,
        |first| drop((HEAD.set(Some(first)), HEAD.set(None))),
        |first| {
            let token = HEAD.set(Some(first));
            HEAD.reset(&token).unwrap();
        },
        |first| drop(HEAD.bind(Some(first))),
        |first| HEAD.scope(Some(first), || ()),
        |first| Context::new().run(|| drop(HEAD.set(Some(first)))).unwrap(),
        |first| Context::new().run(|| drop(first)).unwrap(),
        |first| {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _dies = first;
                resume_unwind(Box::new("on purpose"));
            }));
            assert!(unwound.is_err());
        },
        // Left to the end of the thread.
        |first| drop(HEAD.set(Some(first))),
        |first| {
            thread_local!(static LAST: RefCell<Option<Object>> = const { RefCell::new(None) });
            LAST.set(Some(first));
            drop(copy_context());
        },
        // In a thread that did not make it. Threads have 2 MiB there.
        |first| spawn_with_copy(|| drop(HEAD.set(Some(first)))).join().unwrap(),
    ];
    for place in PLACES {
        all_die(LINKS, move |log| place(plain(&KINDS, log)));
    }
}

#[test]
fn mem_1_siblings_die_in_the_order_of_a_recursion() {
    trees_die_depth_first(&KINDS);
}

/// Every value sets a variable as it dies, reads it back, and lets a context die.
#[test]
fn mem_1_values_whose_code_uses_the_library() {
    static SEEN: ContextVar<usize> = ContextVar::new("seen");
    fn code() {
        let before = SEEN.get().unwrap_or(0);
        drop(SEEN.set(before + 1));
        copy_context().run(|| SEEN.scope(0, || assert_eq!(SEEN.get(), Some(0)))).unwrap();
        assert_eq!(SEEN.get(), Some(before + 1));
    }
    all_die(LINKS, |log| {
        // Not the futures: what they hold dies inside contexts of their own.
        drop(chain(&KINDS[..6], LINKS, log, |_| code));
        assert_eq!(SEEN.get(), Some(LINKS));
    });
}

/// The first links die inside each other, the others one after the other: the panic of one is of no concern to the
/// rest.
#[test]
fn mem_1_values_whose_drop_panics() {
    all_die(LINKS, |log| {
        let panics = |number| if number % 1000 < 3 { || resume_unwind(Box::new("on purpose")) } else { || () };
        drop(chain(&KINDS, LINKS, log, panics));
    });
}

/// A value that binds another of its kind for ever is stopped there, too, where what it replaces is released later.
#[test]
fn a_recursion_that_binds_ends_at_the_end_of_a_chain() {
    static AGAIN: ContextVar<Again> = ContextVar::new("again");
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Again(fn(Again));
    impl Drop for Again {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
            self.0(Again(self.0));
        }
    }
    const WAYS: [fn(Again); 4] = [
        |next| drop(AGAIN.set(next)),
        |next| drop(AGAIN.bind(next)),
        |next| AGAIN.scope(next, || ()),
        |next| Context::new().run(|| drop(AGAIN.set(next))).unwrap(),
    ];
    for way in WAYS {
        // Each begins where a chain of so many links ends.
        for links in [1, 3, 20, 21, 36, 38, 39, 40, 42, 100, 1000, 3000] {
            let log = Log::default();
            let last = Context::new();
            last.run(|| drop(AGAIN.set(Again(way)))).unwrap();
            let first =
                (0..links).fold(Box::new(last) as Object, |held, number| context(Link::new(number, &log, vec![held])));
            if links % 3 == 0 {
                // At the thread's end.
                thread::spawn(move || drop(HEAD.set(Some(first)))).join().unwrap();
            } else {
                thread::spawn(move || drop(first)).join().unwrap();
            }
            assert_eq!(log.lock().unwrap().len(), links);
            let dropped = DROPS.swap(0, Ordering::SeqCst);
            assert!((2..200).contains(&dropped), "{dropped} drops after {links} links");
        }
    }
}
