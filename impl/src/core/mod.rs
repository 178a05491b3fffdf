//! Context variables with an explicit per-thread handle, generic over a [`Design`]. This is what is verified.
//!
//! Nothing is ambient here: the caller passes a [`ThreadState`], as CPython's C functions take a thread state, so any
//! engine can drive any number of threads. One file per object:
//!
//! - [`Design`]: which mechanism guards what;
//! - [`Runtime`]: what exists once; [`ThreadState`]: what belongs to a thread, with the operations on "the current
//!   context"; `read.rs`, `write.rs` and `scope.rs` hold its operations;
//! - [`Variable`], [`Context`], [`Token`], [`ContextIter`]: the objects.
//!
//! **Rule for user code** (drop and equality of values, closures, watchers): it runs when the operation's whole effect
//! is visible, and no lock, borrow or half-made state is held while it runs. So every operation first changes all its
//! state, collects what it replaced, and drops that last: the replaced version of a map whole, with the replaced value
//! kept, and then that value. Only a context that dies releases its bindings one by one, in the order of its map, which
//! is unspecified; so does a version whose last holder goes. A value's code then runs while others of that version
//! still live.
//!
//! **Rule for long chains** (a context that holds a value that holds a context, and so on, in any mixture with tokens,
//! iterators and defaults): they are released in bounded stack, however long they are, in the same order. Only, more
//! than 40 links deep, what user code in a drop releases dies when that code has returned, not inside it
//! (`teardown.rs`).
//!
//! **Rule for panics of user code**: that of a drop or of a watcher goes no further than the panic hook
//! ([`Containment`](crate::parts::containment::Containment)), and the operation completes and answers; for drops the
//! type of the values sees to that ([`Value`]). That of code which the caller gave is the caller's: an equality or a
//! closure that reads has changed nothing, and what a body did stays, while the contexts that were entered are left.
//!
//! **Rule for the end of a thread**: [`ThreadState::end`] makes a bounded number of rounds; what is bound after the
//! last one is never dropped.

pub(crate) mod bindings;
mod context;
mod design;
mod read;
mod runtime;
mod scope;
pub(crate) mod teardown;
mod thread;
mod token;
mod variable;
mod write;

pub use bindings::Bindings;
pub use context::{Context, ContextIter};
pub use design::{Design, Identity, KeyHash, PerThreadDesign, Sound, Spread, UncachedDesign, Value};
pub use runtime::{NoFreeWatcher, NoSuchWatcher, Runtime, WATCHER_SLOTS, Watcher};
pub use scope::{EnterError, ExitError, RunError};
pub use thread::ThreadState;
pub use token::{ResetError, Token};
pub use variable::Variable;
