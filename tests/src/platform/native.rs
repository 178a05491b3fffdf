//! Real threads and real atomics, as shipped, with a clock.

use super::{Actor, TestPlatform};
use contextvars::platform::{Ordering, Platform, Std};
use contextvars_model::ThreadId;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Instant;

/// [`Std`] with a clock.
pub struct Native;

thread_local! {
    static ACTOR: RefCell<Option<Rc<dyn Actor>>> = const { RefCell::new(None) };
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Platform for Native {
    type Word = <Std as Platform>::Word;
    type Lock<T: Send + 'static> = <Std as Platform>::Lock<T>;
    type Join = <Std as Platform>::Join;

    fn spawn(body: impl FnOnce() + Send + 'static) -> Self::Join {
        Std::spawn(body)
    }

    fn pause() {
        Std::pause();
    }

    fn fence(order: Ordering) {
        Std::fence(order);
    }
}

impl TestPlatform for Native {
    fn act(actor: Option<Rc<dyn Actor>>) -> Option<Rc<dyn Actor>> {
        // Nobody acts while the thread-locals of a thread are taken down.
        ACTOR.try_with(|current| current.replace(actor)).ok().flatten()
    }

    fn actor() -> Option<Rc<dyn Actor>> {
        ACTOR.try_with(|current| current.borrow().clone()).ok().flatten()
    }

    fn now() -> u64 {
        // The monotonic clock is the same for all threads, and unlike a shared counter it does not order them.
        START.elapsed().as_nanos() as u64
    }

    fn start_clock() {
        LazyLock::force(&START);
    }

    fn sees_quiet(thread: ThreadId) -> bool {
        thread == ThreadId(0)
    }
    // Real threads go on when they like; see `ThreadRunner::meet`.
    fn between_operations() {}
}
