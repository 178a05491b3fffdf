//! The per-thread cache with one of its steps left out: what each of them is for.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::{At, Cache, PerThread, Place, Table};
use contextvars::platform::Platform;
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;
use std::marker::PhantomData;
use std::rc::Rc;

/// Which step is left out.
pub trait Omission: 'static {
    /// The version (the frame) is not compared: every frame looks like frame 0.
    const NO_VERSION: bool = false;
    /// A set does not write the cache.
    const NO_SET: bool = false;
    /// A reset to "absent" does not clear the cache.
    const NO_RESET: bool = false;
    /// Leaving a context does not remove its entries.
    const NO_LEAVE: bool = false;
}

/// A hit skips the version check: catalogue A1 (b).
pub struct NoVersion;
impl Omission for NoVersion {
    const NO_VERSION: bool = true;
}

/// No invalidation in set: catalogue A1 (d).
pub struct NoSet;
impl Omission for NoSet {
    const NO_SET: bool = true;
}

/// No invalidation in reset: catalogue A1 (e).
pub struct NoReset;
impl Omission for NoReset {
    const NO_RESET: bool = true;
}

/// Entries outlive their context: catalogue A28 (values kept alive by a thread that is done with them).
pub struct NoLeave;
impl Omission for NoLeave {
    const NO_LEAVE: bool = true;
}

/// The per-thread cache without a step.
pub struct Without<O>(PhantomData<O>);

type Sound = PerThread;

fn seen<O: Omission>(at: At) -> At {
    if O::NO_VERSION { At { frame: 0, ..at } } else { at }
}

fn sound<'a, O: Omission, P: Platform>(place: Place<'a, Without<O>, P, Tracked>) -> Place<'a, Sound, P, Tracked> {
    Place { shared: place.shared, variable: place.variable, thread: place.thread, at: seen::<O>(place.at) }
}

impl<O: Omission, P: Platform> Cache<P, Tracked> for Without<O> {
    const ACTIVE: bool = true;
    type Shared = ();
    type InVariable = ();
    type InThread = Table<Tracked>;
    type Held = Rc<Tracked>;

    fn shared() {}
    fn in_variable(_: &(), _: u64) {}
    fn in_thread(shared: &(), thread: u64) -> Table<Tracked> {
        <Sound as Cache<P, Tracked>>::in_thread(shared, thread)
    }

    fn lookup(place: Place<'_, Self, P, Tracked>) -> Option<Rc<Tracked>> {
        Sound::lookup(sound(place))
    }

    fn fill(place: Place<'_, Self, P, Tracked>, value: &Tracked) {
        Sound::fill(sound(place), value);
    }

    fn bind(place: Place<'_, Self, P, Tracked>, value: Option<&Tracked>) {
        let omitted = if value.is_some() { O::NO_SET } else { O::NO_RESET };
        if !omitted {
            Sound::bind(sound(place), value);
        }
    }

    fn leave(shared: &(), thread: &Table<Tracked>, frame: u64) {
        if !O::NO_LEAVE {
            let frame = if O::NO_VERSION { 0 } else { frame };
            <Sound as Cache<P, Tracked>>::leave(shared, thread, frame);
        }
    }
}

/// `per-thread` without the step `O`.
pub type Faulty<O> = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Without<O>>;
