//! Reading a variable.
//!
//! # Protocol
//! Everything a read looks at belongs to its thread: the frame, the map it holds, the thread's table. A read takes a
//! reference to what it found, ends every borrow, and only then runs the caller's code. A hit of the per-thread cache
//! takes a private reference and writes nothing that another thread sees; a search of the map takes one of the value's
//! own references. It is wait-free: no loop but the descent of the map, which has at most eight levels (property
//! PROG-1).

use super::thread::NO_FRAME;
use super::{Design, ThreadState, Variable};
use crate::parts::cache::Cache;

impl<D: Design> ThreadState<D> {
    /// Reads the variable in the current context: its binding, else `fallback`, else its default, else `None`. A thread
    /// without a context reads an empty one and does not create it (`ContextVar.get`).
    ///
    /// The value stays alive while `read` runs, whatever `read` does. O(log n); on a cache hit O(1).
    #[inline]
    pub fn get<R>(
        &self,
        variable: &Variable<D>,
        fallback: Option<&D::Value>,
        read: impl FnOnce(Option<&D::Value>) -> R,
    ) -> R {
        let unbound = || fallback.or(variable.0.default.get());
        let frame = self.frame.get();
        if frame == NO_FRAME {
            return read(unbound());
        }
        let at = self.at(variable.0.id, frame);
        if let Some(held) = D::Cache::lookup(self.place(variable, at)) {
            return read(Some(&held));
        }
        // No user code runs while the frame is borrowed: searching the map calls none. What is kept for the reader is
        // the value alone, so that the rest of the version dies when it is replaced, as if nobody were reading.
        let found = self.current.borrow().as_ref().and_then(|frame| frame.map.get(variable).cloned());
        match found {
            Some(value) => {
                D::Cache::fill(self.place(variable, at), &value);
                read(Some(&value))
            }
            None => read(unbound()),
        }
    }
}
