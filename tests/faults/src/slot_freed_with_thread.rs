//! An array of entries in which an entry dies with the thread that wrote it.
//!
//! The thread's words on the cache of a thread, "cleared on shutdown", taken over to the array: when a thread ends, the
//! entries that it wrote last go back to the free list. But it is the *variables* that point to entries, and they live.
//! The next variable is given an entry that another one still uses, and each reads the other's value.

use super::swap::WithCache;
use contextvars::core::UncachedDesign;
use contextvars::parts::cache::Cache;
use contextvars::platform::{Ordering::Relaxed, Platform, Word};
use contextvars_check::designs::changed::{Change, Changed};
use contextvars_check::designs::slot_array::{Sequenced, SlotArray};
use contextvars_check::harness::value::{Followed, Tracked};
use contextvars_check::platform::selected::SelectedPlatform;

const ENTRIES: usize = 4;

type Array = SlotArray<Sequenced, ENTRIES>;

/// Frees the entries of a thread at its end.
pub struct FreesWithThread;

impl<P: Platform, V: Followed> Change<P, V, Array> for FreesWithThread {
    fn thread_ended(shared: &<Array as Cache<P, V>>::Shared, (): &(), id: u64) {
        for entry in 0..ENTRIES as u64 {
            // Relaxed: the thread reads what it wrote itself.
            if shared.slots.fields(entry).thread.load(Relaxed) == id {
                shared.free(entry);
            }
        }
    }
}

/// `slot-array` with this end of threads.
pub type Faulty = WithCache<UncachedDesign<SelectedPlatform, Tracked>, Changed<Array, FreesWithThread>>;
