//! Contexts, and what can be read from one without entering it.

use super::value::Erased;
use super::{ContextVar, Shipped, thread};
use crate::core::bindings::BindingsCursor;
use crate::core::{self, Bindings, RunError, Variable};
use std::fmt;
use std::iter::FusedIterator;

/// A set of bindings that a thread can be inside of.
///
/// Cloning it gives another handle on the same context; [`copy`](Self::copy) gives a new context with the same
/// bindings. At most one thread is inside a context at a time, and once.
///
/// Any thread may read a context at any time, also while another is inside. Each read acts on one version of the
/// contents, which was current at some moment between call and return, and never on an older version than the thread's
/// previous read did. A context keeps the variables and values that it binds alive.
///
/// PEP 567, `contextvars.Context`. There is no `==`: choose [`same_bindings`](Self::same_bindings) or
/// [`same`](Self::same).
#[derive(Clone, Default)]
pub struct Context(core::Context<Shipped>);

/// A new context with the bindings of the current one. Later changes to either do not show in the other.
///
/// In a thread that is inside no context it makes one for it, as [`ContextVar::set`] does. O(1).
/// `contextvars.copy_context`, `PyContext_CopyCurrent`.
pub fn copy_context() -> Context {
    Context(thread::with(|state| state.copy_current()))
}

impl Context {
    /// A context without bindings. O(1). `contextvars.Context()`, `PyContext_New`.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new context with the same bindings, which nobody is inside, whoever is inside this one. O(1). `Context.copy`,
    /// `PyContext_Copy`.
    #[must_use]
    pub fn copy(&self) -> Self {
        Context(self.0.copy())
    }

    /// Runs `body` inside this context, and leaves it again, also when `body` panics. What `body` sets stays in this
    /// context, and the caller's context is as it was.
    ///
    /// Variables that this context does not bind read as their defaults: the caller's context is not a parent.
    /// O(1) plus what the thread's cache holds of this context, at most 64 steps. `Context.run`; `PyContext_Enter` and
    /// `PyContext_Exit`.
    ///
    /// # Errors
    /// [`RunError::Enter`] if a thread is inside this context, the calling one included; `body` was not run.
    /// ([`RunError::Exit`] does not occur: it needs a body that enters and leaves by hand, which only the
    /// [core](crate::core) can.)
    ///
    /// # Panics
    /// If `body` panics: with the same payload, after the context was left.
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> Result<R, RunError> {
        thread::with(|state| state.run(&self.0, body))
    }

    /// A clone of what the variable is bound to here; its default does not count. O(log n). `Context.get`,
    /// `Context[variable]`.
    pub fn get<T: Clone + Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> Option<T> {
        self.with(variable, |value| value.cloned())
    }

    /// Calls `read` with what the variable is bound to here; its default does not count. The value stays alive until
    /// `read` returns. O(log n).
    pub fn with<T: Send + Sync + 'static, R>(&self, variable: &ContextVar<T>, read: impl FnOnce(Option<&T>) -> R) -> R {
        let Some(variable) = variable.existing() else { return read(None) };
        // One version, held for the duration: no lock is.
        let bindings = self.0.bindings();
        read(bindings.get(variable).map(Erased::typed))
    }

    /// Whether the variable is bound here; its default does not count. O(log n). `variable in context`.
    pub fn contains<T: Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> bool {
        variable.existing().is_some_and(|variable| self.0.contains(variable))
    }

    /// The number of bindings. O(1). `len(context)`.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is bound. O(1).
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bindings, in no particular order. The iterator owns the version that is current now: later changes do not
    /// show, and the values stay alive. O(1), and amortised O(1) a step. `Context.items`.
    ///
    /// ```
    /// use contextvars::{Context, ContextVar};
    /// static USER: ContextVar<u32> = ContextVar::new("user");
    ///
    /// let context = Context::new();
    /// context.run(|| drop(USER.set(7)))?;
    /// for bound in &context {
    ///     assert_eq!((bound.name(), bound.value::<u32>()), ("user", Some(&7)));
    /// }
    /// # Ok::<(), contextvars::RunError>(())
    /// ```
    pub fn iter(&self) -> ContextIter {
        ContextIter(self.0.bindings().cursor())
    }

    /// Whether both bind the same variables to the identical values: the same objects, not merely equal ones, so that
    /// any type of value will do and no user code runs. Two versions, one of each, are fixed at the start.
    ///
    /// O(n), and O(1) for a copy as long as neither was changed. `context == other`, which compares values with `==`.
    pub fn same_bindings(&self, other: &Self) -> bool {
        self.0.equals(&other.0)
    }

    /// Whether both are handles on one context. O(1). `context is other`.
    pub fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }
}

impl fmt::Debug for Context {
    /// The names of the variables that are bound; not the values, whose types need not be printable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bindings: Bindings<Shipped> = self.0.bindings();
        f.write_str("Context ")?;
        f.debug_set().entries(bindings.iter().map(|(variable, _)| variable.name())).finish()
    }
}

impl IntoIterator for &Context {
    type Item = Bound;
    type IntoIter = ContextIter;

    fn into_iter(self) -> ContextIter {
        self.iter()
    }
}

/// The bindings of one version of a context; made by [`Context::iter`]. It owns them, so it may be sent to another
/// thread, and advancing it takes `&mut`, so two threads cannot do so at once.
#[derive(Debug)]
pub struct ContextIter(BindingsCursor<Shipped>);

impl Iterator for ContextIter {
    type Item = Bound;

    fn next(&mut self) -> Option<Bound> {
        let (variable, value) = self.0.next()?;
        Some(Bound { variable, value })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ContextIter {}
impl FusedIterator for ContextIter {}

/// One binding: a variable and its value, which it keeps alive.
#[derive(Clone)]
pub struct Bound {
    variable: Variable<Shipped>,
    value: Erased,
}

impl Bound {
    /// The name of the variable. Names need not be unique; [`is_of`](Self::is_of) decides.
    pub fn name(&self) -> &str {
        self.variable.name()
    }

    /// Whether this is a binding of that variable. O(1).
    pub fn is_of<T: Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> bool {
        Some(&self.variable) == variable.existing()
    }

    /// The value, if it is a `T`. O(1).
    pub fn value<T: 'static>(&self) -> Option<&T> {
        self.value.downcast()
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("name", &self.name()).finish_non_exhaustive()
    }
}
