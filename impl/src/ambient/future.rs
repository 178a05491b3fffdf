//! Futures that keep their bindings from poll to poll.

use super::value::contain;
use super::{Context, copy_context};
use std::fmt;
use std::pin::Pin;
use std::task;

/// A future that is polled in a context of its own, whatever thread polls it and whatever that is inside.
///
/// The context is a *copy*, taken when this is made, as a task's is in asyncio. It is entered for each poll and left
/// again when the poll returns or panics, and entered once more to drop the inner future, so its destructors see the
/// bindings too. What the future sets survives its suspensions and does not show outside. As nobody else can get hold
/// of the context, entering it cannot fail.
///
/// If the inner future panics as it is dropped, that propagates after the context was left, as it would from the bare
/// future; while the thread unwinds already, it is reported by the panic hook and goes no further.
///
/// It works with any executor, and holds the inner future in a `Box`: one allocation, and it is `Unpin`. A poll costs
/// a [`Context::run`] more than a bare one.
///
/// ```
/// use contextvars::{ContextVar, WithContext};
/// use std::task::{Context as Waking, Poll, Waker};
/// static USER: ContextVar<u32> = ContextVar::new("user");
///
/// let binding = USER.bind(7);
/// let mut task = WithContext::new(async { USER.get() });
/// drop(binding);
/// let mut waking = Waking::from_waker(Waker::noop());
/// assert_eq!(Pin::new(&mut task).poll(&mut waking), Poll::Ready(Some(7)));
/// # use std::{future::Future, pin::Pin};
/// ```
///
/// To let several futures work in one context, enter it by hand in each; then two that are polled at the same time in
/// different threads clash, and the error of [`Context::run`] has to be dealt with:
/// ```
/// # use contextvars::{Context, ContextVar, RunError};
/// # use std::{future::poll_fn, pin::pin, task::Poll};
/// async fn sharing<F: Future>(context: Context, future: F) -> Result<F::Output, RunError> {
///     let mut future = pin!(future);
///     poll_fn(|waking| match context.run(|| future.as_mut().poll(waking)) {
///         Ok(polled) => polled.map(Ok),
///         Err(error) => Poll::Ready(Err(error)),
///     })
///     .await
/// }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct WithContext<F: Future> {
    context: Context,
    /// There until this is dropped.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> WithContext<F> {
    /// Takes a copy of the current context for the future. [`Context::attach`] takes one of another context.
    pub fn new(future: F) -> Self {
        Self::inside(copy_context(), future)
    }

    /// A copy of the future's context as it is now. `Task.get_context`, but a copy.
    pub fn context(&self) -> Context {
        self.context.copy()
    }

    /// Gives the future a context that nobody else has.
    fn inside(own: Context, future: F) -> Self {
        WithContext { context: own, future: Some(Box::pin(future)) }
    }
}

impl Context {
    /// A future that polls `future` in a copy of this context, taken now. See [`WithContext`].
    pub fn attach<F: Future>(&self, future: F) -> WithContext<F> {
        WithContext::inside(self.copy(), future)
    }
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waking: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = self.get_mut();
        let future = this.future.as_mut().expect("there until the drop");
        this.context.run(|| future.as_mut().poll(waking)).expect("nobody else has this context")
    }
}

impl<F: Future> Drop for WithContext<F> {
    fn drop(&mut self) {
        let future = self.future.take();
        let drop_inside = || {
            // Cannot fail, as nobody else has the context.
            let _ = self.context.run(|| drop(future));
        };
        // A second panic while the thread unwinds would end the process.
        if std::thread::panicking() { contain(drop_inside) } else { drop_inside() }
    }
}

impl<F: Future> fmt::Debug for WithContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithContext").field("context", &self.context).finish_non_exhaustive()
    }
}
