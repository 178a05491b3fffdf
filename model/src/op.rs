//! The alphabet: every operation on context variables and everything it can answer.
//!
//! Operations name their handles (`VarId`, `CtxId`, `TokId`, `IterId`, `WatchId`) instead of holding them, so that one
//! operation means the same thing to the model, to an implementation and to another runtime. Each name is given to at
//! most one object during a scenario; a name is therefore an identity.

use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident $number:ident $letter:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

names! {
    /// Name of a variable.
    VarId u16 "v";
    /// Name of a context object: given by the scenario (below 0x8000), or by a constructor of its own.
    CtxId u32 "c";
    /// Name of a token.
    TokId u16 "t";
    /// Name of an iterator over a context.
    IterId u16 "i";
    /// Name of a context watcher.
    WatchId u16 "w";
    /// A thread of the scenario. Thread 0 runs `init` and `post`; the parallel threads count from 1.
    ThreadId u16 "thread ";
    /// A value: an object identity. What it is equal to, and what it does when it is dropped, compared or cloned, is
    /// told by its [`ValueSpec`]. Every value that a scenario writes should be unique: then a read names its write.
    Val u32 "";
}

/// A handle of any kind, for the operations that treat all kinds alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Handle {
    /// A variable.
    Var(VarId),
    /// A context.
    Ctx(CtxId),
    /// A token.
    Tok(TokId),
    /// An iterator.
    Iter(IterId),
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Handle::Var(x) => x.fmt(f),
            Handle::Ctx(x) => x.fmt(f),
            Handle::Tok(x) => x.fmt(f),
            Handle::Iter(x) => x.fmt(f),
        }
    }
}

/// One operation. "Current" is the current context of the thread that performs it.
///
/// An operation that names a handle which its thread does not hold answers [`Error::NoHandle`] and changes nothing.
/// Sources: PEP 567, `Python/context.c`; the sections are those of `proofs-notes/semantics.md`.
#[expect(missing_docs, reason = "the sentence of a variant says what its fields are")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Op {
    /// Creates a variable (section 2.1). The default belongs to the variable and is never stored in a context.
    NewVar { var: VarId, default: Option<Val> },
    /// The current binding, else `fallback`, else the variable's default, else [`Error::Unbound`] (section 2.2).
    /// A thread without a context reads an empty one and does not create it.
    Get { var: VarId, fallback: Option<Val> },
    /// Binds the variable in the current context; creates the implicit context first if there is none (section 2.2).
    Set { var: VarId, value: Val, token: Option<TokId> },
    /// Restores what the token's `set` replaced (section 2.3). Checked in this order: token used, other variable, other
    /// context (which creates the implicit context if there is none). Only a reset that passes all three uses the
    /// token.
    Reset { var: VarId, token: TokId },
    /// The variable that the token belongs to (section 2.4).
    TokenVar { token: TokId },
    /// The value that the token's `set` replaced, or nothing if the variable was absent, default or not (section 2.4).
    TokenOld { token: TokId },
    /// Creates an empty context (section 2.5).
    NewContext { ctx: CtxId },
    /// Snapshot of the current context as a new, not entered context; O(1). Creates the implicit context if there is
    /// none (`copy_context`, section 2.5).
    CopyCurrent { ctx: CtxId },
    /// Snapshot of any context, whoever is inside it (`Context.copy`, section 2.5).
    Copy { from: CtxId, to: CtxId },
    /// Makes the context current: [`Error::AlreadyEntered`] if any thread is inside it (`PyContext_Enter`, section 3).
    Enter { ctx: CtxId },
    /// Leaves the context: [`Error::NotEntered`] if nobody is inside it, then [`Error::NotCurrent`] if it is not this
    /// thread's current one (`PyContext_Exit`, section 3).
    Exit { ctx: CtxId },
    /// The binding of a variable in a context, else [`Error::NotInContext`]; no default is consulted (`Context[v]`).
    Lookup { ctx: CtxId, var: VarId },
    /// Whether the context binds the variable; defaults do not count (`v in Context`).
    Contains { ctx: CtxId, var: VarId },
    /// The number of bindings (`len(Context)`).
    Len { ctx: CtxId },
    /// All bindings of one version of the context, ordered by variable name.
    Items { ctx: CtxId },
    /// Whether two contexts bind the same variables to equal values: identity first, then user equality. Both versions
    /// are pinned before user code runs (`Context == Context`).
    Equal { left: CtxId, right: CtxId },
    /// Starts an iterator over the version that the context has now (section 2.5).
    Iterate { ctx: CtxId, iter: IterId },
    /// The next binding of the iterator's version. Which of the remaining ones comes next is unspecified; each comes
    /// exactly once, whichever threads share the iterator.
    Next { iter: IterId },
    /// Gives up this thread's handle. The object dies when nothing holds it any more.
    Drop { handle: Handle },
    /// Hands a handle to another thread, which then holds it too.
    Give { handle: Handle, to: ThreadId },
    /// Starts a thread of the scenario: with no context, or inside a copy of this thread's current context.
    Spawn { thread: ThreadId, inherit: bool },
    /// Adds a watcher, told of every switch of a current context: the lowest free slot of eight, else
    /// [`Error::NoFreeWatcher`] (`PyContext_AddWatcher`).
    Watch { watcher: WatchId },
    /// Removes a watcher, else [`Error::NoSuchWatcher`] (`PyContext_ClearWatcher`).
    Unwatch { watcher: WatchId },
    /// The end of a thread: leaves every context it is still inside, innermost first, and gives up all its handles.
    End,
}

/// What an operation answers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ret {
    /// It is done and has nothing to say.
    Done,
    /// A value.
    Value(Val),
    /// A value, or that there was none ([`Op::TokenOld`]).
    Old(Option<Val>),
    /// Yes or no.
    Bool(bool),
    /// A number of bindings.
    Count(usize),
    /// A variable.
    Var(VarId),
    /// All bindings, ordered by variable.
    Items(Vec<(VarId, Val)>),
    /// The next binding of an iterator, or its end.
    Item(Option<(VarId, Val)>),
    /// The slot of a watcher.
    Slot(u8),
    /// The operation failed and changed nothing.
    Err(Error),
}

/// Why an operation failed. The messages in brackets are CPython's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Error {
    /// No binding, no fallback, no default [LookupError: the variable].
    Unbound,
    /// The context does not bind the variable [KeyError: the variable].
    NotInContext,
    /// The token was used before [RuntimeError: has already been used once].
    TokenUsed,
    /// The token belongs to another variable [ValueError: was created by a different ContextVar].
    OtherVariable,
    /// The token belongs to another context object [ValueError: was created in a different Context].
    OtherContext,
    /// A thread is inside the context [RuntimeError: cannot enter context: … is already entered].
    AlreadyEntered,
    /// Nobody is inside the context [RuntimeError: cannot exit context: … has not been entered].
    NotEntered,
    /// The context is not this thread's current one [RuntimeError: thread state references a different context object].
    NotCurrent,
    /// All eight watcher slots are taken [RuntimeError: no more context watcher IDs available].
    NoFreeWatcher,
    /// The watcher is not registered [ValueError: No context watcher set for ID n].
    NoSuchWatcher,
    /// The thread does not hold a handle that the operation names. Only scenarios meet this one.
    NoHandle,
    /// User code that belongs to the answer, an equality or a clone, panicked [the exception propagates].
    Panicked,
}

/// What user code does when it runs. It does not run again inside itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct UserCode {
    /// What it performs.
    pub ops: Vec<Op>,
    /// Whether it then panics. A drop or a watcher that panics is reported and goes no further, as CPython does with an
    /// error in `__del__` or in a watcher (`PyErr_WriteUnraisable`); an equality or a clone that panics ends the
    /// operation that ran it with [`Error::Panicked`]. It panics also where its operations do not run again.
    pub panics: bool,
}

impl UserCode {
    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty() && !self.panics
    }
}

/// How a value behaves: which values it equals, what it holds, and what it does when user code of its own runs.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ValueSpec {
    /// Values of the same class are equal though distinct; `None` is equal to nothing but itself.
    pub class: Option<u32>,
    /// The objects that it takes a reference to, of those that the thread which brings it into being then holds. It
    /// keeps them until it dies; what dies with them dies after its own code has run.
    pub holds: Vec<Handle>,
    /// Runs when the value is dropped.
    pub on_drop: UserCode,
    /// Runs when the value is compared, as the left operand, with a distinct one.
    pub on_equal: UserCode,
    /// Runs when the value is cloned out of a context for its reader.
    pub on_clone: UserCode,
}

impl ValueSpec {
    /// Its user code: drop, equality, clone.
    pub fn code(&self) -> [&UserCode; 3] {
        [&self.on_drop, &self.on_equal, &self.on_clone]
    }

    /// The same, to be changed.
    pub fn code_mut(&mut self) -> [&mut UserCode; 3] {
        [&mut self.on_drop, &mut self.on_equal, &mut self.on_clone]
    }
}

/// Which user code ran.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Trigger {
    /// The value was dropped.
    Drop(Val),
    /// The value was compared.
    Equal(Val),
    /// The value was cloned.
    Clone(Val),
    /// A watcher was told that this context is current now; one that the thread holds no handle of is not shown.
    Switched(WatchId, Option<CtxId>),
}

/// Something that user code saw: a watcher's event, or the answer to an operation that a value performed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Observation {
    /// The thread in which it ran.
    pub thread: ThreadId,
    /// What made it run.
    pub trigger: Trigger,
    /// The operation performed and its answer; `None` for an event alone.
    pub op: Option<(Op, Ret)>,
}
