//! What loom's and shuttle's forms of the primitives share: the macro that wraps an engine's primitives and logs each
//! access. Only the names of the engine's types differ, and whether an ordering means anything to it.

/// Wraps the primitives of an engine.
///
/// `$order` maps the ordering the implementation asked for to the one the engine is given.
macro_rules! traced_platform {
    ($(#[$doc:meta])* $platform:ident, $engine:ident, $order:expr) => {
        use super::trace::{self, Access, Event};
        use super::{Actor, TestPlatform};
        use contextvars::platform::{Join, Lock, Ordering, Platform, Word};
        use contextvars_model::ThreadId;
        use std::cell::{Cell, RefCell};
        use std::panic::Location;
        use std::rc::Rc;

        $(#[$doc])*
        pub struct $platform;

        $engine::thread_local! {
            static ACTOR: RefCell<Option<Rc<dyn Actor>>> = RefCell::new(None);
        }

        std::thread_local! {
            /// All threads of a model share one operating-system thread, so a plain counter is a clock for all.
            static CLOCK: Cell<u64> = const { Cell::new(0) };
        }

        #[track_caller]
        fn log<O>(what: &'static str, object: &O, access: impl FnOnce() -> Access) {
            if trace::is_on() {
                let thread = $platform::actor().map_or(ThreadId(0), |actor| actor.thread());
                let object = std::ptr::from_ref(object) as usize;
                trace::record(thread, Event::Access { what, object, access: access(), at: Location::caller() });
            }
        }

        /// An atomic word of the engine.
        pub struct TracedWord {
            what: &'static str,
            word: $engine::sync::atomic::AtomicU64,
        }

        impl Word for TracedWord {
            fn new(what: &'static str, value: u64) -> Self {
                TracedWord { what, word: $engine::sync::atomic::AtomicU64::new(value) }
            }
            #[track_caller]
            fn load(&self, order: Ordering) -> u64 {
                let value = self.word.load($order(order));
                log(self.what, self, || Access::Load(value));
                value
            }
            #[track_caller]
            fn store(&self, value: u64, order: Ordering) {
                self.word.store(value, $order(order));
                log(self.what, self, || Access::Store(value));
            }
            #[track_caller]
            fn swap(&self, value: u64, order: Ordering) -> u64 {
                let old = self.word.swap(value, $order(order));
                log(self.what, self, || Access::Swap(old, value));
                old
            }
            #[track_caller]
            fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
                let old = self.word.fetch_add(value, $order(order));
                log(self.what, self, || Access::Add(value, old));
                old
            }
            #[track_caller]
            fn compare_exchange(&self, old: u64, new: u64, ok: Ordering, failed: Ordering) -> Result<u64, u64> {
                let result = self.word.compare_exchange(old, new, $order(ok), $order(failed));
                log(self.what, self, || match result {
                    Ok(_) => Access::Exchanged(old, new),
                    Err(found) => Access::Refused(old, found),
                });
                result
            }
        }

        /// A lock of the engine.
        pub struct TracedLock<T> {
            what: &'static str,
            lock: $engine::sync::Mutex<T>,
        }

        impl<T: Send> Lock<T> for TracedLock<T> {
            fn new(what: &'static str, value: T) -> Self {
                TracedLock { what, lock: $engine::sync::Mutex::new(value) }
            }
            #[track_caller]
            fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
                let mut guard = self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                log(self.what, self, || Access::Lock);
                let result = body(&mut guard);
                // Logged while the lock is still held, so that the log keeps the order of the critical sections.
                log(self.what, self, || Access::Unlock);
                drop(guard);
                result
            }
        }

        /// A thread of the engine.
        pub struct Thread($engine::thread::JoinHandle<()>);

        impl Join for Thread {
            fn join(self) {
                if let Err(panic) = self.0.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        }

        impl Platform for $platform {
            type Word = TracedWord;
            type Lock<T: Send + 'static> = TracedLock<T>;
            type Join = Thread;

            fn spawn(body: impl FnOnce() + Send + 'static) -> Thread {
                Thread($engine::thread::spawn(body))
            }

            fn pause() {
                $engine::thread::yield_now();
            }

            fn fence(order: Ordering) {
                $engine::sync::atomic::fence($order(order));
            }
        }

        impl TestPlatform for $platform {
            fn act(actor: Option<Rc<dyn Actor>>) -> Option<Rc<dyn Actor>> {
                ACTOR.with(|current| current.replace(actor))
            }

            fn actor() -> Option<Rc<dyn Actor>> {
                ACTOR.with(|current| current.borrow().clone())
            }

            fn now() -> u64 {
                let now = CLOCK.get() + 1;
                CLOCK.set(now);
                now
            }

            fn start_clock() {
                CLOCK.set(0);
            }
        }
    };
}

pub(crate) use traced_platform;
