//! MAP-1: the persistent map equals a map, in every version, for every hash function.
//!
//! The oracle is a `BTreeMap`. A key carries the hash that the test wants it to have, so that one
//! story (a list of insertions and removals) is played under hash functions that collide in all the
//! ways that have broken such maps, and in nodes of 32 slots as well as of 4, where a few keys
//! suffice to build every kind of node at every depth.
//!
//! The seed is fixed, so that a red test stays red; `HAMT_SEED=<number>` picks another and
//! `QUICKCHECK_TESTS=<number>` plays more stories. A failing story is shrunk before it is shown.

mod cast;
mod ownership;
mod shapes;
mod stories;
