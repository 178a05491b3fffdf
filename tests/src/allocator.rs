//! An allocator that calls a function whenever memory is taken or given back: how code that is hooked into the
//! allocator comes to run inside the library.
//!
//! A program that runs scenarios in which the allocator reads installs it. It passes everything on to the system's;
//! while no function is given, it costs one read of a thread-local besides.
//!
//! ```
//! use contextvars_check::allocator::Calling;
//!
//! #[global_allocator]
//! static ALLOCATOR: Calling = Calling;
//!
//! assert!(contextvars_check::allocator::is_installed());
//! ```
// An allocator cannot be written without unsafe code; this one passes everything on.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::panic::catch_unwind;

thread_local! {
    /// What is called. Taken out while it runs, so that it is not called for memory of its own. Has no destructor and
    /// needs no memory, so the allocator may use it at any time.
    static CALLED: Cell<Option<fn()>> = const { Cell::new(None) };
    static WAS_CALLED: Cell<bool> = const { Cell::new(false) };
}

/// The allocator.
pub struct Calling;

#[inline]
fn call() {
    if let Ok(Some(called)) = CALLED.try_with(Cell::get) {
        CALLED.set(None);
        // Nothing may unwind out of an allocator. Nor may what it was panicked with, when that is dropped.
        if let Err(panic) = catch_unwind(called) {
            std::mem::forget(panic);
        }
        CALLED.set(Some(called));
    }
}

// SAFETY: everything is passed on to the system's allocator, with the same arguments; `call` does not unwind.
unsafe impl GlobalAlloc for Calling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        call();
        // SAFETY: the caller's promises are those that are asked for. So below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        call();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        call();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        call();
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `body`; until it is over, this thread's allocations and deallocations call `function`, or nothing.
fn during<R>(function: Option<fn()>, body: impl FnOnce() -> R) -> R {
    /// What was called before is called again, also after a panic.
    struct Restore(Option<fn()>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CALLED.set(self.0);
        }
    }
    let _restore = Restore(CALLED.replace(function));
    body()
}

/// Runs `body`, in which every allocation and deallocation of this thread calls `function`, if [`Calling`] is
/// installed. It is not called for memory that it takes itself, unless it asks for that, and a panic of it goes no
/// further.
pub fn calling<R>(function: fn(), body: impl FnOnce() -> R) -> R {
    during(Some(function), body)
}

/// Runs `body`, in which nothing is called.
pub fn quiet<R>(body: impl FnOnce() -> R) -> R {
    during(None, body)
}

/// Whether this program has [`Calling`] as its allocator.
pub fn is_installed() -> bool {
    WAS_CALLED.set(false);
    calling(|| WAS_CALLED.set(true), || drop(black_box(Box::new(0_u8))));
    WAS_CALLED.get()
}
