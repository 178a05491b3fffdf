//! The release of objects that hold each other in long chains, in bounded stack.
//!
//! A context holds a value that holds a context, a token an old value that holds a token, and so on: dropped by plain
//! recursion, a chain needs stack for each link. Objects of this library therefore release what they hold through
//! [`release`]. Down to [`NESTED`] releases inside each other it is plain recursion. What would be released deeper is
//! put on a list, and the release at that depth, the *drain*, goes through the list before it returns. (CPython's
//! deallocators do the same; it calls that a trashcan.)
//!
//! # Order
//! The order is that of the recursion, depth first: what an object put on the list comes before what was on it already,
//! in the order in which the object released it. One thing differs beyond the depth of [`NESTED`]: an object that user
//! code in a drop releases dies when that code has returned, not inside it. In every case all is released when the
//! outermost release returns, so when the operation does.
//!
//! Nothing is allocated down to that depth, and beyond it one small block for each object. There the allocator's own
//! code may find a drain under way: the list is linked and unlinked without allocating, freeing or running user code.
//!
//! # Threads that are simulated
//! A simulating platform runs many threads on one of the system, and switches between them inside user code, so also
//! inside a drop. The depth is then the sum of theirs, which only makes the plain recursion end earlier: a drain
//! belongs to one [strand](Platform::strand), and an object is left to a drain of the strand that releases it, or else
//! it starts one.

use crate::platform::Platform;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

/// Releases that run inside each other by plain recursion. A link of a chain takes at most two, so this is more than
/// the 32 values that hold something in a scenario, and more than the drops after which the ambient layer ends a
/// recursion of values that bind each other.
pub(crate) const NESTED: u32 = 80;

thread_local! {
    /// Releases under way.
    static DEPTH: Cell<u32> = const { Cell::new(0) };

    /// The drains under way, one for each strand at most. Never destroyed, hence always there; each is taken off by the
    /// release that put it there.
    static DRAINS: ManuallyDrop<RefCell<Option<Box<Drain>>>> = const { ManuallyDrop::new(RefCell::new(None)) };
}

/// Drops an object, now or, deep inside other releases, when the drain comes to it.
///
/// # Panics
/// If the drop of an object panics; the others of the list are released all the same.
#[inline]
pub(crate) fn release<P: Platform, T: 'static>(object: T) {
    /// Ends a release, also while it unwinds.
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }
    let depth = DEPTH.get();
    if depth < NESTED {
        DEPTH.set(depth + 1);
        let _level = Level;
        drop(object);
    } else {
        release_later(P::strand(), Box::new(Pending { next: None, _object: object }));
    }
}

/// An object that is released through [`release`] when this is dropped.
pub(crate) struct Held<P: Platform, T: 'static> {
    /// There, if it was ever there, until the drop.
    object: Option<T>,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform, T: 'static> Held<P, T> {
    pub(crate) fn new(object: Option<T>) -> Self {
        Held { object, platform: PhantomData }
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.object.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.object.as_mut()
    }
}

impl<P: Platform, T: 'static> Drop for Held<P, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            release::<P, T>(object);
        }
    }
}

/// An object that waits for its release.
struct Pending<T: ?Sized> {
    next: List,
    _object: T,
}

type List = Option<Box<Pending<dyn Any>>>;

fn push(list: &mut List, mut first: Box<Pending<dyn Any>>) {
    first.next = list.take();
    *list = Some(first);
}

fn pop(list: &mut List) -> List {
    let mut first = list.take()?;
    *list = first.next.take();
    Some(first)
}

/// A release that goes through a list.
struct Drain {
    strand: u64,
    /// What the object that is being released has put here, the last one first.
    fresh: List,
    /// What comes after that, in order.
    rest: List,
    /// The drain of another strand.
    next: Option<Box<Drain>>,
}

/// Where the strand's drain is, or where it would be put.
fn find(mut place: &mut Option<Box<Drain>>, strand: u64) -> &mut Option<Box<Drain>> {
    while place.as_ref().is_some_and(|drain| drain.strand != strand) {
        place = &mut place.as_mut().expect("checked in the condition").next;
    }
    place
}

/// Leaves the object to the strand's drain, or is that drain.
#[cold]
fn release_later(strand: u64, object: Box<Pending<dyn Any>>) {
    let left_over = DRAINS.with(|drains| match find(&mut drains.borrow_mut(), strand) {
        Some(drain) => {
            push(&mut drain.fresh, object);
            None
        }
        None => Some(object),
    });
    if let Some(object) = left_over {
        let drain = Box::new(Drain { strand, fresh: Some(object), rest: None, next: None });
        DRAINS.with(|drains| *find(&mut drains.borrow_mut(), strand) = Some(drain));
        drop(Draining(strand));
    }
}

/// Goes through the list when it is dropped.
struct Draining(u64);

impl Drop for Draining {
    fn drop(&mut self) {
        while let Ok(object) = next(self.0) {
            // Goes on, if the drop panics.
            let rest = Draining(self.0);
            drop(object);
            std::mem::forget(rest);
        }
    }
}

/// The object that is due, or the strand's drain, if it is through.
fn next(strand: u64) -> Result<Box<Pending<dyn Any>>, Option<Box<Drain>>> {
    DRAINS.with(|drains| {
        let mut drains = drains.borrow_mut();
        let place = find(&mut drains, strand);
        if let Some(drain) = place {
            while let Some(object) = pop(&mut drain.fresh) {
                push(&mut drain.rest, object);
            }
            if let Some(object) = pop(&mut drain.rest) {
                return Ok(object);
            }
        }
        let mut done = place.take();
        *place = done.as_mut().and_then(|drain| drain.next.take());
        Err(done)
    })
}
