//! What belongs to one thread: the contexts it is inside, and its part of the cache.

use super::{Bindings, Context, Design, Runtime, Variable};
use crate::parts::cache::{At, Cache, Place};
use crate::parts::containment::Containment;
use crate::parts::entry::Entry;
use crate::parts::registry::Registry;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// A thread's handle on the runtime: every operation on "the current context" is a method of it.
///
/// Neither `Send` nor `Sync`: it stays in the thread that it was made for.
///
/// ```compile_fail
/// # use contextvars::core::{ThreadState, UncachedDesign, Value};
/// fn must_be_send<T: Send>() {}
/// fn check<V: Value>() { must_be_send::<ThreadState<UncachedDesign<contextvars::platform::Std, V>>>() }
/// ```
pub struct ThreadState<D: Design> {
    pub(super) runtime: Arc<Runtime<D>>,
    pub(super) id: u64,
    /// The frame in force.
    pub(super) current: RefCell<Option<Frame<D>>>,
    /// Its number, or [`NO_FRAME`]: all of it that a cache hit needs.
    pub(super) frame: Cell<u64>,
    /// The frames below it, outermost first.
    pub(super) outer: RefCell<Vec<Frame<D>>>,
    pub(super) switches: Cell<u64>,
    frames: Cell<u64>,
    pub(super) cache: <D::Cache as Cache<D::Platform, D::Value>>::InThread,
}

/// One entered context.
pub(super) struct Frame<D: Design> {
    pub(super) context: Context<D>,
    /// What the context's cell holds: written there by this thread only, while it is inside. Behind an `Rc` so that a
    /// change can keep the version before without touching a count that another thread touches.
    pub(super) map: Rc<Bindings<D>>,
    /// Number of this frame among the thread's; not [`NO_FRAME`].
    pub(super) number: u64,
}

/// The number of no frame.
pub(super) const NO_FRAME: u64 = 0;

impl<D: Design> ThreadState<D> {
    /// A thread without a current context.
    pub fn start(runtime: &Arc<Runtime<D>>) -> Self {
        let id = runtime.registry.thread();
        ThreadState {
            id,
            current: RefCell::new(None),
            frame: Cell::new(NO_FRAME),
            outer: RefCell::new(Vec::new()),
            switches: Cell::new(0),
            frames: Cell::new(NO_FRAME),
            cache: D::Cache::in_thread(&runtime.cache, id),
            runtime: Arc::clone(runtime),
        }
    }

    /// A thread that starts inside a copy of `context`, typically of its starter's current one. That is not a switch:
    /// watchers are not told.
    pub fn start_in_copy(runtime: &Arc<Runtime<D>>, context: &Context<D>) -> Self {
        let thread = Self::start(runtime);
        thread.push_unclaimed(context.copy());
        thread
    }

    /// What exists once for all threads.
    pub fn runtime(&self) -> &Arc<Runtime<D>> {
        &self.runtime
    }

    /// Whether the thread is inside a context.
    pub fn has_context(&self) -> bool {
        self.frame.get() != NO_FRAME
    }

    /// Whether the thread is inside the context, as its current one or further out.
    pub fn is_inside(&self, context: &Context<D>) -> bool {
        let is = |frame: &Frame<D>| frame.context.same(context);
        self.current.borrow().as_ref().is_some_and(is) || self.outer.borrow().iter().any(is)
    }

    /// The last act of a thread's body, for whoever runs that to call: leaves every context, innermost first, without
    /// telling watchers. What user code in dying values sets meanwhile makes a new implicit context, which is left in a
    /// further round; what is bound after [`Containment::ROUNDS_AT_END`] of them is never dropped.
    ///
    /// Dropping the `ThreadState` does the same, but perhaps later than the values may live.
    pub fn end(&self) {
        if D::Containment::ENDS_WITH_BODY {
            self.close();
        }
    }

    fn close(&self) {
        for _ in 0..D::Containment::ROUNDS_AT_END {
            drop(self.pop_all());
            if !self.has_context() {
                return;
            }
        }
        // The claims are given back; what the contexts bind stays for ever.
        std::mem::forget(self.pop_all());
    }

    fn pop_all(&self) -> Vec<Frame<D>> {
        std::iter::from_fn(|| self.pop()).collect()
    }

    /// The current frame's context and map, and the point of access, after the implicit context was made if there was
    /// no context.
    pub(super) fn current_or_implicit(&self, variable: u64) -> (Context<D>, Rc<Bindings<D>>, At) {
        if !self.has_context() {
            self.push_unclaimed(Context::new());
        }
        let current = self.current.borrow();
        let frame = current.as_ref().expect("pushed above");
        (frame.context.clone(), Rc::clone(&frame.map), self.at(variable, frame.number))
    }

    /// Enters a context that no other thread can know of yet.
    fn push_unclaimed(&self, context: Context<D>) {
        let claimed = context.entry().claim(self.id);
        debug_assert!(claimed, "nobody else has this context");
        self.push(context);
    }

    /// Makes a claimed context current.
    pub(super) fn push(&self, context: Context<D>) {
        self.make_room();
        let map = Rc::new(context.bindings());
        let number = 1 + if D::FRAMES_COME_AGAIN { self.frame.get() } else { self.frames.get() };
        self.frames.set(number);
        self.frame.set(number);
        self.switches.set(self.switches.get().wrapping_add(1));
        let below = self.current.borrow_mut().replace(Frame { context, map, number });
        self.outer.borrow_mut().extend(below);
    }

    /// Sees to it that one more frame fits below the current one. Not left to `Vec`, which would call the allocator,
    /// and with it whatever code is hooked into that, while the stack is borrowed.
    fn make_room(&self) {
        let (len, capacity) = {
            let outer = self.outer.borrow();
            (outer.len(), outer.capacity())
        };
        if self.has_context() && len == capacity {
            let mut room = Vec::with_capacity(2 * len.max(2));
            let mut outer = self.outer.borrow_mut();
            room.append(&mut outer);
            let small = std::mem::replace(&mut *outer, room);
            drop(outer);
            drop(small);
        }
    }

    /// Leaves the current context and lets the next thread in; the caller drops the frame last.
    pub(super) fn pop(&self) -> Option<Frame<D>> {
        let below = self.outer.borrow_mut().pop();
        self.frame.set(below.as_ref().map_or(NO_FRAME, |frame| frame.number));
        let frame = std::mem::replace(&mut *self.current.borrow_mut(), below)?;
        self.switches.set(self.switches.get().wrapping_add(1));
        D::Cache::leave(&self.runtime.cache, &self.cache, frame.number);
        frame.context.entry().release();
        Some(frame)
    }

    pub(super) fn at(&self, variable: u64, frame: u64) -> At {
        At { thread: self.id, variable, frame, switches: self.switches.get() }
    }

    pub(super) fn place<'a>(&'a self, variable: &'a Variable<D>, at: At) -> Place<'a, D::Cache, D::Platform, D::Value> {
        Place { shared: &self.runtime.cache, variable: &variable.0.cache, thread: &self.cache, at }
    }
}

impl<D: Design> Drop for ThreadState<D> {
    fn drop(&mut self) {
        self.close();
        D::Cache::thread_ended(&self.runtime.cache, &self.cache, self.id);
        self.runtime.registry.thread_ended(self.id);
    }
}
