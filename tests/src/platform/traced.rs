//! What loom's and shuttle's forms of the primitives share: the macro that wraps an engine's primitives and logs each
//! access. Only the names of the engine's types differ, and whether an ordering means anything to it.

/// Wraps the primitives of an engine.
///
/// `$order` maps the ordering the implementation asked for to the one the engine is given.
macro_rules! traced_platform {
    ($(#[$doc:meta])* $platform:ident, $engine:ident, $order:expr, $readers:ty) => {
        use super::trace::{self, Access, Event};
        use super::traced::Readers;
        use super::{Actor, TestPlatform};
        use contextvars::platform::{Join, Lock, Ordering, Platform, Word};
        use contextvars_model::ThreadId;
        use std::cell::{Cell, RefCell};
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

        fn log(what: &'static str, object: usize, access: impl FnOnce() -> Access) {
            if trace::is_on() {
                let thread = $platform::actor().map_or(ThreadId(0), |actor| actor.thread());
                trace::record(thread, Event::Access { what, object, access: access() });
            }
        }

        /// An atomic word of the engine.
        pub struct TracedWord {
            what: &'static str,
            serial: usize,
            word: $engine::sync::atomic::AtomicU64,
            readers: $readers,
        }

        impl Word for TracedWord {
            fn new(what: &'static str, value: u64) -> Self {
                let word = $engine::sync::atomic::AtomicU64::new(value);
                TracedWord { what, serial: trace::serial(), word, readers: Readers::new() }
            }
            fn load(&self, order: Ordering) -> u64 {
                self.readers.before_load();
                let value = self.word.load($order(order));
                self.readers.after_load();
                log(self.what, self.serial, || Access::Load(value));
                value
            }
            fn store(&self, value: u64, order: Ordering) {
                self.word.store(value, $order(order));
                self.readers.after_store();
                log(self.what, self.serial, || Access::Store(value));
            }
            fn swap(&self, value: u64, order: Ordering) -> u64 {
                let old = self.word.swap(value, $order(order));
                self.readers.after_store();
                log(self.what, self.serial, || Access::Swap(old, value));
                old
            }
            fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
                let old = self.word.fetch_add(value, $order(order));
                self.readers.after_store();
                log(self.what, self.serial, || Access::Add(value, old));
                old
            }
            fn compare_exchange(&self, old: u64, new: u64, ok: Ordering, failed: Ordering) -> Result<u64, u64> {
                let result = self.word.compare_exchange(old, new, $order(ok), $order(failed));
                self.readers.after_store();
                log(self.what, self.serial, || match result {
                    Ok(_) => Access::Exchanged(old, new),
                    Err(found) => Access::Refused(old, found),
                });
                result
            }
        }

        /// A lock of the engine.
        pub struct TracedLock<T> {
            what: &'static str,
            serial: usize,
            lock: $engine::sync::Mutex<T>,
        }

        impl<T: Send> Lock<T> for TracedLock<T> {
            fn new(what: &'static str, value: T) -> Self {
                TracedLock { what, serial: trace::serial(), lock: $engine::sync::Mutex::new(value) }
            }
            fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
                let mut guard = self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                log(self.what, self.serial, || Access::Lock);
                let result = body(&mut guard);
                // Logged while the lock is still held, so that the log keeps the order of the critical sections.
                log(self.what, self.serial, || Access::Unlock);
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
                let number = <$readers>::next_thread();
                Thread($engine::thread::spawn(move || {
                    <$readers>::this_thread_is(number);
                    body();
                }))
            }

            fn pause() {
                $engine::thread::yield_now();
            }

            fn fence(order: Ordering) {
                $engine::sync::atomic::fence($order(order));
            }

            fn strand() -> u64 {
                // What belongs to a thread of the engine has an address of its own.
                ACTOR.try_with(|own| std::ptr::from_ref(own).addr() as u64).unwrap_or(0)
            }
        }

        impl TestPlatform for $platform {
            fn act(actor: Option<Rc<dyn Actor>>) -> Option<Rc<dyn Actor>> {
                // Nobody acts while an execution that did not terminate is taken down.
                ACTOR.try_with(|current| current.replace(actor)).ok().flatten()
            }

            fn actor() -> Option<Rc<dyn Actor>> {
                ACTOR.try_with(|current| current.borrow().clone()).ok().flatten()
            }

            fn now() -> u64 {
                let now = CLOCK.get() + 1;
                CLOCK.set(now);
                now
            }

            fn start_clock() {
                CLOCK.set(0);
                <$readers>::begin();
            }

            fn sees_quiet(_: ThreadId) -> bool {
                <$readers>::IN_ORDER
            }

            fn between_operations() {
                <$readers>::between_operations();
            }
        }
    };
}

/// Told of the accesses of a word, for an engine that must be told who has read it.
pub(super) trait Readers {
    /// Whether the order in which the engine runs the threads is the order of time.
    const IN_ORDER: bool;
    /// Nobody yet.
    fn new() -> Self;
    /// The running thread is going to load the word.
    fn before_load(&self);
    /// It has loaded the word.
    fn after_load(&self);
    /// It has changed the word, or tried to.
    fn after_store(&self);
    /// An execution begins, in the thread that sets up.
    fn begin();
    /// A number for the thread that is going to be started.
    fn next_thread() -> usize;
    /// The running thread, which has just begun, has this number.
    fn this_thread_is(number: usize);
    /// As [`TestPlatform::between_operations`](super::TestPlatform::between_operations).
    fn between_operations();
}

pub(crate) use traced_platform;
