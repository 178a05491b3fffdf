//! What a user sees, one form in each file.

pub mod interleaving;
pub mod terminal;
