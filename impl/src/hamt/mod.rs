//! The persistent map: what a context holds.
//!
//! # Why not an ordinary map
//! Copying a context has to be O(1), and the copy must not change when the original does. So a map
//! is never changed. [`insert`](Hamt::insert) and [`remove`](Hamt::remove) make a new version that
//! shares all of the old one but a path of a few nodes, and every version ever made stays what it
//! was (property MAP-1). A version is a handle of four words, cloned by one reference count.
//!
//! # The structure
//! It is a hash array mapped trie with the rules of CPython's `hamt.c`, written from a description
//! of those rules. A key has 32 bits of hash. The root looks at the lowest 5 bits to choose one of
//! 32 slots, the node in that slot at the next 5, and so on; the seventh level has only 2 bits left.
//! A key descends only until it is alone in its slot. There are three kinds of node:
//!
//! - **bitmap**: at most 16 used slots. Stores only those, in slot order, with a bitmap that says
//!   which they are; the entry of slot *s* is at the index "number of set bits below *s*". An entry
//!   is a pair or a child.
//! - **array**: at least 16 used slots. Has 32 places, each empty or with a child, and a count. It
//!   holds no pairs: a lone key is put into a bitmap node of one pair.
//! - **collision**: two or more keys with all 32 bits equal, in the order of their arrival. It is
//!   made where the keys meet, and moves down when a key with another hash arrives at that place.
//!
//! A bitmap node whose 17th slot becomes used is promoted to an array; an array with 15 children
//! left is demoted to a bitmap. With exactly 16 it can be either, depending on where it came from.
//! A child left with one pair is dissolved into a bitmap parent; a child left with one *subtree* is
//! not, since a subtree belongs to its level. The shape of a map thus depends on its history, and
//! equality of maps is a matter of contents, never of shapes (B24). A root is a bitmap or an array
//! node, or there is none: the empty map allocates nothing.
//!
//! All thresholds follow from the number of bits per level, the [`Width`]; the numbers above are
//! those of [`Wide`], which is shipped. On the level that uses up the last hash bits a node stays a
//! bitmap, however full: the lone pairs of an array would be placed by bits that do not exist. (With
//! `Wide` that level has but 4 slots, so the case does not arise there.) So a path has at most ⌈32 / bits⌉ + 1 nodes
//! ([`depth_bound`]), so recursion in insertion, removal and drop is bounded whatever the number of keys.
//!
//! # In memory
//! A link to a node holds the node's kind and bitmap and a pointer to its items, which are one
//! allocation. A lookup therefore loads one cache line per level, and knows that a key is absent
//! from a bitmap node before it touches it. See `node.rs`.
//!
//! # What user code can run
//! [`Key`] must not run any. Values are cloned when a node that holds them is copied, and dropped
//! with the last node that holds them; they are never compared, so that binding an equal but
//! distinct value does bind it (A10, B15). No operation holds a lock or a half-made state meanwhile:
//! if a clone panics, all existing versions are as before.
//!
//! # Where it differs from `hamt.c`
//! Rebinding a key to the identical object gives a new version here, always. CPython returns the old
//! map in most cases, but not below an array node, so nobody may rely on it (A29).
//!
//! ```
//! use contextvars::hamt::{Hamt, Key};
//!
//! #[derive(Clone)]
//! struct Name(u32);
//! impl Key for Name {
//!     fn hash(&self) -> u32 { self.0 }
//!     fn same(&self, other: &Self) -> bool { self.0 == other.0 }
//! }
//!
//! let empty: Hamt<Name, &str> = Hamt::new();
//! let one = empty.insert(Name(7), "seven");
//! assert_eq!(one.get(&Name(7)), Some(&"seven"));
//! assert!(empty.get(&Name(7)).is_none());
//! ```
//!
//! Maps are `Send` and `Sync` exactly if their keys and values are (B32):
//! ```compile_fail,E0277
//! # use contextvars::hamt::{Hamt, Key};
//! # #[derive(Clone)] struct Name(u32);
//! # impl Key for Name {
//! #     fn hash(&self) -> u32 { self.0 }
//! #     fn same(&self, other: &Self) -> bool { self.0 == other.0 }
//! # }
//! fn send<T: Send>(_: T) {}
//! send(Hamt::<Name, std::rc::Rc<u32>>::new());
//! ```

mod cursor;
mod edit;
mod insert;
mod iter;
mod key;
mod map;
mod node;
mod remove;
mod shape;
mod validate;
mod width;

pub use cursor::Cursor;
pub use iter::Iter;
pub use key::Key;
pub use map::Hamt;
pub use shape::{Shape, Slot, depth_bound};
pub use validate::{Broken, Fault, validate};
pub use width::{Narrow, Wide, Width};
