//! Which mechanism guards what.

use crate::hamt::{Wide, Width};
use crate::parts::cache::{Cache, PerThread, Uncached};
use crate::parts::containment::{Contained, Containment};
use crate::parts::entry::{AtomicEntry, Entry};
use crate::parts::iterator::{GuardedCursor, SharedCursor};
use crate::parts::registry::{Counters, Registry};
use crate::parts::token_use::{AtomicUse, TokenUse};
use crate::parts::vars::{LockedVars, VarsCell};
use crate::platform::Platform;
use std::marker::PhantomData;

/// What a context binds variables to.
///
/// Cloning a value takes another reference to the same object; it is cheap and runs no user code. A type whose clone is
/// user code is wrapped in an `Arc`. Dropping the last reference may run user code, and does not panic: a type whose
/// drop is user code runs that inside [`Containment::contain`].
pub trait Value: Clone + Send + Sync + 'static {
    /// Whether both are the same object. Runs no user code.
    fn same(&self, other: &Self) -> bool;
    /// Whether the objects are equal. User code.
    fn equal(&self, other: &Self) -> bool;
}

/// How the identity of a variable is spread over the 32 bits of its hash.
pub trait KeyHash: 'static {
    /// The hash of the variable with this identity.
    fn hash(identity: u64) -> u32;
}

/// The shipped hash: a multiplication that is one-to-one on 32 bits, so that variables made in a regular pattern (every
/// thirty-second one of a program's, say) still fill the map evenly.
pub struct Spread;

impl KeyHash for Spread {
    fn hash(identity: u64) -> u32 {
        let folded = (identity ^ (identity >> 32)) as u32;
        folded.wrapping_mul(0x9E37_79B1).rotate_right(15)
    }
}

/// The identity itself: up to 32 variables are iterated in the order of their creation.
pub struct Identity;

impl KeyHash for Identity {
    fn hash(identity: u64) -> u32 {
        identity as u32
    }
}

/// One way to build context variables: a platform, a value type, the shape of the map, and one part for each mechanism
/// that can race.
pub trait Design: Sized + 'static {
    /// What the parts are made of.
    type Platform: Platform;
    /// What variables are bound to.
    type Value: Value;
    /// Width of a node of the map.
    type Width: Width;
    /// Hash of a variable.
    type Hash: KeyHash;
    /// The cache of the last value found.
    type Cache: Cache<Self::Platform, Self::Value>;
    /// The claim on a context.
    type Entry: Entry<Self::Platform>;
    /// The cell between a context and its map.
    type Vars<T: Clone + Send + Sync + 'static>: VarsCell<Self::Platform, T>;
    /// The use of a token.
    type TokenUse: TokenUse<Self::Platform>;
    /// The cursor of an iterator.
    type Cursor<I: Iterator + Send + 'static>: SharedCursor<Self::Platform, I>;
    /// Identities of threads and variables.
    type Registry: Registry<Self::Platform>;
    /// What is done about user code that panics or does not stop.
    type Containment: Containment;
    /// Whether a frame gets the lowest number that is not in force instead of one that never comes again: frame numbers
    /// at their smallest. A cache has to be right for both.
    const FRAMES_COME_AGAIN: bool = false;
}

/// A design that is sound but perhaps for its cache `C`: the other parts are the shipped ones.
pub struct Sound<P, V, C>(PhantomData<(P, V, C)>);

impl<P: Platform, V: Value, C: Cache<P, V>> Design for Sound<P, V, C> {
    type Platform = P;
    type Value = V;
    type Width = Wide;
    type Hash = Spread;
    type Cache = C;
    type Entry = AtomicEntry<P>;
    type Vars<T: Clone + Send + Sync + 'static> = LockedVars<P, T>;
    type TokenUse = AtomicUse<P>;
    type Cursor<I: Iterator + Send + 'static> = GuardedCursor<P, I>;
    type Registry = Counters<P>;
    type Containment = Contained;
}

/// The fix that was merged: no cache. See [`Uncached`].
pub type UncachedDesign<P, V> = Sound<P, V, Uncached>;

/// Ours, and what the ambient layer uses: a private table for each thread. See [`PerThread`].
pub type PerThreadDesign<P, V> = Sound<P, V, PerThread>;
