//! What the library needs of the machine, and its standard form.
//!
//! Everything that threads share goes through a [`Platform`], so that the same source runs on real threads, under
//! loom, under shuttle and under a counter of accesses, side by side in one build. Besides `ambient/`, which is for
//! real threads only, this is the only file that may name a primitive of `std::sync` or `std::thread` other than
//! `Arc`; reference counts are left to `std` everywhere.
//!
//! No argument for correctness may rest on `SeqCst` accesses: loom treats them as acquire-release, and shuttle
//! explores nothing weaker than sequential consistency. Acquire, release and fences are what there is.

pub use std::sync::atomic::Ordering;

/// A family of primitives.
pub trait Platform: Sized + 'static {
    /// An atomic 64-bit word.
    type Word: Word;
    /// A mutual-exclusion lock.
    type Lock<T: Send + 'static>: Lock<T>;
    /// A running thread.
    type Join: Join;

    /// Starts a thread.
    fn spawn(body: impl FnOnce() + Send + 'static) -> Self::Join;

    /// Says that this thread waits for another one.
    fn pause();

    /// An atomic fence.
    fn fence(order: Ordering);

    /// Which of the threads that share this thread of the system is running: different for each of those that live at
    /// the same time. A platform that simulates threads has to say so; real threads share nothing.
    fn strand() -> u64 {
        0
    }
}

/// An atomic word. `what` names it in printed interleavings, for example `"context.entered"`.
pub trait Word: Send + Sync + 'static {
    /// A word with an initial value.
    fn new(what: &'static str, value: u64) -> Self;
    /// Atomic load.
    #[track_caller]
    fn load(&self, order: Ordering) -> u64;
    /// Atomic store.
    #[track_caller]
    fn store(&self, value: u64, order: Ordering);
    /// Atomic exchange; returns the old value.
    #[track_caller]
    fn swap(&self, value: u64, order: Ordering) -> u64;
    /// Atomic addition (wrapping); returns the old value.
    #[track_caller]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
    /// Replaces `old` by `new`, or returns what was there instead.
    ///
    /// # Errors
    /// The value found, if it was not `old`.
    #[track_caller]
    fn compare_exchange(&self, old: u64, new: u64, success: Ordering, failure: Ordering) -> Result<u64, u64>;
}

/// A lock that is held exactly while a closure runs, so that no guard can be held across user code by accident.
pub trait Lock<T>: Send + Sync {
    /// A lock around a value.
    fn new(what: &'static str, value: T) -> Self;
    /// Runs `body` with the lock held. `body` must not run user code, so it does not panic and cannot poison.
    #[track_caller]
    fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R;
}

/// A running thread that can be waited for.
pub trait Join {
    /// Waits until the thread has ended.
    ///
    /// # Panics
    /// If the thread panicked.
    fn join(self);
}

/// Real threads and real atomics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Std;

impl Platform for Std {
    type Word = std::sync::atomic::AtomicU64;
    type Lock<T: Send + 'static> = std::sync::Mutex<T>;
    type Join = std::thread::JoinHandle<()>;

    fn spawn(body: impl FnOnce() + Send + 'static) -> Self::Join {
        std::thread::spawn(body)
    }

    fn pause() {
        std::thread::yield_now();
    }

    #[inline]
    fn fence(order: Ordering) {
        std::sync::atomic::fence(order);
    }
}

impl Word for std::sync::atomic::AtomicU64 {
    fn new(_what: &'static str, value: u64) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }
    #[inline]
    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }
    #[inline]
    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.swap(value, order)
    }
    #[inline]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value, order)
    }
    #[inline]
    fn compare_exchange(&self, old: u64, new: u64, success: Ordering, failure: Ordering) -> Result<u64, u64> {
        self.compare_exchange(old, new, success, failure)
    }
}

impl<T: Send> Lock<T> for std::sync::Mutex<T> {
    fn new(_what: &'static str, value: T) -> Self {
        Self::new(value)
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        // A poisoned lock is a lock whose body panicked; bodies here run no user code, so the state is whole.
        body(&mut self.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Join for std::thread::JoinHandle<()> {
    fn join(self) {
        if let Err(panic) = self.join() {
            std::panic::resume_unwind(panic);
        }
    }
}
