//! loom's primitives: every interleaving and every weak-memory behaviour within its bounds.

super::traced::traced_platform! {
    /// The primitives of loom. Orderings are passed on: it explores what they allow.
    Loom, loom, std::convert::identity
}
