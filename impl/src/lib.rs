//! Context variables ([PEP 567](https://peps.python.org/pep-0567/)) for threads that really run in parallel.
//!
//! A *context variable* is a global whose value depends on the *context* that the reading thread is inside: the current
//! user, request, locale, deadline. A thread changes only its own context. A snapshot of all variables together costs
//! O(1), never changes unless someone enters it, and can be sent to another thread, task or callback.
//!
//! There are no dependencies and there is no unsafe code. Reading takes no lock and waits for nobody, and a repeated
//! read writes nothing that another thread touches.
//!
//! # A tour
//!
//! Declare a variable, with or without a default, and bind it for a while:
//! ```
//! use contextvars::ContextVar;
//!
//! static USER: ContextVar<String> = ContextVar::new("user");
//! static DEPTH: ContextVar<u32> = ContextVar::with_default("depth", || 0);
//!
//! fn greet() -> String {
//!     USER.with(|user| format!("hello {}", user.map_or("stranger", String::as_str)))
//! }
//!
//! assert_eq!(greet(), "hello stranger");
//! USER.scope("ada".into(), || assert_eq!(greet(), "hello ada"));
//! assert_eq!(greet(), "hello stranger");
//!
//! fn walk(levels: u32) -> Option<u32> {
//!     let _binding = DEPTH.bind(DEPTH.get_or(0) + 1); // until the end of the function
//!     if levels > 0 { walk(levels - 1) } else { DEPTH.get() }
//! }
//! assert_eq!(walk(4), Some(5));
//! assert_eq!(DEPTH.get(), Some(0));
//! ```
//!
//! Or set it, and undo that with the token if need be:
//! ```
//! # use contextvars::ContextVar;
//! # static USER: ContextVar<String> = ContextVar::new("user");
//! let token = USER.set("ada".into());
//! assert_eq!(token.old_value(), None);
//! USER.reset(&token)?;
//! assert_eq!(USER.get(), None);
//! # Ok::<(), contextvars::ResetError>(())
//! ```
//!
//! Take a snapshot of everything, and send it to a thread:
//! ```
//! # use contextvars::ContextVar;
//! # static USER: ContextVar<String> = ContextVar::new("user");
//! use contextvars::copy_context;
//! use std::thread;
//!
//! USER.set("ada".into());
//! let snapshot = copy_context();
//! USER.set("grace".into()); // the snapshot does not see it
//!
//! let job = thread::spawn(move || {
//!     assert_eq!(USER.get(), None); // a plain thread inherits nothing
//!     snapshot.run(|| USER.get())
//! });
//! assert_eq!(job.join().unwrap()?.as_deref(), Some("ada"));
//! # Ok::<(), contextvars::RunError>(())
//! ```
//! [`spawn_with_copy`] does both steps in one, [`spawn_scoped_with_copy`] for a thread that borrows; [`WithContext`]
//! does it for a future.
//!
//! What goes wrong is told by a value, in the order in which CPython checks:
//! ```
//! # use contextvars::ContextVar;
//! # static USER: ContextVar<String> = ContextVar::new("user");
//! use contextvars::{Context, EnterError, ResetError, RunError};
//!
//! // Nothing bound, no default: the error names the variable.
//! let error = USER.try_get().unwrap_err();
//! assert_eq!(error.to_string(), r#"context variable "user" is not bound and has no default"#);
//!
//! // A context is active at most once.
//! let context = Context::new();
//! assert_eq!(context.run(|| context.run(|| ())), Ok(Err(RunError::Enter(EnterError))));
//!
//! // A token resets its own variable, in its own context, once.
//! let token = USER.set("ada".into());
//! assert_eq!(context.run(|| USER.reset(&token)), Ok(Err(ResetError::OtherContext)));
//! assert_eq!(USER.reset(&token), Ok(()));
//! assert_eq!(USER.reset(&token), Err(ResetError::TokenUsed));
//! ```
//!
//! # Cost
//! For n variables bound in the context, whose map has at most 7 levels of 32 branches:
//!
//! | operation | cost |
//! |---|---|
//! | [`ContextVar::with`], [`get`](ContextVar::get) | hit O(1), miss O(log n) |
//! | [`ContextVar::set`], [`reset`](ContextVar::reset) | O(log n): copies a path of the map |
//! | [`copy_context`], [`Context::copy`] | O(1): one allocation |
//! | [`Context::run`] | O(1): one allocation; the cache forgets the context when it is left |
//! | [`Context::get`], [`contains`](Context::contains) | O(log n), from any thread |
//! | [`Context::len`] | O(1), from any thread |
//! | memory of a snapshot | one small object; the map is shared until one side changes |
//!
//! A read hits if this thread read or set the variable lately in this context, and then writes nothing shared. A miss
//! makes one small allocation and counts two references of the value. A change takes the context's own lock for one
//! pointer swap. A snapshot keeps every value in it alive. A thread's cache has 64 entries and is allocated when first
//! needed.
//!
//! # Differences from Python
//! - A variable has a type. There is no `MISSING`: what may be absent is an `Option`.
//! - Reading an unbound variable gives `None`; [`ContextVar::try_get`] gives the `LookupError`.
//! - A default is a function, called by the first read that needs it.
//! - `with var.set(x):` is [`ContextVar::scope`] or the guard of [`ContextVar::bind`].
//! - Contexts are compared by [`same_bindings`](Context::same_bindings), which compares values by identity.
//! - The context that a thread gets by its first `set` counts as entered, as every current context does; CPython leaves
//!   that one unmarked.
//! - In a thread that is at its end, after its thread-local state was destroyed, reads see defaults and a `set` affects
//!   nothing but the operation that it is part of (a `scope`, a `run`).
//!
//! # User code that panics
//! - The **drop** of a value is nobody's call. If it panics, the panic hook reports it and the operation goes on, so
//!   that the token of a [`set`](ContextVar::set) is not lost, the drop of a [`Binding`] never panics, and values that
//!   panic while the thread unwinds do not abort the process. (With `panic = "abort"` every panic does.)
//! - A **clone**, a **default**, a closure that **reads**, and a **body** were given by the caller, to whom their panic
//!   goes. A read that panics has changed nothing. A body that panics has done what it did before: what it set stays in
//!   the context of a [`run`](Context::run), a [`scope`](ContextVar::scope) restores its variable, and contexts that
//!   were entered are left and can be entered again.
//! - The **drop of a future** in [`WithContext`] is its owner's: it propagates, unless the thread unwinds already.
//!
//! # The end of a thread
//! A thread's last context dies with its thread-locals. A value whose drop binds another one then is dropped all the
//! same, and so is what it bound, for four rounds, the number of POSIX's `PTHREAD_DESTRUCTOR_ITERATIONS`. What is bound
//! in a later round is never dropped, as POSIX leaves what destructors set in the last iteration; so a value whose drop
//! sets another of its kind does not keep a thread from ending. Before a thread's end, and in other thread-locals that
//! are destroyed first, a drop that binds a value in the place of another of its kind recurs; that is ended 32 drops
//! deep, and what is bound there is never dropped; nor is what is bound after a million other values inside one
//! outermost drop, as by drops that each bind several. A drop that makes another of its kind and does not bind it is
//! the user's recursion.
//!
//! Thread-locals are destroyed after a thread's function has returned.
//! [`JoinHandle::join`](std::thread::JoinHandle::join) waits for that, but [`std::thread::scope`] does not: values in
//! the last context of a thread that was started by [`Scope::spawn`](std::thread::Scope::spawn) can outlive the scope,
//! as std's own thread-locals can. Threads of [`spawn_with_copy`], [`spawn_scoped_with_copy`], [`Context::spawn`] and
//! [`Context::spawn_scoped`] release all that they hold before their function returns, and so does a body in a
//! [`Context::run`] with what the context alone holds.
//!
//! # Long chains
//! A context can hold a value that holds a context, and so on, also by way of tokens, iterators, bindings and defaults.
//! Such a chain is released in bounded stack, however long it is, in the order in which plain recursion would release
//! it: each value before what it holds. About the first 40 values die inside each other, as their owners' code may
//! expect. What is released deeper dies before the operation returns, but after the drop that released it; so it can
//! find another context current than inside a [`Context::run`] of that drop. A future in [`WithContext`] may borrow and
//! is always dropped on the spot; futures that hold each other directly, without a binding between them, are their
//! owner's recursion.
//!
//! # Code in the allocator
//! A global allocator may read variables ([`get`](ContextVar::get), [`with`](ContextVar::with), [`Context::get`] and
//! their kin) while it allocates or frees, whatever this crate is doing meanwhile, and needs no guard against
//! recursion: reads wait for nobody, borrow nothing and create no variable, and the cache is not filled inside another
//! fill. There are two limits. A default whose function allocates is a function that reads its own variable. And
//! whatever else allocates (a `set`, a `clone` of a `String`, a [`copy_context`]) needs a guard, as any code in an
//! allocator does; a `set` there may be overwritten by the operation that it interrupts.
//!
//! # Layers
//! The names at the root are a thin layer over what the verification suite drives:
//! - [`core`]: the same operations with an explicit handle for each thread, generic over a
//!   [`Design`](crate::core::Design);
//! - [`parts`]: the mechanisms that can race, one file each, which a design puts together;
//! - [`hamt`]: the persistent map that makes a snapshot O(1);
//! - [`platform`]: the primitives of the machine, and their standard form.
#![forbid(unsafe_code)]

mod ambient;
pub mod core;
pub mod hamt;
pub mod parts;
pub mod platform;

pub use crate::core::{EnterError, ExitError, ResetError, RunError};
pub use ambient::{
    Binding, Bound, Context, ContextIter, ContextVar, Token, Unbound, WithContext, copy_context,
    spawn_scoped_with_copy, spawn_with_copy,
};

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
