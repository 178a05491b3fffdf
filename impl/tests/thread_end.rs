//! A thread's end is bounded: a value whose drop binds another of its kind is dropped in a few rounds, and what is
//! bound after the last one is never dropped (as POSIX stops calling destructors of thread-specific data that set it
//! again).

use contextvars::core::{Runtime, ThreadState, UncachedDesign, Value, Variable};
use contextvars::parts::containment::{Contained, Containment};
use contextvars::{Context, ContextVar, copy_context, spawn_with_copy};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// A value's own round, and one for each of the library's.
const ROUNDS: u32 = 1 + Contained::ROUNDS_AT_END;

static V: ContextVar<Again> = ContextVar::new("v");
static W: ContextVar<Again> = ContextVar::new("w");

/// Counts its drops, and does something that makes another of its kind.
struct Again {
    drops: Arc<AtomicU32>,
    how: fn(&Again),
}

impl Again {
    fn next(&self) -> Again {
        Again { drops: Arc::clone(&self.drops), how: self.how }
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        (self.how)(self);
    }
}

/// What a dying value does: a name, how many values it binds at once, and how.
type Way = (&'static str, u32, fn(&Again));

/// Every way to bind a value from a drop. The first four leave it bound.
const WAYS: [Way; 8] = [
    ("set", 1, |dying| drop(V.set(dying.next()))),
    ("set another variable", 1, |dying| drop(W.set(dying.next()))),
    ("set two", 2, |dying| drop((V.set(dying.next()), W.set(dying.next())))),
    ("keep the token", 1, |dying| {
        let token = V.set(dying.next());
        assert!(!token.is_used());
    }),
    ("bind", 1, |dying| drop(V.bind(dying.next()))),
    ("scope", 1, |dying| V.scope(dying.next(), || V.with(|value| assert!(value.is_some())))),
    ("run in a copy", 1, |dying| copy_context().run(|| drop(V.set(dying.next()))).unwrap()),
    ("run in a new context", 1, |dying| Context::new().run(|| drop(V.set(dying.next()))).unwrap()),
];

/// The most drops there can be if each drop binds `breadth` values.
fn most(breadth: u32) -> u32 {
    (0..ROUNDS).map(|round| breadth.pow(round)).sum()
}

fn check(start: fn(Again)) {
    for (name, breadth, how) in WAYS {
        let dropped = drops(start, how);
        assert!((2..=most(breadth)).contains(&dropped), "{name}: {dropped} drops, at most {}", most(breadth));
    }
}

fn drops(start: fn(Again), how: fn(&Again)) -> u32 {
    let drops = Arc::new(AtomicU32::new(0));
    start(Again { drops: Arc::clone(&drops), how });
    drops.load(Ordering::SeqCst)
}

#[test]
fn a_plain_thread_that_ends() {
    check(|first| thread::spawn(|| drop(V.set(first))).join().unwrap());
}

#[test]
fn a_thread_that_starts_in_a_copy() {
    check(|first| spawn_with_copy(|| drop(V.set(first))).join().unwrap());
}

#[test]
fn a_thread_of_a_scope() {
    check(|first| {
        thread::scope(|scope| contextvars::spawn_scoped_with_copy(scope, || drop(V.set(first))).join().unwrap());
    });
}

/// It may die before the library's own, in a thread that is not at its end yet. There a drop that replaces and so drops
/// another of its kind recurs without end, whatever the library does; this one binds where nothing is bound.
#[test]
fn another_thread_local_that_binds_as_it_dies() {
    thread_local! {
        static DYING: RefCell<Option<Again>> = const { RefCell::new(None) };
    }
    static ANY: ContextVar<u32> = ContextVar::new("any");
    let before = |first: Again| {
        thread::spawn(move || {
            DYING.set(Some(first));
            ANY.set(1);
        })
        .join()
        .unwrap();
    };
    let after = |first: Again| {
        thread::spawn(move || {
            ANY.set(1);
            DYING.set(Some(first));
        })
        .join()
        .unwrap();
    };
    for start in [before, after] {
        for (name, breadth, how) in &WAYS[..4] {
            // The thread-local's own value is of no round.
            let (dropped, most) = (drops(start, *how), 1 + breadth * most(*breadth));
            assert!((2..=most).contains(&dropped), "{name}: {dropped} drops, at most {most}");
        }
    }
}

/// However deep a chain of values that was made before the end: it is dropped to its last.
#[test]
fn what_was_bound_before_the_end_is_dropped_whatever_holds_it() {
    struct Holds {
        drops: Arc<AtomicU32>,
        _context: Context,
    }
    impl Drop for Holds {
        fn drop(&mut self) {
            self.drops.fetch_add(1, Ordering::SeqCst);
        }
    }
    static PARENT: ContextVar<Holds> = ContextVar::new("parent");
    let drops = Arc::new(AtomicU32::new(0));
    let in_thread = Arc::clone(&drops);
    thread::spawn(move || {
        for _ in 0..100 {
            PARENT.set(Holds { drops: Arc::clone(&in_thread), _context: copy_context() });
        }
    })
    .join()
    .unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 100);
}

type Core = UncachedDesign<contextvars::platform::Std, Shared>;

/// A value of the core whose drop binds another in the thread that it belongs to.
#[derive(Clone)]
struct Shared(#[allow(dead_code)] Arc<Inner>);

struct Inner {
    drops: Arc<AtomicU32>,
}

thread_local! {
    static STATE: RefCell<Option<&'static (ThreadState<Core>, Variable<Core>)>> = const { RefCell::new(None) };
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        if let Some((state, variable)) = STATE.with_borrow(|state| *state) {
            state.set(variable, Shared(Arc::new(Inner { drops: Arc::clone(&self.drops) })));
        }
    }
}

impl Value for Shared {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
    fn equal(&self, other: &Self) -> bool {
        self.same(other)
    }
}

#[test]
fn the_core_gives_back_the_claims_of_what_it_gives_up() {
    let runtime = Runtime::<Core>::new();
    let drops = Arc::new(AtomicU32::new(0));
    let pair: &'static _ = Box::leak(Box::new((ThreadState::start(&runtime), Variable::new(&runtime, "v", None))));
    STATE.set(Some(pair));
    let (state, variable) = pair;
    let entered = contextvars::core::Context::new();
    state.enter(&entered).unwrap();
    state.set(variable, Shared(Arc::new(Inner { drops: Arc::clone(&drops) })));
    state.end();
    // The first context was kept by `entered`; nothing died, so there was one round.
    assert_eq!((drops.load(Ordering::SeqCst), state.has_context()), (0, false));
    drop(entered);
    assert_eq!((drops.load(Ordering::SeqCst), state.has_context()), (1, true), "the drop bound another");
    let last = state.copy_current();
    state.end();
    assert!(!state.has_context());
    drop(last);
    assert!(state.has_context(), "the value died with its last holder, and bound another");
    state.end();
    assert!(!state.has_context());
    assert_eq!(drops.load(Ordering::SeqCst), 2 + Contained::ROUNDS_AT_END, "the next one is given up");
}

/// What no context binds, a default here, does not start the count of rounds anew.
#[test]
fn a_default_that_dies_between_two_values_does_not_start_the_count_anew() {
    static BOUND: ContextVar<Bound> = ContextVar::new("bound");
    static DROPS: AtomicU32 = AtomicU32::new(0);

    struct Bound;
    struct Default;

    impl Drop for Bound {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
            // Makes the default, which dies with its variable.
            ContextVar::with_default("default", || Default).with(|_| ());
        }
    }

    impl Drop for Default {
        fn drop(&mut self) {
            BOUND.set(Bound);
        }
    }

    thread::spawn(|| drop(BOUND.set(Bound))).join().unwrap();
    assert_eq!(DROPS.load(Ordering::SeqCst), ROUNDS);
}

/// In a thread that goes on, and in thread-locals that are destroyed before the state of this crate, a drop that binds
/// another of its kind in the place of one is bounded, too.
#[test]
fn drops_that_replace_each_other_inside_each_other_are_bounded() {
    static V: ContextVar<Replaces> = ContextVar::new("v");
    static DROPS: AtomicU32 = AtomicU32::new(0);

    struct Replaces;

    impl Drop for Replaces {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
            drop(V.set(Replaces));
        }
    }

    thread_local! {
        static LOCAL: RefCell<Option<Replaces>> = const { RefCell::new(None) };
    }

    thread::spawn(|| {
        drop(V.set(Replaces));
        drop(V.set(Replaces));
        let in_life = DROPS.load(Ordering::SeqCst);
        assert!((2..100).contains(&in_life), "{in_life}");
        // Destroyed before the state, as it is used later.
        LOCAL.set(Some(Replaces));
    })
    .join()
    .unwrap();
    assert!(DROPS.load(Ordering::SeqCst) < 300);
}

/// A value that is bound by the last of many drops inside each other is dropped like any other.
#[test]
fn a_value_bound_deep_inside_a_chain_is_dropped() {
    static LINK: ContextVar<Link> = ContextVar::new("link");
    static LAST: ContextVar<Arc<()>> = ContextVar::new("last");
    struct Link(Arc<()>, #[allow(dead_code)] Context);
    impl Drop for Link {
        fn drop(&mut self) {
            drop(LAST.set(Arc::clone(&self.0)));
        }
    }
    let count = Arc::new(());
    let inside = Arc::clone(&count);
    thread::spawn(move || {
        for _ in 0..100 {
            Context::new().run(|| drop(LINK.set(Link(Arc::clone(&inside), copy_context())))).unwrap();
            let link = Link(Arc::clone(&inside), copy_context());
            drop(LINK.set(link));
        }
    })
    .join()
    .unwrap();
    assert_eq!(Arc::strong_count(&count), 1);
}
