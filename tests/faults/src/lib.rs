//! The catalogue: real faults, put back on purpose, one file each. Each must be found, and each is the negative control
//! of the properties that it refutes.
#![forbid(unsafe_code)]

pub mod allocator_reenters;
pub mod borrow_over_clone;
pub mod cache_drops_in_lock;
pub mod copy_shares_cell;
pub mod cursor_border;
pub mod cursor_crowded;
pub mod cursor_unguarded;
pub mod deadly;
pub mod drops_before_publish;
pub mod drops_in_lock_if_contended;
pub mod end_without_bound;
pub mod entry_check_then_set;
pub mod entry_crowded;
pub mod entry_narrow;
pub mod entry_relaxed;
pub mod get_asks_threads;
pub mod get_helps;
pub mod get_looks_at_writes;
pub mod get_reads_twice;
pub mod get_retries_exchange;
pub mod identities;
pub mod leave_keeps_after_change;
pub mod loser_parks_value;
pub mod narrow_numbers;
pub mod panics_escape;
pub mod per_thread;
pub mod reader_spins;
pub mod registry_crowded;
pub mod registry_lost_update;
pub mod seat;
pub mod slot_array;
pub mod slot_freed_with_thread;
pub mod state_outlives_body;
pub mod swap;
pub mod table_counts;
pub mod token_check_then_use;
pub mod token_never_used;
pub mod token_used_checked_last;
pub mod vars_read_joined;
pub mod vars_read_kept;
pub mod vars_stale;
pub mod vars_two_copies;
pub mod vars_written_late;
pub mod version_lingers;
pub mod version_wraps;

use contextvars_check::designs::{DESIGNS, DesignEntry, Origin};
use contextvars_check::explore::Engine::{Loom, Sequential, Threads};
use contextvars_check::harness::DesignUnderTest;
use contextvars_check::properties::Property::{
    Api1, Entry1, Fresh1, Iso1, Iso2, Lin1, Mem1, Prog1, Prog2, Snap1, Snap2, Tok1,
};

/// Everything that has a name: designs, faults, and faults that end the process.
pub fn known() -> impl Iterator<Item = &'static DesignEntry> + Clone {
    DESIGNS.iter().chain(BUGS).chain(deadly::DEADLY)
}

/// All faults.
pub static BUGS: &[DesignEntry] = &[
    DesignEntry {
        name: "entry-check-then-set",
        origin: Origin::Fault("A4, CPython #116738"),
        about: "the claim on a context is a test followed by a store",
        refutes: &[Entry1, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<entry_check_then_set::Faulty>::new(),
    },
    DesignEntry {
        name: "entry-relaxed",
        origin: Origin::Fault("issue 9 of this project, orderings"),
        about: "the claim on a context and its release are relaxed: the exit does not happen before the next enter",
        refutes: &[Entry1],
        skip: &[],
        subject: &DesignUnderTest::<entry_relaxed::Faulty>::new(),
    },
    DesignEntry {
        name: "token-check-then-use",
        origin: Origin::Fault("A5b"),
        about: "the use of a token is a test followed by a store, in contexts that two threads can be inside",
        refutes: &[Tok1, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<token_check_then_use::Faulty>::new(),
    },
    DesignEntry {
        name: "token-never-used",
        origin: Origin::Fault("A5"),
        about: "a token forgets that it was used",
        refutes: &[Tok1],
        skip: &[],
        subject: &DesignUnderTest::<token_never_used::Faulty>::new(),
    },
    DesignEntry {
        name: "token-used-checked-last",
        origin: Origin::Fault("semantics 2.3"),
        about: "reset tests \"used\" after variable and context instead of first",
        refutes: &[Api1],
        skip: &[],
        subject: &DesignUnderTest::<token_used_checked_last::Faulty>::new(),
    },
    DesignEntry {
        name: "copy-shares-cell",
        origin: Origin::Fault("C3, B29"),
        about: "a copy of a context is the live map instead of a snapshot",
        refutes: &[Iso2, Snap1, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<copy_shares_cell::Faulty>::new(),
    },
    DesignEntry {
        name: "vars-stale",
        origin: Origin::Fault("A3, CPython #155519"),
        about: "which version of a context readers see is switched in a step of its own",
        refutes: &[Snap2],
        skip: &[],
        subject: &DesignUnderTest::<vars_stale::Faulty>::new(),
    },
    DesignEntry {
        name: "cache-drops-in-lock",
        origin: Origin::Fault("C13, A3"),
        about: "a cache drops the value it gives up while it holds its lock",
        refutes: &[Mem1, Prog1, Prog2],
        // A thread that waits for itself would stop the first two engines as well; loom reports it by a panic inside
        // the drop, which ends the process.
        skip: &[Sequential, Threads, Loom],
        subject: &DesignUnderTest::<cache_drops_in_lock::Faulty>::new(),
    },
    DesignEntry {
        name: "reader-spins",
        origin: Origin::Fault("ours: the bound of PROG-1"),
        about: "a get spins for a while if a thread is changing a binding",
        refutes: &[Prog1],
        // Each turn is a branch for every value that it may see: loom would go on to its limit.
        skip: &[Loom],
        subject: &DesignUnderTest::<reader_spins::Faulty>::new(),
    },
    DesignEntry {
        name: "panics-escape",
        origin: Origin::Fault("issue 14 of this project, C10; A22"),
        about: "the panic of a dying value or of a watcher leaves the operation that ran it",
        refutes: &[Api1],
        skip: &[],
        subject: &DesignUnderTest::<panics_escape::Faulty>::new(),
    },
    DesignEntry {
        name: "end-without-bound",
        origin: Origin::Fault("issue 14 of this project, C9; B34"),
        about: "a thread's end goes on for as long as dying values set again",
        refutes: &[Prog2],
        skip: &[],
        subject: &DesignUnderTest::<end_without_bound::Faulty>::new(),
    },
    DesignEntry {
        name: "state-outlives-body",
        origin: Origin::Fault("issue 14 of this project, C12"),
        about: "a thread's contexts are left after its body has returned",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<state_outlives_body::Faulty>::new(),
    },
    DesignEntry {
        name: "allocator-reenters",
        origin: Origin::Fault("issue 14 of this project, C11"),
        about: "the per-thread cache takes memory for its table while it initialises the cell of the table",
        refutes: &[Prog2],
        skip: &[],
        subject: &DesignUnderTest::<allocator_reenters::Faulty>::new(),
    },
    DesignEntry {
        name: "cursor-unguarded",
        origin: Origin::Fault("A11, CPython #154535"),
        about: "two threads advance one iterator without a guard",
        refutes: &[Snap1, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<cursor_unguarded::Faulty>::new(),
    },
    DesignEntry {
        name: "registry-lost-update",
        origin: Origin::Fault("A2, CPython #83957"),
        about: "identities come from a counter that is incremented in two steps",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<registry_lost_update::Faulty>::new(),
    },
    DesignEntry {
        name: "per-thread-no-version",
        origin: Origin::Fault("A1 (b), C6"),
        about: "a hit of the per-thread cache skips the version check",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<per_thread::Faulty<per_thread::NoVersion>>::new(),
    },
    DesignEntry {
        name: "per-thread-no-set",
        origin: Origin::Fault("A1 (d)"),
        about: "set does not renew the entry of the per-thread cache",
        refutes: &[Iso2, Fresh1],
        skip: &[],
        subject: &DesignUnderTest::<per_thread::Faulty<per_thread::NoSet>>::new(),
    },
    DesignEntry {
        name: "per-thread-no-reset",
        origin: Origin::Fault("A1 (e)"),
        about: "reset to \"absent\" does not clear the entry of the per-thread cache",
        refutes: &[Iso2, Fresh1],
        skip: &[],
        subject: &DesignUnderTest::<per_thread::Faulty<per_thread::NoReset>>::new(),
    },
    DesignEntry {
        name: "per-thread-no-leave",
        origin: Origin::Fault("A28"),
        about: "leaving a context does not remove its entries from the per-thread cache",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<per_thread::Faulty<per_thread::NoLeave>>::new(),
    },
    DesignEntry {
        name: "slot-array-no-recheck",
        origin: Origin::Fault("A1, neighbour"),
        about: "a reader does not read the sequence number again",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::NoRecheck>>::new(),
    },
    DesignEntry {
        name: "slot-array-reads-while-written",
        origin: Origin::Fault("A1, neighbour"),
        about: "a reader does not mind an odd sequence number",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::ReadsWhileWritten>>::new(),
    },
    DesignEntry {
        name: "slot-array-opens-relaxed",
        origin: Origin::Fault("A1, neighbour"),
        about: "a reader reads the sequence number first without acquire",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::OpensRelaxed>>::new(),
    },
    DesignEntry {
        name: "slot-array-closes-relaxed",
        origin: Origin::Fault("A1, neighbour"),
        about: "a writer makes the sequence number even without release",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::ClosesRelaxed>>::new(),
    },
    DesignEntry {
        name: "slot-array-no-reader-fence",
        origin: Origin::Fault("A1, neighbour"),
        about: "a reader has no fence before it reads the sequence number again",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::NoReaderFence>>::new(),
    },
    DesignEntry {
        name: "slot-array-no-writer-fence",
        origin: Origin::Fault("A1, neighbour"),
        about: "a writer has no fence after it made the sequence number odd",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::NoWriterFence>>::new(),
    },
    DesignEntry {
        name: "slot-array-clears-value-only",
        origin: Origin::Fault("A1, neighbour"),
        about: "a reset clears the value of an entry and leaves the thread and the version",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_array::Faulty<slot_array::ClearsValueOnly>>::new(),
    },
    DesignEntry {
        name: "slot-freed-with-thread",
        origin: Origin::Fault("A1, neighbour"),
        about: "the end of a thread frees the entries it wrote, to which variables still point",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<slot_freed_with_thread::Faulty>::new(),
    },
    DesignEntry {
        name: "thread-id-reused",
        origin: Origin::Fault("A2, neighbour"),
        about: "the identity of a thread that has ended is given to a new one, while entries name it",
        refutes: &[Iso1, Mem1],
        skip: &[],
        subject: &DesignUnderTest::<identities::Reused>::new(),
    },
    DesignEntry {
        name: "variable-ids-wrap",
        origin: Origin::Fault("A2, neighbour"),
        about: "identities of variables come round after two",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<identities::Wrapped>::new(),
    },
    DesignEntry {
        name: "version-wraps",
        origin: Origin::Fault("A2, neighbour"),
        about: "a hit compares the low two bits of the count of context switches",
        refutes: &[Iso1, Fresh1, Mem1],
        skip: &[],
        subject: &DesignUnderTest::<version_wraps::Faulty>::new(),
    },
    DesignEntry {
        name: "get-reads-twice",
        origin: Origin::Fault("issue 9 of this project: progress"),
        about: "a get reads a count of writes until it is twice the same",
        refutes: &[Prog1],
        skip: &[Loom],
        subject: &DesignUnderTest::<get_reads_twice::Faulty>::new(),
    },
    DesignEntry {
        name: "get-retries-exchange",
        origin: Origin::Fault("issue 9 of this project: progress"),
        about: "a get counts itself by a compare-exchange that it tries again",
        refutes: &[Prog1],
        skip: &[Loom],
        subject: &DesignUnderTest::<get_retries_exchange::Faulty>::new(),
    },
    DesignEntry {
        name: "get-looks-at-writes",
        origin: Origin::Fault("issue 9 of this project: progress"),
        about: "a get looks at every write since the last one of its thread",
        refutes: &[Prog1],
        skip: &[],
        subject: &DesignUnderTest::<get_looks_at_writes::Faulty>::new(),
    },
    DesignEntry {
        name: "get-asks-threads",
        origin: Origin::Fault("issue 9 of this project: progress"),
        about: "a get asks every thread that was ever started",
        refutes: &[Prog1],
        skip: &[],
        subject: &DesignUnderTest::<get_asks_threads::Faulty>::new(),
    },
    DesignEntry {
        name: "loser-parks-value",
        origin: Origin::Fault("issue 9 of this project: lifetimes"),
        about: "who binds while another one does keeps its value until its thread ends",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<loser_parks_value::Faulty>::new(),
    },
    DesignEntry {
        name: "version-lingers",
        origin: Origin::Fault("issue 9 of this project: lifetimes"),
        about: "a context keeps the version before, if somebody was reading when it was replaced",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<version_lingers::Faulty>::new(),
    },
    DesignEntry {
        name: "drops-in-lock-if-contended",
        origin: Origin::Fault("issue 9 of this project: re-entrancy and threads"),
        about: "a cache drops a value inside its lock if another thread writes the entry, too",
        refutes: &[Mem1, Api1, Prog1, Prog2],
        skip: &[Threads, Loom],
        subject: &DesignUnderTest::<drops_in_lock_if_contended::Faulty>::new(),
    },
    DesignEntry {
        name: "drops-before-publish",
        origin: Origin::Fault("issue 9 of this project: re-entrancy and threads"),
        about: "a cache drops a value before the new one is there if another thread binds",
        refutes: &[Fresh1, Lin1, Mem1, Api1, Prog1],
        skip: &[],
        subject: &DesignUnderTest::<drops_before_publish::Faulty>::new(),
    },
    DesignEntry {
        name: "borrow-over-clone",
        origin: Origin::Fault("issue 9 of this project: re-entrancy and threads"),
        about: "a hit stays borrowed during the clone if another thread has bound since",
        refutes: &[Prog2],
        skip: &[],
        subject: &DesignUnderTest::<borrow_over_clone::Faulty>::new(),
    },
    DesignEntry {
        name: "get-helps",
        origin: Origin::Fault("issue 9 of this project: progress"),
        about: "a get helps whoever has announced a write, until nobody has",
        refutes: &[Prog1],
        skip: &[Loom],
        subject: &DesignUnderTest::<get_helps::Faulty>::new(),
    },
    DesignEntry {
        name: "leave-keeps-after-change",
        origin: Origin::Fault("issue 9 of this project: lifetimes"),
        about: "a per-thread cache keeps the entries of a context that is left while another thread binds",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<leave_keeps_after_change::Faulty>::new(),
    },
    DesignEntry {
        name: "vars-read-kept",
        origin: Origin::Fault("issue 9 of this project, real time"),
        about: "a reader that meets a writer answers its next read with what it read then",
        refutes: &[Snap2, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<vars_read_kept::Faulty>::new(),
    },
    DesignEntry {
        name: "vars-written-late",
        origin: Origin::Fault("issue 9 of this project, real time"),
        about: "a write that meets a reader is published when that one leaves",
        refutes: &[Snap2, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<vars_written_late::Faulty>::new(),
    },
    DesignEntry {
        name: "vars-two-copies",
        origin: Origin::Fault("issue 9 of this project, two observers"),
        about: "two copies of the version are written one after the other, and readers look at different ones",
        refutes: &[Lin1],
        skip: &[],
        subject: &DesignUnderTest::<vars_two_copies::Faulty>::new(),
    },
    DesignEntry {
        name: "cursor-crowded",
        origin: Origin::Fault("issue 9 of this project, three threads"),
        about: "a cursor loses an item when three threads are in it",
        refutes: &[Snap1, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<cursor_crowded::Faulty>::new(),
    },
    DesignEntry {
        name: "registry-crowded",
        origin: Origin::Fault("issue 9 of this project, three threads"),
        about: "the third thread that makes a variable gives out a number that it does not take",
        refutes: &[Iso1, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<registry_crowded::Faulty>::new(),
    },
    DesignEntry {
        name: "vars-read-joined",
        origin: Origin::Fault("issue 9 of this project, real time, three threads"),
        about: "a reader that finds another one inside takes what that one has read",
        refutes: &[Snap2, Lin1],
        skip: &[],
        subject: &DesignUnderTest::<vars_read_joined::Faulty>::new(),
    },
    DesignEntry {
        name: "entry-crowded",
        origin: Origin::Fault("issue 9 of this project, three threads"),
        about: "the third thread that asks for a context at once is let in",
        refutes: &[Entry1],
        skip: &[],
        subject: &DesignUnderTest::<entry_crowded::Faulty>::new(),
    },
    DesignEntry {
        name: "cache-slot-alone",
        origin: Origin::Fault("A2, neighbour"),
        about: "a hit of the per-thread cache does not compare the variable, so that the 65th hits the \
                entry of the first",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<narrow_numbers::Faulty<narrow_numbers::SlotAlone>>::new(),
    },
    DesignEntry {
        name: "frames-in-four-bits",
        origin: Origin::Fault("A2, neighbour"),
        about: "frames have four bits, so that the 17th enter of a thread is taken for the first",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<narrow_numbers::Faulty<narrow_numbers::FourBitFrames>>::new(),
    },
    DesignEntry {
        name: "frames-saturate",
        origin: Origin::Fault("A2, neighbour"),
        about: "the number of a frame stops at 32",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<narrow_numbers::Faulty<narrow_numbers::SaturatedFrames>>::new(),
    },
    DesignEntry {
        name: "purge-of-half",
        origin: Origin::Fault("A28, neighbour"),
        about: "leaving a context removes the entries of half of the slots from the per-thread cache",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<table_counts::Faulty<table_counts::HalfPurge>>::new(),
    },
    DesignEntry {
        name: "bind-forgets-fiftieth",
        origin: Origin::Fault("A1 (d), neighbour"),
        about: "each fiftieth set or reset of a thread does not renew the entry of the per-thread cache",
        refutes: &[Fresh1],
        skip: &[],
        subject: &DesignUnderTest::<table_counts::Faulty<table_counts::FiftiethBind>>::new(),
    },
    DesignEntry {
        name: "leave-forgets-twentieth",
        origin: Origin::Fault("A28, neighbour"),
        about: "each twentieth leave of a thread does not remove its entries from the per-thread cache",
        refutes: &[Mem1],
        skip: &[],
        subject: &DesignUnderTest::<table_counts::Faulty<table_counts::TwentiethLeave>>::new(),
    },
    DesignEntry {
        name: "cursor-border",
        origin: Origin::Fault("A11, neighbour"),
        about: "an iterator loses the item at the border of each 32",
        refutes: &[Snap1],
        skip: &[],
        subject: &DesignUnderTest::<cursor_border::Faulty>::new(),
    },
    DesignEntry {
        name: "entry-in-three-bits",
        origin: Origin::Fault("A4, neighbour"),
        about: "the claim on a context keeps the number of its thread in three bits, so that the eighth claims nothing",
        refutes: &[Lin1, Api1],
        skip: &[],
        subject: &DesignUnderTest::<entry_narrow::Faulty>::new(),
    },
    DesignEntry {
        name: "thread-ids-wrap",
        origin: Origin::Fault("A2, neighbour"),
        about: "identities of threads come round after 8",
        refutes: &[Iso1],
        skip: &[],
        subject: &DesignUnderTest::<identities::EightThreads>::new(),
    },
];
