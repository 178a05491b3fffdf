//! A cursor whose step is several writes that another thread's step can come between.
//!
//! Catalogue A11, CPython issue 154535. Here a step takes the cursor out, advances it, and puts it back: a thread that
//! comes in between finds no cursor and takes that for the end, and a step may be undone by another's putting back.

use super::swap::{AnyCursor, WithCursor};
use contextvars::core::UncachedDesign;
use contextvars::parts::iterator::SharedCursor;
use contextvars::platform::{Lock, Platform};
use contextvars_check::harness::value::Tracked;
use contextvars_check::platform::selected::SelectedPlatform;

/// The cursor, when no thread has taken it out.
pub struct Unguarded<P: Platform, I: Send + 'static>(P::Lock<Option<I>>);

/// Makes them.
pub struct InSteps;

impl<P: Platform, I: Iterator + Send + 'static> SharedCursor<P, I> for Unguarded<P, I> {
    fn new(cursor: I) -> Self {
        Unguarded(Lock::new("iterator.cursor", Some(cursor)))
    }

    fn next(&self) -> Option<I::Item> {
        let mut cursor = self.0.with(Option::take)?;
        let item = cursor.next();
        self.0.with(|place| *place = Some(cursor));
        item
    }
}

impl<P: Platform> AnyCursor<P> for InSteps {
    type Of<I: Iterator + Send + 'static> = Unguarded<P, I>;
}

/// `uncached` with this cursor.
pub type Faulty = WithCursor<UncachedDesign<SelectedPlatform, Tracked>, InSteps>;
