//! Variables.

use super::value::{Contains, Erased};
use super::{Binding, Shipped, Token, thread};
use crate::core::{ResetError, Variable};
use std::fmt;
use std::sync::OnceLock;

/// A context variable: its value depends on the context that the calling thread is inside.
///
/// Usually a `static`, declared with [`new`](Self::new) or [`with_default`](Self::with_default); both are `const`. A
/// variable can be made at run time, too, and shared by reference or in an `Arc`. Each is a variable of its own: two of
/// the same name are different, as are two that come from one `const`, so do not put one in a `const`.
///
/// A value is stored once, behind a shared pointer, and is not changed in place: contexts that were copied from each
/// other share it. That is why `T` has to be `Sync`. A value with inner mutability is *shared* by all copies; only
/// [`set`](Self::set) is private to a context.
///
/// ```
/// use contextvars::ContextVar;
///
/// static TENANT: ContextVar<String> = ContextVar::new("tenant");
/// static RETRIES: ContextVar<u32> = ContextVar::with_default("retries", || 3);
///
/// assert_eq!(TENANT.get(), None);
/// assert_eq!(RETRIES.get(), Some(3));
/// TENANT.scope("acme".into(), || assert_eq!(TENANT.get().as_deref(), Some("acme")));
/// ```
///
/// A value of a type that is not `Send` and `Sync` is refused; `Arc<str>` in place of `Rc<str>` is accepted:
/// ```compile_fail,E0277
/// use contextvars::ContextVar;
/// static NAME: ContextVar<std::rc::Rc<str>> = ContextVar::new("name");
/// ```
/// ```
/// use contextvars::ContextVar;
/// static NAME: ContextVar<std::sync::Arc<str>> = ContextVar::new("name");
/// ```
///
/// PEP 567, `contextvars.ContextVar`; C API `PyContextVar_New`.
pub struct ContextVar<T: Send + Sync + 'static> {
    name: &'static str,
    make_default: Option<fn() -> T>,
    default: OnceLock<Contains<T>>,
    /// The variable proper. Made by the first `set`, because a `static` cannot allocate or count, and a read need not.
    variable: OnceLock<Variable<Shipped>>,
}

impl<T: Send + Sync + 'static> ContextVar<T> {
    /// A variable without a default. The name is for error messages and listings, and need not be unique.
    ///
    /// Costs nothing; the variable gets its identity when it is first set. `ContextVar(name)`.
    pub const fn new(name: &'static str) -> Self {
        ContextVar { name, make_default: None, default: OnceLock::new(), variable: OnceLock::new() }
    }

    /// A variable that reads as `default()` where it is not bound.
    ///
    /// The function is called by the first read that needs it, and what it returned is kept for as long as the variable
    /// lives: every context sees the same object, and none stores it. No lock is held while it runs: a read that needs
    /// the default for the first time waits for another thread at most while that one moves a finished object into its
    /// place, never for the function. If several threads need the default first at the same time, each may call the
    /// function; one result is kept and seen by all. If the function panics, the read panics and the next one calls it
    /// again. A function that reads its own variable recurses without end.
    ///
    /// `ContextVar(name, default=…)`.
    pub const fn with_default(name: &'static str, default: fn() -> T) -> Self {
        ContextVar { name, make_default: Some(default), default: OnceLock::new(), variable: OnceLock::new() }
    }

    /// The name it was given. `ContextVar.name`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A clone of the value in the current context: what the variable is bound to there, else the default, else `None`.
    ///
    /// For a value that is costly to clone, use [`with`](Self::with) or store an `Arc`. Waits for nobody. O(1) if the
    /// thread read or set the variable lately in this context, and then writes nothing that other threads touch, apart
    /// from what `T::clone` does; else O(log n) for n bound variables. `ContextVar.get()`, `PyContextVar_Get`.
    #[inline]
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    /// The value that the variable is bound to in the current context, else `fallback`, which takes precedence over the
    /// default.
    ///
    /// Costs what [`get`](Self::get) costs. `ContextVar.get(fallback)`.
    #[inline]
    pub fn get_or(&self, fallback: T) -> T
    where
        T: Clone,
    {
        // Dropped if the variable is bound, perhaps while its clone's panic unwinds.
        let fallback = Contains::unbound(fallback);
        match self.bound(|value| value.cloned()) {
            Some(value) => value,
            None => fallback.take().expect("not taken before"),
        }
    }

    /// As [`get`](Self::get), with an error that names the variable in place of `None`.
    ///
    /// # Errors
    /// [`Unbound`] if the variable is not bound in the current context and has no default. Python's `LookupError`.
    #[inline]
    pub fn try_get(&self) -> Result<T, Unbound>
    where
        T: Clone,
    {
        self.get().ok_or(Unbound { name: self.name })
    }

    /// Calls `read` with the value in the current context: what the variable is bound to there, else the default, else
    /// `None`. Nothing is cloned.
    ///
    /// `read` may do anything, set this variable included; the value that it was given stays alive until it returns.
    /// Costs what [`get`](Self::get) costs, less the clone.
    #[inline]
    pub fn with<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        self.bound(|value| match value {
            Some(value) => read(Some(value)),
            None => read(self.default()),
        })
    }

    /// Binds the variable in the current context. The token undoes it, if given to [`reset`](Self::reset) in the same
    /// context; drop it if the value is to stay.
    ///
    /// A thread that is inside no context gets one of its own, which lasts until the thread ends. O(log n), and
    /// allocates. The value that was replaced is dropped with the last context or token that holds it.
    /// `ContextVar.set`, `PyContextVar_Set`.
    pub fn set(&self, value: T) -> Token<T> {
        let value = Erased::new(value);
        Token::new(thread::with(|state| state.set(self.variable(), value)))
    }

    /// Restores what the `set` that returned the token replaced: the earlier value, or being unbound. Whatever was set
    /// in between is overwritten. Tokens are independent, not a stack: used out of order, a later reset can bring an
    /// old value back.
    ///
    /// O(log n), and allocates. `ContextVar.reset`, `PyContextVar_Reset`.
    ///
    /// # Errors
    /// Checked in this order: the token was used before ([`ResetError::TokenUsed`]), it came from another variable
    /// ([`ResetError::OtherVariable`]), it was made in another context than the current one
    /// ([`ResetError::OtherContext`]). Then nothing was changed, and the token can still be used where it is valid.
    pub fn reset(&self, token: &Token<T>) -> Result<(), ResetError> {
        thread::with(|state| state.reset(self.variable(), token.core()))
    }

    /// Runs `body` with the variable bound to `value`, and then restores what was there before, also when `body`
    /// panics.
    ///
    /// What `body` sets this variable to is undone as well; what it does to others stays. To confine all of it, use
    /// [`Context::run`](crate::Context::run). Costs a [`set`](Self::set) and a [`reset`](Self::reset). Python 3.14:
    /// `with var.set(value): …`.
    ///
    /// # Panics
    /// If `body` panics.
    pub fn scope<R>(&self, value: T, body: impl FnOnce() -> R) -> R {
        // Holds one state throughout, so that `body` sees the value even in a thread that is at its end.
        thread::with(|_| {
            let _binding = self.bind(value);
            body()
        })
    }

    /// Binds the variable in the current context until the guard is dropped. See [`Binding`] for what happens to guards
    /// that are dropped out of order or elsewhere, and [`scope`](Self::scope) for a form in which that cannot happen.
    ///
    /// Costs a [`set`](Self::set) now and a [`reset`](Self::reset) later.
    ///
    /// ```
    /// use contextvars::ContextVar;
    /// static DEPTH: ContextVar<u32> = ContextVar::with_default("depth", || 0);
    ///
    /// let _binding = DEPTH.bind(1);
    /// assert_eq!(DEPTH.get(), Some(1));
    /// ```
    pub fn bind(&self, value: T) -> Binding<'_> {
        Binding::new(self.set(value))
    }

    /// Calls `read` with the binding in the current context.
    #[inline]
    fn bound<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        // Before its first `set` a variable has no identity, and is bound nowhere.
        let Some(variable) = self.existing() else { return read(None) };
        thread::read(|state| match state {
            Some(state) => state.get(variable, None, |value| read(value.map(Erased::typed))),
            None => read(None),
        })
    }

    fn default(&self) -> Option<&T> {
        let make = self.make_default?;
        if self.default.get().is_none() {
            // Not `get_or_init`, which would hold a lock while user code runs.
            drop(self.default.set(Contains::unbound(make())));
        }
        self.default.get()?.get()
    }

    /// The variable proper, if it was ever set.
    #[inline]
    pub(super) fn existing(&self) -> Option<&Variable<Shipped>> {
        self.variable.get()
    }

    fn variable(&self) -> &Variable<Shipped> {
        if self.existing().is_none() {
            // Not `get_or_init`, inside which the allocator's code would find it half made. If another thread was
            // faster, this identity goes unused.
            drop(self.variable.set(Variable::new(thread::runtime(), self.name, None)));
        }
        self.existing().expect("set above")
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for ContextVar<T> {
    /// The name; never the value, since that would depend on who asks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The variable is not bound in the current context and has no default (Python's `LookupError`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unbound {
    name: &'static str,
}

impl Unbound {
    /// The name of the variable.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Unbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "context variable {:?} is not bound and has no default", self.name)
    }
}

impl std::error::Error for Unbound {}

impl<T: Send + Sync + 'static> Token<T> {
    /// Whether this is a token of that variable. O(1). `Token.var is variable`.
    pub fn is_of(&self, variable: &ContextVar<T>) -> bool {
        Some(self.core().variable()) == variable.existing()
    }
}
