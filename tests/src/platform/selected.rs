//! The platform that designs are checked on: real threads, loom or shuttle, whichever is in force.
//!
//! A design compiled for each of the three would be three times the code, for dozens of designs and faults. So it is
//! compiled once, for a platform whose primitives ask when they are made. loom and shuttle run all threads of a model
//! on the operating-system thread that called them, so what is in force belongs to that thread.

use super::loom::Loom;
use super::native::Native;
use super::shuttle::Shuttle;
use super::{Actor, TestPlatform};
use contextvars::platform::{Join, Lock, Ordering, Platform, Word};
use contextvars_model::ThreadId;
use std::cell::Cell;
use std::rc::Rc;

/// Whose primitives are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backend {
    /// Real threads.
    Native,
    /// loom's.
    Loom,
    /// shuttle's.
    Shuttle,
}

thread_local! {
    static BACKEND: Cell<Backend> = const { Cell::new(Backend::Native) };
}

/// Runs `body` with this mode in force in the calling thread; the one before is in force again afterwards, also if
/// `body` panics.
pub fn with_backend<R>(mode: Backend, body: impl FnOnce() -> R) -> R {
    struct Restore(Backend);
    impl Drop for Restore {
        fn drop(&mut self) {
            BACKEND.set(self.0);
        }
    }
    let _restore = Restore(BACKEND.replace(mode));
    body()
}

/// Whose primitives are made in the calling thread.
pub fn in_force() -> Backend {
    BACKEND.get()
}

/// The platform.
pub struct SelectedPlatform;

/// One of three.
pub enum Either<N, L, S> {
    /// Of real threads.
    Native(N),
    /// Of loom.
    Loom(L),
    /// Of shuttle.
    Shuttle(S),
}

/// The same expression of whichever it is.
macro_rules! each {
    ($either:expr, $x:ident => $body:expr) => {
        match $either {
            Either::Native($x) => $body,
            Either::Loom($x) => $body,
            Either::Shuttle($x) => $body,
        }
    };
}

/// The same associated function of whichever platform is in force.
macro_rules! in_force {
    ($($call:tt)*) => {
        match BACKEND.get() {
            Backend::Native => Native::$($call)*,
            Backend::Loom => Loom::$($call)*,
            Backend::Shuttle => Shuttle::$($call)*,
        }
    };
}

type Of<N, L, S> = Either<N, L, S>;
type AnyWord = Of<<Native as Platform>::Word, <Loom as Platform>::Word, <Shuttle as Platform>::Word>;
type AnyLock<T> = Of<<Native as Platform>::Lock<T>, <Loom as Platform>::Lock<T>, <Shuttle as Platform>::Lock<T>>;
type AnyJoin = Of<<Native as Platform>::Join, <Loom as Platform>::Join, <Shuttle as Platform>::Join>;

impl<N: Word, L: Word, S: Word> Word for Either<N, L, S> {
    fn new(what: &'static str, value: u64) -> Self {
        match BACKEND.get() {
            Backend::Native => Either::Native(N::new(what, value)),
            Backend::Loom => Either::Loom(L::new(what, value)),
            Backend::Shuttle => Either::Shuttle(S::new(what, value)),
        }
    }
    fn load(&self, order: Ordering) -> u64 {
        each!(self, word => word.load(order))
    }
    fn store(&self, value: u64, order: Ordering) {
        each!(self, word => word.store(value, order));
    }
    fn swap(&self, value: u64, order: Ordering) -> u64 {
        each!(self, word => word.swap(value, order))
    }
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        each!(self, word => word.fetch_add(value, order))
    }
    fn compare_exchange(&self, old: u64, new: u64, success: Ordering, failure: Ordering) -> Result<u64, u64> {
        each!(self, word => word.compare_exchange(old, new, success, failure))
    }
}

impl<T: Send + 'static, N: Lock<T>, L: Lock<T>, S: Lock<T>> Lock<T> for Either<N, L, S> {
    fn new(what: &'static str, value: T) -> Self {
        match BACKEND.get() {
            Backend::Native => Either::Native(N::new(what, value)),
            Backend::Loom => Either::Loom(L::new(what, value)),
            Backend::Shuttle => Either::Shuttle(S::new(what, value)),
        }
    }
    fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        each!(self, lock => lock.with(body))
    }
}

impl<N: Join, L: Join, S: Join> Join for Either<N, L, S> {
    fn join(self) {
        each!(self, thread => thread.join());
    }
}

impl Platform for SelectedPlatform {
    type Word = AnyWord;
    type Lock<T: Send + 'static> = AnyLock<T>;
    type Join = AnyJoin;

    fn spawn(body: impl FnOnce() + Send + 'static) -> AnyJoin {
        match BACKEND.get() {
            Backend::Native => Either::Native(Native::spawn(body)),
            Backend::Loom => Either::Loom(Loom::spawn(body)),
            Backend::Shuttle => Either::Shuttle(Shuttle::spawn(body)),
        }
    }

    fn pause() {
        in_force!(pause());
    }

    fn fence(order: Ordering) {
        in_force!(fence(order));
    }

    fn strand() -> u64 {
        in_force!(strand())
    }
}

impl TestPlatform for SelectedPlatform {
    fn act(actor: Option<Rc<dyn Actor>>) -> Option<Rc<dyn Actor>> {
        in_force!(act(actor))
    }

    fn actor() -> Option<Rc<dyn Actor>> {
        in_force!(actor())
    }

    fn now() -> u64 {
        in_force!(now())
    }

    fn start_clock() {
        in_force!(start_clock());
    }

    fn sees_quiet(thread: ThreadId) -> bool {
        in_force!(sees_quiet(thread))
    }

    fn between_operations() {
        in_force!(between_operations());
    }
}
