//! The per-thread cache with a step that is left out now and then: for one half of its slots, or each n-th time.
//!
//! Catalogue A1 (d) and A28, as faults of a size: a purge that goes through half of the table keeps the entries of the
//! 33rd variable and of those after it; a set that does not renew the entry, and a leave that does not purge, the
//! fiftieth and the twentieth time.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{Cache, PerThread, Place, SLOTS, Table};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

/// When a step is left out.
pub trait Lapse: 'static {
    /// Whether the n-th bind of a thread, counted from 1, leaves the entry as it is.
    fn forgets_bind(_n: u64) -> bool {
        false
    }
    /// Whether the n-th leave of a thread, counted from 1, keeps the entries in this half of the table.
    fn forgets_leave(_n: u64, _half: usize) -> bool {
        false
    }
}

/// A leave purges the lower half of the table alone.
pub struct HalfPurge;
impl Lapse for HalfPurge {
    fn forgets_leave(_: u64, half: usize) -> bool {
        half == 1
    }
}

/// Each fiftieth set or reset is forgotten.
pub struct FiftiethBind;
impl Lapse for FiftiethBind {
    fn forgets_bind(n: u64) -> bool {
        n.is_multiple_of(50)
    }
}

/// Each twentieth leave is forgotten.
pub struct TwentiethLeave;
impl Lapse for TwentiethLeave {
    fn forgets_leave(n: u64, _: usize) -> bool {
        n.is_multiple_of(20)
    }
}

/// The per-thread cache that lapses.
pub struct Lapsing<L>(PhantomData<L>);

/// A thread's table in two halves, and its counts.
pub struct Halves {
    halves: [Table<Tracked>; 2],
    binds: Cell<u64>,
    leaves: Cell<u64>,
}

/// The place in the half in which the variable's slot is.
fn half<'a, L: Lapse, P: Platform>(place: &Place<'a, Lapsing<L>, P, Tracked>) -> Place<'a, PerThread, P, Tracked> {
    let half = place.at.variable as usize % SLOTS / (SLOTS / 2);
    Place { shared: place.shared, variable: place.variable, thread: &place.thread.halves[half], at: place.at }
}

fn next(count: &Cell<u64>) -> u64 {
    count.set(count.get() + 1);
    count.get()
}

impl<L: Lapse, P: Platform> Cache<P, Tracked> for Lapsing<L> {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = ();
    type InThread = Halves;
    type Held = Rc<Tracked>;

    fn shared() {}
    fn in_variable(_: &(), _: u64) {}
    fn in_thread(shared: &(), thread: u64) -> Halves {
        let halves = [(); 2].map(|()| <PerThread as Cache<P, Tracked>>::in_thread(shared, thread));
        Halves { halves, binds: Cell::new(0), leaves: Cell::new(0) }
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Rc<Tracked>> {
        PerThread::lookup(half(&place))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        PerThread::fill(half(&place), value);
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        if !L::forgets_bind(next(&place.thread.binds)) {
            PerThread::bind(half(&place), value);
        }
    }

    fn leave(shared: &(), thread: &Halves, frame: u64) {
        let n = next(&thread.leaves);
        for (half, table) in thread.halves.iter().enumerate() {
            if !L::forgets_leave(n, half) {
                <PerThread as Cache<P, Tracked>>::leave(shared, table, frame);
            }
        }
    }
}

/// `per-thread` with this lapse.
pub type Faulty<L> = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Lapsing<L>>;
