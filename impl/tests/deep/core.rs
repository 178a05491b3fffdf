//! Chains through the core: a value type that the library knows nothing of, and a platform of simulated threads.

use super::{Kind, LINKS, Link, Log, Object, all_die, chain, plain, trees_die_depth_first};
use contextvars::core::{Context, Design, PerThreadDesign, Runtime, ThreadState, UncachedDesign, Value, Variable};
use contextvars::platform::{Ordering, Platform, Std};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// A value, or none.
#[derive(Clone)]
struct Node(#[allow(dead_code, reason = "held")] Arc<Option<Link>>);

impl Node {
    fn new(link: Option<Link>) -> Self {
        Node(Arc::new(link))
    }
}

impl Value for Node {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
    fn equal(&self, other: &Self) -> bool {
        self.same(other)
    }
}

/// What makes objects of a design.
struct Maker<D: Design<Value = Node>> {
    thread: ThreadState<D>,
    variable: Variable<D>,
}

impl<D: Design<Value = Node>> Maker<D> {
    fn new() -> Self {
        let runtime = Runtime::new();
        Maker { thread: ThreadState::start(&runtime), variable: Variable::new(&runtime, "v", None) }
    }

    fn bound(&self, variable: &Variable<D>, link: Link) -> Context<D> {
        let context = Context::new();
        self.thread.run(&context, || drop(self.thread.set(variable, Node::new(Some(link))))).unwrap();
        context
    }

    fn context(link: Link) -> Object {
        let maker = Self::new();
        Box::new(maker.bound(&maker.variable, link))
    }

    fn token(link: Link) -> Object {
        let maker = Self::new();
        let context = maker.bound(&maker.variable, link);
        Box::new(maker.thread.run(&context, || maker.thread.set(&maker.variable, Node::new(None))).unwrap())
    }

    fn iterator(link: Link) -> Object {
        let maker = Self::new();
        let iterator = maker.bound(&maker.variable, link).iter();
        assert!(iterator.next().is_some());
        Box::new(iterator)
    }

    fn bindings(link: Link) -> Object {
        let maker = Self::new();
        Box::new(maker.bound(&maker.variable, link).bindings())
    }

    fn default(link: Link) -> Object {
        Box::new(Variable::new(Maker::<D>::new().thread.runtime(), "default", Some(Node::new(Some(link)))))
    }

    /// Held by a default alone, whose variable a context alone holds.
    fn default_of_a_bound_variable(link: Link) -> Object {
        let maker = Self::new();
        let variable = Variable::new(maker.thread.runtime(), "default", Some(Node::new(Some(link))));
        let context = Context::<D>::new();
        maker.thread.run(&context, || drop(maker.thread.set(&variable, Node::new(None)))).unwrap();
        Box::new(context)
    }

    const KINDS: &'static [Kind] =
        &[Self::context, Self::token, Self::iterator, Self::bindings, Self::default, Self::default_of_a_bound_variable];
}

type Uncached = Maker<UncachedDesign<Std, Node>>;
type PerThread = Maker<PerThreadDesign<Std, Node>>;

#[test]
fn mem_1_a_chain_of_each_kind() {
    for kind in PerThread::KINDS {
        all_die(LINKS, move |log| drop(plain(&[*kind], log)));
    }
}

#[test]
fn mem_1_a_chain_of_all_kinds_of_two_designs() {
    let kinds = [Uncached::KINDS, PerThread::KINDS].concat();
    all_die(LINKS, move |log| drop(plain(&kinds, log)));
}

#[test]
fn mem_1_siblings_die_in_the_order_of_a_recursion() {
    trees_die_depth_first(Uncached::KINDS);
}

/// The contract of values forbids it; the others die all the same.
#[test]
fn mem_1_a_value_whose_drop_panics() {
    for panics in [10, 39, 5000] {
        all_die(LINKS, move |log| {
            let code = |number| if number == panics { || resume_unwind(Box::new("on purpose")) } else { || () };
            let first = chain(Uncached::KINDS, LINKS, log, code);
            assert!(catch_unwind(AssertUnwindSafe(|| drop(first))).is_err());
            // Nothing is left over that would make this thread wait for a release that never comes.
            let after = Log::default();
            drop(chain(Uncached::KINDS, 1000, &after, |_| || ()));
            assert_eq!(after.lock().unwrap().len(), 1000);
        });
    }
}

/// Threads that take turns on one of the system, as those of a simulator.
struct Turns;

thread_local! {
    static TURN: Cell<u64> = const { Cell::new(0) };
}

impl Platform for Turns {
    type Word = <Std as Platform>::Word;
    type Lock<T: Send + 'static> = <Std as Platform>::Lock<T>;
    type Join = <Std as Platform>::Join;

    fn spawn(body: impl FnOnce() + Send + 'static) -> Self::Join {
        Std::spawn(body)
    }
    fn pause() {}
    fn fence(order: Ordering) {
        Std::fence(order);
    }
    fn strand() -> u64 {
        TURN.get()
    }
}

/// While a thread is deep in a release, another one gets its turn, and what that releases dies before its turn ends;
/// what the first thread's own code releases there dies when that code has returned.
#[test]
fn mem_1_threads_that_switch_inside_a_drop() {
    type Simulated = Maker<UncachedDesign<Turns, Node>>;
    thread_local! {
        static READY: RefCell<Vec<(Object, Log)>> = const { RefCell::new(Vec::new()) };
    }
    fn values_that_die(during: fn(Object)) -> usize {
        let (first, log) = READY.with_borrow_mut(Vec::pop).expect("made below");
        during(first);
        log.lock().unwrap().len()
    }
    fn in_a_turn_of_another(first: Object) {
        let before = TURN.replace(TURN.get() + 1);
        drop(first);
        TURN.set(before);
    }
    all_die(LINKS, |log| {
        for _ in 0..4 {
            let log = Log::default();
            READY.with_borrow_mut(|ready| ready.push((chain(Simulated::KINDS, 1000, &log, |_| || ()), log)));
        }
        let code = |number| match number {
            10 => || assert_eq!(values_that_die(drop), 1000, "near the surface"),
            500 | 501 => || assert_eq!(values_that_die(in_a_turn_of_another), 1000, "another thread"),
            502 => || assert_eq!(values_that_die(drop), 0, "the same thread"),
            _ => || (),
        };
        drop(chain(Simulated::KINDS, LINKS, log, code));
    });
}
