//! Code that is hooked into the allocator and reads variables, with and without a guard of its own against recursion,
//! in every public operation: it neither panics, nor waits, nor recurs without end, and reads what is bound.
//!
//! An integration test of its own, as it replaces the allocator of the process.
// An allocator cannot be written without unsafe code; this one passes everything on.
#![allow(unsafe_code)]

use contextvars::{Context, ContextVar, WithContext, copy_context, spawn_scoped_with_copy, spawn_with_copy};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as Waking, Waker};
use std::thread;

static NAME: ContextVar<u64> = ContextVar::new("name");
static OTHER: ContextVar<u64> = ContextVar::with_default("other", || 3);
static UNBOUND: ContextVar<u64> = ContextVar::new("unbound");
/// More than a thread's table has places, so that some of them displace each other.
static MANY: [ContextVar<u64>; 130] = [const { ContextVar::new("many") }; 130];

static READS: AtomicU64 = AtomicU64::new(0);
static WRONG: AtomicU64 = AtomicU64::new(0);
static DEEPEST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static DEPTH: Cell<u64> = const { Cell::new(0) };
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

struct Hooked;

#[global_allocator]
static ALLOCATOR: Hooked = Hooked;

/// The hook. It must not panic: what it finds wrong is counted.
fn hook() {
    let depth = DEPTH.get();
    if GUARDED.get() && depth > 0 {
        return;
    }
    DEPTH.set(depth + 1);
    DEEPEST.fetch_max(depth + 1, Ordering::Relaxed);
    READS.fetch_add(1, Ordering::Relaxed);
    let right = NAME.get().is_none_or(|value| value < 100)
        && OTHER.get().is_some_and(|value| value < 100)
        && OTHER.get_or(5) < 100
        && UNBOUND.get().is_none()
        && UNBOUND.try_get().is_err();
    if !right {
        WRONG.fetch_add(1, Ordering::Relaxed);
    }
    for variable in [0, 1, 64, 65, 128, 129] {
        if MANY[variable].with(|value| value.is_some_and(|value| *value != variable as u64)) {
            WRONG.fetch_add(1, Ordering::Relaxed);
        }
    }
    DEPTH.set(depth);
}

// SAFETY: everything is passed on to the system's allocator, with the same arguments.
unsafe impl GlobalAlloc for Hooked {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hook();
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hook();
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Every public operation, outside of any context and inside one.
fn everything() {
    // Left bound at the thread's end, if this is not that end.
    NAME.set(6);
    Context::new().run(operations).unwrap();
    NAME.set(6);
}

fn operations() {
    let token = NAME.set(1);
    assert_eq!(NAME.get(), Some(1));
    assert_eq!(token.old_value(), None);
    let second = NAME.set(2);
    NAME.reset(&second).unwrap();
    assert_eq!(NAME.get(), Some(1));
    OTHER.scope(7, || assert_eq!((OTHER.get(), OTHER.get_or(9)), (Some(7), 7)));
    let binding = OTHER.bind(8);
    let context = copy_context();
    assert_eq!((context.get(&OTHER), context.len()), (Some(8), 2));
    drop(binding);
    assert_eq!((OTHER.get(), UNBOUND.try_get().is_err()), (Some(3), true));
    assert_eq!(context.iter().count(), 2);
    assert!(context.same_bindings(&context.copy()));
    assert!(!format!("{context:?}").is_empty());
    context
        .run(|| {
            // Grows the stack of contexts.
            fn nest(levels: u32) {
                if levels > 0 {
                    Context::new().run(|| nest(levels - 1)).unwrap();
                }
            }
            nest(20);
            for (value, variable) in MANY.iter().enumerate() {
                variable.set(value as u64);
            }
            for (value, variable) in MANY.iter().enumerate().chain(MANY.iter().enumerate()) {
                assert_eq!(variable.get(), Some(value as u64));
            }
            assert_eq!(OTHER.get(), Some(8));
        })
        .unwrap();
    let mut task = WithContext::new(async { NAME.set(4).old_value().copied() });
    let mut waking = Waking::from_waker(Waker::noop());
    assert!(Pin::new(&mut task).poll(&mut waking).is_ready());
    drop(task);
    drop(chain(200));
    // The fallback of a read that finds a value is given up while the chain is.
    OTHER.scope(7, || drop(chain(200)));
    assert_eq!(spawn_with_copy(|| NAME.get()).join().unwrap(), Some(1));
    assert_eq!(context.spawn(|| OTHER.get()).join().unwrap(), Some(8));
    let scoped = thread::scope(|scope| spawn_scoped_with_copy(scope, || NAME.get()).join().unwrap());
    assert_eq!(scoped, Some(1));
    NAME.reset(&token).unwrap();
    assert_eq!(NAME.get(), None);
}

/// Contexts that hold each other: too many to be released inside each other.
fn chain(links: u32) -> Context {
    static CHAIN: ContextVar<Context> = ContextVar::new("chain");
    (0..links).fold(Context::new(), |held, _| {
        let context = Context::new();
        context.run(|| drop(CHAIN.set(held))).unwrap();
        context
    })
}

/// A value whose drop does everything, at the end of a thread.
struct AtEnd(bool);

impl Drop for AtEnd {
    fn drop(&mut self) {
        GUARDED.set(self.0);
        everything();
    }
}

static AT_END: ContextVar<AtEnd> = ContextVar::new("at end");

/// One test, so that the first use of every variable is among what is tested.
#[test]
fn code_in_the_allocator_may_read() {
    for guarded in [false, true] {
        let body = move || {
            GUARDED.set(guarded);
            everything();
            AT_END.set(AtEnd(guarded));
            everything();
        };
        GUARDED.set(guarded);
        everything();
        for _ in 0..20 {
            let threads: Vec<_> = (0..4).map(|_| thread::spawn(body)).collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
        spawn_with_copy(body).join().unwrap();
    }
    assert!(READS.load(Ordering::Relaxed) > 10_000, "the hook was called");
    assert_eq!(WRONG.load(Ordering::Relaxed), 0);
    let deepest = DEEPEST.load(Ordering::Relaxed);
    assert!(deepest > 1, "the hook was called in itself");
    assert!(deepest < 20, "and to no great depth: {deepest}");
}
