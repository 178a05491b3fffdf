//! User code that panics, where only the core runs it: watchers, and the equality of values.

use contextvars::core::{Context, EnterError, PerThreadDesign, RunError, Runtime, ThreadState, Value, Variable};
use contextvars::platform::Std;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Shipped = PerThreadDesign<Std, Loud>;

/// A value whose equality panics.
#[derive(Clone)]
struct Loud(Arc<u32>);

impl Value for Loud {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
    fn equal(&self, _: &Self) -> bool {
        resume_unwind(Box::new("equal"))
    }
}

/// A watcher that panics when it is called and when it is dropped, between two quiet ones.
fn watched(told: &Arc<AtomicUsize>) -> Arc<Runtime<Shipped>> {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            resume_unwind(Box::new("a watcher's drop"));
        }
    }
    let runtime = Runtime::<Shipped>::new();
    let count = || {
        let told = Arc::clone(told);
        move || {
            told.fetch_add(1, Ordering::SeqCst);
        }
    };
    let (first, second, third, owned) = (count(), count(), count(), OnDrop);
    assert_eq!(runtime.watch(Arc::new(move |_, _| first())), Ok(0));
    let loud = Arc::new(move |_: &_, _: Option<&_>| {
        let _ = &owned;
        second();
        resume_unwind(Box::new("a watcher"));
    });
    assert_eq!(runtime.watch(loud), Ok(1));
    assert_eq!(runtime.watch(Arc::new(move |_, _| third())), Ok(2));
    runtime
}

#[test]
fn every_watcher_is_told_and_every_switch_is_made() {
    let told = Arc::new(AtomicUsize::new(0));
    let told_now = || told.swap(0, Ordering::SeqCst);
    let runtime = watched(&told);
    let thread = ThreadState::start(&runtime);
    let context = Context::new();

    assert_eq!((thread.enter(&context), told_now()), (Ok(()), 3));
    assert_eq!((thread.enter(&context), told_now()), (Err(EnterError), 0));
    assert_eq!((thread.exit(&context), told_now()), (Ok(()), 3));
    assert_eq!((thread.run(&context, || 5), told_now()), (Ok(5), 6));
    assert!(!thread.has_context());

    let unwound = catch_unwind(AssertUnwindSafe(|| thread.run(&context, || resume_unwind(Box::new("body")))));
    assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"body"), "not the watcher's");
    assert_eq!((told_now(), thread.has_context()), (6, false));
    assert_eq!(thread.run(&context, || thread.run(&context, || ())), Ok(Err(RunError::Enter(EnterError))));

    assert_eq!(runtime.unwatch(1), Ok(()), "its drop panics");
    told_now();
    assert_eq!((thread.run(&context, || ()), told_now()), (Ok(()), 4));
    drop(thread);
    assert_eq!(told_now(), 0);
}

#[test]
fn a_watcher_that_removes_itself_and_one_that_is_refused() {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            resume_unwind(Box::new("a watcher's drop"));
        }
    }
    let runtime = Runtime::<Shipped>::new();
    let (thread, context) = (ThreadState::start(&runtime), Context::new());
    let owned = OnDrop;
    let itself = runtime.watch(Arc::new(move |thread: &ThreadState<Shipped>, _| {
        let _ = &owned;
        thread.runtime().unwatch(0).unwrap();
    }));
    assert_eq!(itself, Ok(0));
    // The round under way holds the last reference.
    assert_eq!(thread.enter(&context), Ok(()));
    assert_eq!(thread.exit(&context), Ok(()));

    for slot in 0..8 {
        assert_eq!(runtime.watch(Arc::new(|_, _| ())), Ok(slot));
    }
    let owned = OnDrop;
    let refused = runtime.watch(Arc::new(move |_, _| {
        let _ = &owned;
    }));
    assert!(refused.is_err());
}

#[test]
fn a_panic_of_an_equality_is_the_callers() {
    let runtime = Runtime::<Shipped>::new();
    let (thread, variable) = (ThreadState::start(&runtime), Variable::new(&runtime, "v", None));
    let [left, right] = [1, 2].map(|value| {
        let context = Context::new();
        thread.run(&context, || drop(thread.set(&variable, Loud(Arc::new(value))))).unwrap();
        context
    });
    let compared = catch_unwind(AssertUnwindSafe(|| left.equals(&right)));
    assert_eq!(compared.unwrap_err().downcast_ref(), Some(&"equal"));
    assert!(left.equals(&left.copy()), "identical values are not asked");
    assert_eq!((left.len(), right.len()), (1, 1));
    let counted = |context: &Context<Shipped>| Arc::strong_count(&context.lookup(&variable).unwrap().0) - 1;
    assert_eq!((counted(&left), counted(&right)), (1, 1), "nothing is kept");
    assert_eq!(thread.run(&left, || thread.run(&right, || 5)), Ok(Ok(5)));
}
