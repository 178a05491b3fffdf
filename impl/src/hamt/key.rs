//! Keys.

/// A key: its 32-bit hash and its identity. Neither may run user code.
///
/// Both must be stable for the life of the key, and keys that are the same must have equal hashes;
/// otherwise lookups may miss, though nothing worse happens. Every hash is legal: no value stands for
/// "none" or "error" (B40).
pub trait Key: Clone {
    /// The hash. It is used as it is, low bits first, so it should be well mixed.
    fn hash(&self) -> u32;

    /// Whether the two are one and the same key.
    fn same(&self, other: &Self) -> bool;
}
