//! Futures polled by hand in contexts of their own.

use contextvars::{Context, ContextVar, EnterError, RunError, WithContext};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::mpsc::channel;
use std::task::{Context as Waking, Poll, Waker};
use std::thread;

static X: ContextVar<u32> = ContextVar::new("x");

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Waking::from_waker(Waker::noop()))
}

/// Suspends once.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[test]
fn a_future_keeps_its_bindings_and_keeps_them_to_itself() {
    let _x = X.bind(1);
    let mut task = WithContext::new(async {
        assert_eq!(X.get(), Some(1), "as it was when the wrapper was made");
        // A `Binding` held across an `await` would make the future `!Send`; a token does not.
        let token = X.set(10);
        pause().await;
        assert_eq!(X.get(), Some(10));
        X.set(11);
        pause().await;
        let last = X.get();
        X.reset(&token).unwrap();
        last
    });
    let _x = X.bind(2);
    assert_eq!(poll(&mut task), Poll::Pending);
    assert_eq!((X.get(), task.context().get(&X)), (Some(2), Some(10)));
    // Another thread, inside another context, takes over.
    let mut task = thread::spawn(move || {
        X.set(3);
        assert_eq!(poll(&mut task), Poll::Pending);
        assert_eq!(X.get(), Some(3));
        task
    })
    .join()
    .unwrap();
    assert_eq!(poll(&mut task), Poll::Ready(Some(11)));
    assert_eq!((X.get(), task.context().get(&X)), (Some(2), Some(1)), "reset from another thread");
}

#[test]
fn interleaved_futures_are_isolated_also_with_guards_across_suspensions() {
    let task = |n: u32| async move {
        let _binding = X.bind(n);
        for _ in 0..3 {
            pause().await;
            assert_eq!(X.get(), Some(n));
        }
        n
    };
    let mut tasks: Vec<_> = (0..5).map(|n| WithContext::new(task(n))).collect();
    for round in 0..4 {
        for (n, task) in tasks.iter_mut().enumerate() {
            assert_eq!(poll(task), if round == 3 { Poll::Ready(n as u32) } else { Poll::Pending });
            assert_eq!(X.get(), None);
        }
    }
}

#[test]
fn attach_takes_a_copy_so_it_works_while_somebody_is_inside() {
    let context = Context::new();
    context.run(|| X.set(1)).unwrap();
    let mut task = context.attach(async { X.set(2).old_value().copied() });
    context.run(|| assert_eq!(poll(&mut task), Poll::Ready(Some(1)))).unwrap();
    assert_eq!((context.get(&X), task.context().get(&X)), (Some(1), Some(2)));
}

#[test]
fn futures_nest() {
    let mut outer = WithContext::new(async {
        X.set(1);
        let inner = WithContext::new(async {
            X.set(2);
            pause().await;
            X.get()
        });
        (inner.await, X.get())
    });
    assert_eq!(poll(&mut outer), Poll::Pending);
    assert_eq!(X.get(), None);
    assert_eq!(poll(&mut outer), Poll::Ready((Some(2), Some(1))));
}

#[test]
fn a_panicking_poll_leaves_the_context() {
    let _x = X.bind(1);
    let mut task = WithContext::new(async {
        X.set(2);
        pause().await;
        std::panic::resume_unwind(Box::new("on purpose"))
    });
    assert_eq!(poll::<WithContext<_>>(&mut task), Poll::<()>::Pending);
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut task))).is_err());
    assert_eq!(X.get(), Some(1));
    assert_eq!(task.context().run(|| X.get()), Ok(Some(2)));
    drop(task);
    assert_eq!(X.get(), Some(1));
}

/// tokio 4604: the bindings are there for the destructors of a future that is cancelled.
#[test]
fn c15_a_cancelled_future_is_dropped_inside_its_context() {
    struct Tell(std::sync::mpsc::Sender<Option<u32>>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.send(X.get()).unwrap();
        }
    }
    let (to, from) = channel();
    let cancelled = |to| {
        let tell = Tell(to);
        let mut task = WithContext::new(async move {
            let _tell = tell;
            X.set(5);
            pending::<()>().await;
        });
        assert_eq!(poll(&mut task), Poll::Pending);
        task
    };
    drop(cancelled(to.clone()));
    assert_eq!(from.recv(), Ok(Some(5)));
    assert_eq!(X.get(), None);

    // Also as the thread ends, in either order with the library's own state.
    thread_local! {
        static BEFORE: std::cell::RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>> = Default::default();
        static AFTER: std::cell::RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>> = Default::default();
    }
    thread::spawn(move || {
        BEFORE.with(|_| ());
        BEFORE.set(Some(Box::pin(cancelled(to.clone()))));
        AFTER.set(Some(Box::pin(cancelled(to))));
    })
    .join()
    .unwrap();
    assert_eq!(from.iter().collect::<Vec<_>>(), [Some(5), Some(5)]);
}

/// The recipe of the documentation: one context, entered by hand in each poll.
#[test]
fn entry_1_futures_that_share_a_context_get_the_error_when_they_clash() {
    async fn sharing<F: Future>(context: Context, future: F) -> Result<F::Output, RunError> {
        let mut future = pin!(future);
        poll_fn(|waking| match context.run(|| future.as_mut().poll(waking)) {
            Ok(polled) => polled.map(Ok),
            Err(error) => Poll::Ready(Err(error)),
        })
        .await
    }
    let context = Context::new();
    let mut first = Box::pin(sharing(context.clone(), async {
        X.set(1);
        pause().await;
        X.get()
    }));
    let mut second = Box::pin(sharing(context.clone(), async { X.set(2).old_value().copied() }));
    assert_eq!(poll(&mut first), Poll::Pending);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(Some(1))), "it sees what the first has set");
    let clash = context.run(|| poll(&mut first)).unwrap();
    assert_eq!(clash, Poll::Ready(Err(RunError::Enter(EnterError))));
    assert_eq!(X.get(), None);
}
