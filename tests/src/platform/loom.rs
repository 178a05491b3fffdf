//! loom's primitives: every interleaving and every weak-memory behaviour within its bounds.
//!
//! # Turns
//! loom tries two accesses of an atomic in the other order too if it takes them for dependent, and it compares a store
//! with the last access alone. When a thread loads a word before it stores to it, the last access is its own load,
//! which hides the loads of all others: of `load` beside `load; store` loom 0.7.3 never shows the execution in which
//! the first thread reads what the second one has stored. (So too of several threads that load before another one
//! stores.)
//!
//! Therefore a thread takes a *turn* before each load: it stores to a word of its own that belongs to the word loaded.
//! After each store, the storing thread stores to the turns of all others that have loaded since the store before. Two
//! stores are always dependent, so loom compares the store with the load of each of them. As a turn comes before its
//! load, and a store before what it does to turns, the point to which loom goes back is in both cases before the access
//! of the word itself; so the schedules in which nothing comes between a turn and its access, which are all schedules
//! of the program, are tried as if loom remembered every load. (`tests/tests/calibration.rs` has the cases.)
//!
//! Nobody loads a turn, and it is relaxed: it orders nothing in the memory model.
//!
//! # Real time
//! loom tries another order of two accesses only if they are of one object, so it never has a reason to let another
//! thread's operation come between two of this thread's. [`with_real_time`] gives it one: all threads store to one word
//! between two operations. Those stores are dependent, so loom tries every order of them, within its bound; they are
//! relaxed and nobody loads them, but they multiply the executions, and therefore what is explored without a bound is
//! explored without them. (One store between a response and the next invocation is enough: no branch lies between the
//! last access of an operation and its response, nor between that store and the invocation.)

super::traced::traced_platform! {
    /// The primitives of loom. Orderings are passed on: it explores what they allow.
    Loom, loom, std::convert::identity, ReadMarkers
}

/// Threads that loom can run, the one that sets up included.
const THREADS: usize = 5;

/// The turns of one word.
pub(super) struct ReadMarkers {
    /// Of each thread.
    turns: [loom::sync::atomic::AtomicU64; THREADS],
    /// The threads that have loaded it since it was last stored to, as a set of bits. Invisible to loom: it only runs
    /// one thread at a time, and its choices alone decide what is in here.
    since: std::sync::atomic::AtomicU8,
}

impl ReadMarkers {
    fn store(&self, thread: usize) {
        // Relaxed: it must not order what the program does not.
        self.turns[thread].store(0, Ordering::Relaxed);
    }
}

impl Readers for ReadMarkers {
    const IN_ORDER: bool = false;
    fn new() -> Self {
        ReadMarkers { turns: Default::default(), since: Default::default() }
    }

    fn before_load(&self) {
        self.store(number());
    }

    fn after_load(&self) {
        // Relaxed: all threads of a model run on one thread of the system.
        self.since.fetch_or(1 << number(), Ordering::Relaxed);
    }

    fn after_store(&self) {
        // Relaxed: the same.
        let since = self.since.swap(0, Ordering::Relaxed) & !(1 << number());
        (0..THREADS).filter(|other| since & (1 << other) != 0).for_each(|other| self.store(other));
    }

    fn begin() {
        STARTED.set(0);
        let moment = REAL_TIME.get().then(|| Rc::new(loom::sync::atomic::AtomicU64::new(0)));
        MOMENT.set(moment);
    }

    fn next_thread() -> usize {
        STARTED.set(STARTED.get() + 1);
        STARTED.get()
    }

    fn this_thread_is(number: usize) {
        NUMBER.with(|cell| cell.set(number));
    }

    fn between_operations() {
        let moment = MOMENT.with(|moment| moment.borrow().clone());
        // Relaxed: it must not order what the program does not.
        moment.iter().for_each(|moment| moment.store(0, Ordering::Relaxed));
    }
}

/// The number of the running thread; 0 for the one that sets up.
fn number() -> usize {
    NUMBER.try_with(Cell::get).unwrap_or(0)
}

std::thread_local! {
    /// Threads started in this execution.
    static STARTED: Cell<usize> = const { Cell::new(0) };
    /// Whether executions order the moments between operations.
    static REAL_TIME: Cell<bool> = const { Cell::new(false) };
    /// The word that they do it by. loom only runs one thread at a time.
    static MOMENT: RefCell<Option<Rc<loom::sync::atomic::AtomicU64>>> = const { RefCell::new(None) };
}

/// Runs `body`, in which loom explores the orders of responses and invocations too if `real_time` says so.
pub fn with_real_time<R>(real_time: bool, body: impl FnOnce() -> R) -> R {
    /// Restores what was in force, also when `body` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            REAL_TIME.set(self.0);
            // It belongs to an execution that is over.
            MOMENT.set(None);
        }
    }
    let _restore = Restore(REAL_TIME.replace(real_time));
    body()
}

loom::thread_local! {
    static NUMBER: Cell<usize> = Cell::new(0);
}
