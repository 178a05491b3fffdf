//! The operations of the core and what its objects say about themselves, of both designs.

use contextvars::core::{
    Context, Design, EnterError, ExitError, NoFreeWatcher, NoSuchWatcher, PerThreadDesign, ResetError, RunError,
    Runtime, ThreadState, UncachedDesign, Value, Variable, WATCHER_SLOTS,
};
use contextvars::platform::Std;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    static CLONES: Cell<usize> = const { Cell::new(0) };
    static EQUALS: Cell<usize> = const { Cell::new(0) };
}

/// A number that counts its clones and comparisons.
#[derive(Debug)]
struct Number(Arc<u32>);

impl Number {
    fn new(number: u32) -> Self {
        Number(Arc::new(number))
    }
}

impl Clone for Number {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        Number(Arc::clone(&self.0))
    }
}

impl Value for Number {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
    fn equal(&self, other: &Self) -> bool {
        EQUALS.set(EQUALS.get() + 1);
        self.0 == other.0
    }
}

fn clones(during: impl FnOnce()) -> usize {
    let before = CLONES.get();
    during();
    CLONES.get() - before
}

/// A thread, and a way to make variables.
struct Bench<D: Design<Value = Number>> {
    runtime: Arc<Runtime<D>>,
    thread: ThreadState<D>,
}

impl<D: Design<Value = Number>> Bench<D> {
    fn new() -> Self {
        let runtime = Runtime::new();
        Bench { thread: ThreadState::start(&runtime), runtime }
    }

    fn variable(&self, name: &str) -> Variable<D> {
        Variable::new(&self.runtime, name, None)
    }

    fn get(&self, variable: &Variable<D>) -> Option<u32> {
        self.thread.get(variable, None, |value| value.map(|value| *value.0))
    }
}

/// Runs a test with each of the designs.
macro_rules! of_both_designs {
    ($($name:ident => $test:ident;)*) => {$(
        #[test]
        fn $name() {
            $test::<UncachedDesign<Std, Number>>();
            $test::<PerThreadDesign<Std, Number>>();
        }
    )*};
}

of_both_designs! {
    a_context_knows_its_bindings => bindings;
    contexts_are_equal_if_their_bindings_are => equality;
    a_thread_knows_where_it_is => places;
    entering_and_leaving_fail_as_stated => scopes;
    a_token_knows_what_it_undoes => tokens;
    watchers_have_eight_slots => watchers;
    many_variables_keep_their_values_apart => many;
}

fn bindings<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let (x, y) = (bench.variable("x"), bench.variable("y"));
    let context = Context::<D>::new();
    assert!(context.is_empty() && context.bindings().is_empty() && context.iter().next().is_none());
    bench
        .thread
        .run(&context, || drop((bench.thread.set(&x, Number::new(1)), bench.thread.set(&y, Number::new(2)))))
        .unwrap();
    let (copy, iterator, version) = (context.copy(), context.iter(), context.bindings());
    bench.thread.run(&context, || drop(bench.thread.set(&x, Number::new(3)))).unwrap();
    let read = |context: &Context<D>| [&x, &y].map(|v| context.lookup(v).map(|value| *value.0));
    assert_eq!((read(&context), read(&copy)), ([Some(3), Some(2)], [Some(1), Some(2)]));
    assert_eq!((context.len(), context.is_empty(), version.len(), version.is_empty()), (2, false, 2, false));
    assert!(context.contains(&x) && !context.contains(&bench.variable("x")));
    assert_eq!(version.get(&x).map(|value| *value.0), Some(1));
    assert!(version.ptr_eq(&copy.bindings()) && !version.ptr_eq(&context.bindings()));
    let delivered: BTreeSet<u32> = std::iter::from_fn(|| iterator.next()).map(|(_, value)| *value.0).collect();
    assert_eq!((delivered, iterator.version_len()), (BTreeSet::from([1, 2]), 2));
    assert_eq!(version.iter().count(), 2);
    let default = Variable::<D>::new(&bench.runtime, "with", Some(Number::new(9)));
    assert_eq!((default.name(), default.default().map(|value| *value.0)), ("with", Some(9)));
    assert_eq!((bench.get(&default), context.contains(&default)), (Some(9), false));
    let fallback = Number::new(8);
    assert_eq!(bench.thread.get(&default, Some(&fallback), |value| value.map(|value| *value.0)), Some(8));
    assert!(x.default().is_none() && x == x.clone() && x != y);
    let shown = [format!("{x:?}"), format!("{y:?}"), format!("{context:?}"), format!("{copy:?}")];
    assert_eq!(BTreeSet::from(shown).len(), 4, "each shows which it is");
}

fn equality<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let (x, y) = (bench.variable("x"), bench.variable("y"));
    let with = |bound: &[(&Variable<D>, &Number)]| {
        let context = Context::<D>::new();
        let set = |(v, value): &(&Variable<D>, &Number)| drop(bench.thread.set(v, (*value).clone()));
        bench.thread.run(&context, || bound.iter().for_each(set)).unwrap();
        context
    };
    let (one, uno, two) = (Number::new(1), Number::new(1), Number::new(2));
    let asked = |left: &Context<D>, right: &Context<D>| {
        EQUALS.set(0);
        (left.equals(right), EQUALS.get())
    };
    let xy = with(&[(&x, &one), (&y, &two)]);
    assert_eq!(asked(&xy, &xy), (true, 0));
    assert_eq!(asked(&xy, &xy.copy()), (true, 0), "one version");
    assert_eq!(asked(&xy, &with(&[(&x, &one), (&y, &two)])), (true, 0), "identical values");
    assert_eq!(asked(&xy, &with(&[(&x, &uno), (&y, &two)])), (true, 1), "equal values");
    assert!(!asked(&xy, &with(&[(&x, &two), (&y, &two)])).0);
    assert_eq!(asked(&xy, &with(&[(&x, &one)])), (false, 0), "of another size");
    assert_eq!(asked(&with(&[(&x, &one)]), &xy), (false, 0));
    assert_eq!(asked(&with(&[(&x, &one)]), &with(&[(&y, &one)])), (false, 0), "another variable");
    assert_eq!(asked(&Context::new(), &Context::new()), (true, 0));
    assert!(xy.same(&xy.clone()) && !xy.same(&xy.copy()));
}

fn places<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let thread = &bench.thread;
    let (outer, inner) = (Context::<D>::new(), Context::<D>::new());
    let inside = || (thread.has_context(), thread.is_inside(&outer), thread.is_inside(&inner));
    assert_eq!(inside(), (false, false, false));
    thread
        .run(&outer, || {
            assert_eq!(inside(), (true, true, false));
            thread.run(&inner, || assert_eq!(inside(), (true, true, true))).unwrap();
        })
        .unwrap();
    assert_eq!(inside(), (false, false, false));
    assert!(Arc::ptr_eq(thread.runtime(), &bench.runtime));

    let x = bench.variable("x");
    thread.run(&outer, || drop(thread.set(&x, Number::new(1)))).unwrap();
    let child = ThreadState::start_in_copy(&bench.runtime, &outer);
    assert!(child.has_context() && !child.is_inside(&outer), "a copy");
    assert_eq!(child.get(&x, None, |value| value.map(|value| *value.0)), Some(1));
    drop(child.set(&x, Number::new(2)));
    assert_eq!(outer.lookup(&x).map(|value| *value.0), Some(1));
    // A copy of the current context is one of what the thread made for itself.
    drop(thread.set(&x, Number::new(3)));
    assert!(thread.has_context());
    assert_eq!(thread.copy_current().lookup(&x).map(|value| *value.0), Some(3));
    // Its end leaves everything.
    thread.enter(&inner).unwrap();
    thread.end();
    assert!(!thread.has_context());
    assert_eq!(child.enter(&inner), Ok(()));
    drop(child);
    assert_eq!(thread.enter(&inner), Ok(()));
}

fn scopes<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let (thread, other) = (&bench.thread, ThreadState::start(&bench.runtime));
    let (a, b) = (Context::<D>::new(), Context::<D>::new());
    assert_eq!(thread.exit(&a), Err(ExitError::NotEntered));
    assert_eq!(thread.enter(&a), Ok(()));
    assert_eq!((thread.enter(&a), other.enter(&a)), (Err(EnterError), Err(EnterError)));
    assert_eq!(other.exit(&a), Err(ExitError::NotCurrent));
    assert_eq!(other.run(&a, || ()), Err(RunError::Enter(EnterError)));
    assert_eq!(thread.enter(&b), Ok(()));
    assert_eq!(thread.exit(&a), Err(ExitError::NotCurrent));
    assert_eq!((thread.exit(&b), thread.exit(&a)), (Ok(()), Ok(())));
    assert_eq!(thread.run(&a, || thread.exit(&a)), Err(RunError::Exit(ExitError::NotEntered)));
    assert_eq!(thread.run(&a, || thread.enter(&b)), Err(RunError::Exit(ExitError::NotCurrent)));
    assert!(thread.is_inside(&a) && thread.is_inside(&b), "as the body left it");
    assert_eq!((thread.exit(&b), thread.exit(&a)), (Ok(()), Ok(())));
    assert_eq!(other.run(&a, || 5), Ok(5));
}

fn tokens<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let thread = &bench.thread;
    let (x, y) = (bench.variable("x"), bench.variable("y"));
    let first = thread.set(&x, Number::new(1));
    let second = thread.set(&x, Number::new(2));
    assert!(first.old_value().is_none() && *first.variable() == x);
    assert_eq!(second.old_value().map(|value| *value.0), Some(1));
    assert_eq!(thread.reset(&y, &second), Err(ResetError::OtherVariable));
    assert_eq!(thread.run(&Context::new(), || thread.reset(&x, &second)), Ok(Err(ResetError::OtherContext)));
    assert!(!second.is_used());
    assert_eq!((thread.reset(&x, &second), bench.get(&x)), (Ok(()), Some(1)));
    assert!(second.is_used() && !first.is_used());
    assert_eq!(thread.reset(&y, &second), Err(ResetError::TokenUsed));
    assert_eq!((thread.reset(&x, &first), bench.get(&x)), (Ok(()), None));
    // Absence is restored also where there is nothing to take away.
    let third = thread.set(&x, Number::new(3));
    let fourth = thread.set(&x, Number::new(4));
    assert_eq!((thread.reset(&x, &third), bench.get(&x)), (Ok(()), None));
    assert_eq!((thread.reset(&x, &fourth), bench.get(&x)), (Ok(()), Some(3)));
}

fn watchers<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let told = Arc::new(AtomicUsize::new(0));
    let watch = || {
        let told = Arc::clone(&told);
        bench.runtime.watch(Arc::new(move |_, current| {
            told.fetch_add(if current.is_some() { 1 } else { 100 }, Ordering::SeqCst);
        }))
    };
    let switch = || {
        bench.thread.run(&Context::new(), || ()).unwrap();
        told.swap(0, Ordering::SeqCst)
    };
    assert_eq!(switch(), 0);
    assert_eq!(bench.runtime.unwatch(0), Err(NoSuchWatcher));
    for slot in 0..WATCHER_SLOTS {
        assert_eq!(watch(), Ok(slot as u8));
        assert_eq!(switch(), 101 * (slot + 1));
    }
    assert_eq!(watch(), Err(NoFreeWatcher));
    assert_eq!((bench.runtime.unwatch(3), bench.runtime.unwatch(3)), (Ok(()), Err(NoSuchWatcher)));
    assert_eq!(bench.runtime.unwatch(WATCHER_SLOTS as u8), Err(NoSuchWatcher));
    assert_eq!(switch(), 101 * (WATCHER_SLOTS - 1));
    assert_eq!((watch(), switch()), (Ok(3), 101 * WATCHER_SLOTS));
}

#[test]
fn every_error_says_something_of_its_own() {
    let texts = BTreeSet::from([
        EnterError.to_string(),
        ExitError::NotEntered.to_string(),
        ExitError::NotCurrent.to_string(),
        ResetError::TokenUsed.to_string(),
        ResetError::OtherVariable.to_string(),
        ResetError::OtherContext.to_string(),
    ]);
    assert!(texts.len() == 6 && texts.iter().all(|text| !text.is_empty()), "{texts:?}");
    assert_eq!(RunError::Enter(EnterError).to_string(), EnterError.to_string());
    assert_eq!(RunError::Exit(ExitError::NotCurrent).to_string(), ExitError::NotCurrent.to_string());
}

/// More than a thread's table has places.
fn many<D: Design<Value = Number>>() {
    let bench = Bench::<D>::new();
    let variables: Vec<_> = (0..200).map(|n| bench.variable(&n.to_string())).collect();
    let (a, b) = (Context::<D>::new(), Context::<D>::new());
    let read_all = |base: Option<u32>| {
        for (n, variable) in variables.iter().enumerate().chain(variables.iter().enumerate().rev()) {
            assert_eq!(bench.get(variable), base.map(|base| base + n as u32));
        }
    };
    for (context, base) in [(&a, 1000), (&b, 2000)] {
        let set = |(n, variable): (usize, &Variable<D>)| drop(bench.thread.set(variable, Number::new(base + n as u32)));
        bench.thread.run(context, || variables.iter().enumerate().for_each(set)).unwrap();
    }
    for (context, base) in [(&a, 1000), (&b, 2000), (&a, 1000)] {
        bench
            .thread
            .run(context, || {
                read_all(Some(base));
                bench.thread.run(&Context::new(), || read_all(None)).unwrap();
                let inner = if base == 1000 { (&b, 2000) } else { (&a, 1000) };
                bench.thread.run(inner.0, || read_all(Some(inner.1))).unwrap();
                read_all(Some(base));
            })
            .unwrap();
    }
}

/// A hit takes no reference of the value's own; what is left, replaced or displaced is not kept by the table.
#[test]
fn the_table_of_a_thread_hits_and_lets_go() {
    let bench = Bench::<PerThreadDesign<Std, Number>>::new();
    let variables: Vec<_> = (0..64).map(|n| bench.variable(&n.to_string())).collect();
    let read_all = || variables.iter().for_each(|variable| assert_eq!(bench.get(variable), Some(7)));
    let value = Number::new(7);
    let context = Context::new();
    let holders = || Arc::strong_count(&value.0);
    bench
        .thread
        .run(&context, || {
            variables.iter().for_each(|variable| drop(bench.thread.set(variable, value.clone())));
            assert_eq!(clones(read_all), 0, "a set fills the table");
        })
        .unwrap();
    assert_eq!(holders(), 1 + variables.len(), "the context alone holds them");
    bench
        .thread
        .run(&context, || {
            assert_eq!(clones(read_all), 2 * variables.len(), "a miss takes one for the reader and one for the table");
            assert_eq!(clones(read_all), 0, "64 variables have a place each");
            bench.thread.run(&Context::new(), || assert_eq!(bench.get(&variables[0]), None)).unwrap();
            assert_eq!(clones(read_all), 0, "and keep it while the thread is elsewhere");
            bench.thread.run(&Context::new(), || drop(bench.thread.set(&variables[3], Number::new(8)))).unwrap();
            assert_eq!(clones(read_all), 2, "but for the one that was displaced");
            assert_eq!(holders(), 1 + 2 * variables.len());
            let token = bench.thread.set(&variables[5], Number::new(9));
            assert_eq!(bench.get(&variables[5]), Some(9));
            assert_eq!(holders(), 2 * variables.len(), "the token holds the old one");
            bench.thread.reset(&variables[5], &token).unwrap();
            assert_eq!(clones(read_all), 0, "a reset fills the table");
        })
        .unwrap();
    assert_eq!(holders(), 1 + variables.len());
    drop(context);
    assert_eq!(holders(), 1);
}
