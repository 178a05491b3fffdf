//! shuttle's primitives: schedules chosen by a scheduler, sequentially consistent.
//!
//! shuttle asks its scheduler before each access, so an access to a word that nobody else knows is a scheduling point
//! like any other, and takes no more time. (`yield_now` is not: schedulers take it for waiting.)

super::traced::traced_platform! {
    /// The primitives of shuttle. It knows one ordering only and warns of every other, so it is given that one.
    Shuttle, shuttle, |_: Ordering| Ordering::SeqCst, NoReaders
}

/// shuttle is told nothing of who has read a word: it compares no accesses.
pub(super) struct NoReaders;

impl Readers for NoReaders {
    const IN_ORDER: bool = true;

    fn new() -> Self {
        NoReaders
    }
    fn before_load(&self) {}
    fn after_load(&self) {}
    fn after_store(&self) {}
    fn begin() {}
    fn next_thread() -> usize {
        0
    }
    fn this_thread_is(_: usize) {}

    fn between_operations() {
        // Relaxed in the program, as strong as shuttle knows here: nobody else has this word.
        shuttle::sync::atomic::AtomicU64::new(0).load(Ordering::SeqCst);
    }
}
