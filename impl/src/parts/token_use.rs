//! The use of a token: at most one reset of a token succeeds (property TOK-1).
//!
//! # Protocol
//! One word, 0 until used. A reset first asks [`TokenUse::is_used`] (a used token is the first error of the order that
//! PEP 567 and CPython define), then checks variable and context, then claims the token in one exchange. Of any number
//! of resets that pass the checks exactly one gets 0 back.

use crate::platform::{Ordering, Platform, Word};

/// Lets one reset through.
pub trait TokenUse<P: Platform>: Send + Sync + 'static {
    /// Not used.
    fn new() -> Self;
    /// Whether it was used.
    fn is_used(&self) -> bool;
    /// Uses it; false if it was used before.
    fn claim(&self) -> bool;
}

/// The sound form: one exchange.
pub struct AtomicUse<P: Platform> {
    used: P::Word,
}

impl<P: Platform> TokenUse<P> for AtomicUse<P> {
    fn new() -> Self {
        AtomicUse { used: P::Word::new("token.used", 0) }
    }

    fn is_used(&self) -> bool {
        // Relaxed: the word publishes nothing; what a token holds never changes after it was made.
        self.used.load(Ordering::Relaxed) != 0
    }

    fn claim(&self) -> bool {
        // Relaxed: that only one exchange gets 0 follows from the atomicity of the exchange alone.
        self.used.swap(1, Ordering::Relaxed) == 0
    }
}
