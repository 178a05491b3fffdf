//! What exists once for all threads: identities, watchers, the shared part of the cache.
//!
//! # Protocol of the watchers
//! Eight slots under a lock, and a count of the taken ones beside it. A switch looks at the count first, so that a
//! program without watchers pays one load; then it takes the watchers out under the lock and calls them without it. A
//! watcher removed while a round is under way is still told of that round, and of none that begins afterwards.
//! CPython's registry has no guard (CPython issue 155619) and reads slots live during a round (CPython issue 159739).

use super::{Context, Design, ThreadState};
use crate::parts::cache::Cache;
use crate::parts::containment::Containment;
use crate::parts::registry::Registry;
use crate::platform::{Lock, Ordering, Platform, Word};
use std::sync::Arc;

/// Number of watcher slots (`CONTEXT_MAX_WATCHERS`).
pub const WATCHER_SLOTS: usize = 8;

/// Told of every switch of a thread's current context: the thread, and what is current now.
pub type Watcher<D> = Arc<dyn Fn(&ThreadState<D>, Option<&Context<D>>) + Send + Sync>;

type Slots<D> = [Option<Watcher<D>>; WATCHER_SLOTS];

/// All slots are taken (`PyContext_AddWatcher`: "no more context watcher IDs available").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoFreeWatcher;

/// The slot is free or does not exist (`PyContext_ClearWatcher`: "No context watcher set for ID n").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoSuchWatcher;

/// What exists once.
pub struct Runtime<D: Design> {
    pub(super) registry: D::Registry,
    pub(super) cache: <D::Cache as Cache<D::Platform, D::Value>>::Shared,
    watchers: <D::Platform as Platform>::Lock<Slots<D>>,
    watching: <D::Platform as Platform>::Word,
}

impl<D: Design> Runtime<D> {
    /// A runtime without threads, variables and watchers.
    pub fn new() -> Arc<Self> {
        Arc::new(Runtime {
            registry: D::Registry::new(),
            cache: D::Cache::shared(),
            watchers: Lock::new("runtime.watchers", Slots::<D>::default()),
            watching: Word::new("runtime.watching", 0),
        })
    }

    /// Adds a watcher in the lowest free slot and returns the slot.
    ///
    /// # Errors
    /// [`NoFreeWatcher`] if all [`WATCHER_SLOTS`] are taken.
    pub fn watch(&self, watcher: Watcher<D>) -> Result<u8, NoFreeWatcher> {
        // A refused watcher leaves the lock as it came: what it owns is user code when it is dropped.
        let mut watcher = Some(watcher);
        let added = self.watchers.with(|slots| {
            let free = slots.iter().position(Option::is_none).ok_or(NoFreeWatcher)?;
            slots[free] = watcher.take();
            // Relaxed: a hint that is read by `notify`; the slots themselves are read under the lock.
            self.watching.fetch_add(1, Ordering::Relaxed);
            Ok(free as u8)
        });
        if added.is_err() {
            D::Containment::contain(|| drop(watcher));
        }
        added
    }

    /// Frees a slot.
    ///
    /// # Errors
    /// [`NoSuchWatcher`] if it is free already or out of range.
    pub fn unwatch(&self, slot: u8) -> Result<(), NoSuchWatcher> {
        let removed = self.watchers.with(|slots| {
            let removed = slots.get_mut(usize::from(slot)).and_then(Option::take).ok_or(NoSuchWatcher)?;
            // Relaxed: as in `watch`. Adding the largest word subtracts one.
            self.watching.fetch_add(u64::MAX, Ordering::Relaxed);
            Ok(removed)
        })?;
        D::Containment::contain(|| drop(removed));
        Ok(())
    }

    /// Tells the watchers what is current now.
    pub(super) fn notify(&self, thread: &ThreadState<D>, current: Option<&Context<D>>) {
        // Relaxed: a watcher added before this switch, in happens-before, is counted, because the count is one
        // location.
        if self.watching.load(Ordering::Relaxed) != 0 {
            let watchers = self.watchers.with(|slots| slots.clone());
            for watcher in watchers.into_iter().flatten() {
                D::Containment::contain(|| watcher(thread, current));
                // It may have been removed meanwhile, and this be the last reference.
                D::Containment::contain(|| drop(watcher));
            }
        }
    }
}
