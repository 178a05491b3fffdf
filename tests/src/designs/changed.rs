//! A cache with one thing changed: everything else is passed on. For faults, and to count what a cache answers.

use contextvars::parts::cache::{At, Cache, Place};
use contextvars::platform::Platform;
use std::marker::PhantomData;

/// What is changed in the cache `C`.
pub trait Change<P: Platform, V, C: Cache<P, V>>: 'static {
    /// What the cache is told of who asks.
    fn seen(at: At) -> At {
        at
    }
    /// What the cache takes the number of a frame for.
    fn frame(frame: u64) -> u64 {
        frame
    }
    /// A lookup found a value, or not.
    fn looked_up(_found: bool) {}
    /// A thread ends.
    fn thread_ended(shared: &C::Shared, thread: &C::InThread, id: u64) {
        C::thread_ended(shared, thread, id);
    }
}

/// `C` with the change `X`.
pub struct Changed<C, X>(PhantomData<(C, X)>);

/// The same place, for the cache that is changed.
fn inner<'a, P: Platform, V: 'static, C: Cache<P, V>, X: Change<P, V, C>>(
    place: Place<'a, Changed<C, X>, P, V>,
) -> Place<'a, C, P, V> {
    let at = X::seen(At { frame: X::frame(place.at.frame), ..place.at });
    Place { shared: place.shared, variable: place.variable, thread: place.thread, at }
}

impl<P: Platform, V: 'static, C: Cache<P, V>, X: Change<P, V, C>> Cache<P, V> for Changed<C, X> {
    const ACTIVE: bool = C::ACTIVE;
    type Shared = C::Shared;
    type InVariable = C::InVariable;
    type InThread = C::InThread;
    type Held = C::Held;

    fn shared() -> C::Shared {
        C::shared()
    }
    fn in_variable(shared: &C::Shared, variable: u64) -> C::InVariable {
        C::in_variable(shared, variable)
    }
    fn in_thread(shared: &C::Shared, thread: u64) -> C::InThread {
        C::in_thread(shared, thread)
    }
    fn lookup(place: Place<'_, Self, P, V>) -> Option<C::Held> {
        let found = C::lookup(inner(place));
        X::looked_up(found.is_some());
        found
    }
    fn fill(place: Place<'_, Self, P, V>, value: &V) {
        C::fill(inner(place), value);
    }
    fn begin_bind(place: Place<'_, Self, P, V>) {
        C::begin_bind(inner(place));
    }
    fn bind(place: Place<'_, Self, P, V>, value: Option<&V>) {
        C::bind(inner(place), value);
    }
    fn leave(shared: &C::Shared, thread: &C::InThread, frame: u64) {
        C::leave(shared, thread, X::frame(frame));
    }
    fn variable_died(shared: &C::Shared, variable: &C::InVariable, id: u64) {
        C::variable_died(shared, variable, id);
    }
    fn thread_ended(shared: &C::Shared, thread: &C::InThread, id: u64) {
        X::thread_ended(shared, thread, id);
    }
}
