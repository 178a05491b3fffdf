//! Designs made by putting one part in the place of another.
//!
//! `WithEntry<D, X>` is `D` with `X` as its entry, and so on: a fault is a type, and a faulty design is one alias.

use contextvars::core::{Design, KeyHash};
use contextvars::hamt::Width;
use contextvars::parts::cache::Cache;
use contextvars::parts::containment::Containment;
use contextvars::parts::entry::Entry;
use contextvars::parts::iterator::SharedCursor;
use contextvars::parts::registry::Registry;
use contextvars::parts::token_use::TokenUse;
use contextvars::parts::vars::VarsCell;
use std::marker::PhantomData;

macro_rules! swap {
    ($(#[$doc:meta])* $name:ident<$x:ident: $bound:path> {
        $cache:ty, $entry:ty, $vars:ty, $token_use:ty, $cursor:ty, $registry:ty, $containment:ty $(,)?
    }) => {
        $(#[$doc])*
        pub struct $name<D, $x>(PhantomData<(D, $x)>);

        impl<D: Design, $x: $bound> Design for $name<D, $x> {
            type Platform = D::Platform;
            type Value = D::Value;
            type Width = D::Width;
            type Hash = D::Hash;
            type Cache = $cache;
            type Entry = $entry;
            type Vars<T: Clone + Send + Sync + 'static> = $vars;
            type TokenUse = $token_use;
            type Cursor<I: Iterator + Send + 'static> = $cursor;
            type Registry = $registry;
            type Containment = $containment;
            const FRAMES_COME_AGAIN: bool = D::FRAMES_COME_AGAIN;
        }
    };
}

swap! {
    /// `D` with another entry.
    WithEntry<X: Entry<D::Platform>> { D::Cache, X, D::Vars<T>, D::TokenUse, D::Cursor<I>, D::Registry, D::Containment }
}
swap! {
    /// `D` with another use of tokens.
    WithTokenUse<X: TokenUse<D::Platform>> {
        D::Cache, D::Entry, D::Vars<T>, X, D::Cursor<I>, D::Registry, D::Containment
    }
}
swap! {
    /// `D` with another registry.
    WithRegistry<X: Registry<D::Platform>> {
        D::Cache, D::Entry, D::Vars<T>, D::TokenUse, D::Cursor<I>, X, D::Containment
    }
}
swap! {
    /// `D` with another vars cell.
    WithVars<X: AnyVars<D::Platform>> {
        D::Cache, D::Entry, X::Of<T>, D::TokenUse, D::Cursor<I>, D::Registry, D::Containment
    }
}
swap! {
    /// `D` with another cursor.
    WithCursor<X: AnyCursor<D::Platform>> {
        D::Cache, D::Entry, D::Vars<T>, D::TokenUse, X::Of<I>, D::Registry, D::Containment
    }
}
swap! {
    /// `D` with another cache.
    WithCache<X: Cache<D::Platform, D::Value>> {
        X, D::Entry, D::Vars<T>, D::TokenUse, D::Cursor<I>, D::Registry, D::Containment
    }
}

swap! {
    /// `D` that does something else about user code.
    WithContainment<X: Containment> { D::Cache, D::Entry, D::Vars<T>, D::TokenUse, D::Cursor<I>, D::Registry, X }
}

/// `D` with another width of nodes and another hash of variables: not a fault, but deep and colliding shapes of the map
/// with few variables.
pub struct WithMap<D, W, H>(PhantomData<(D, W, H)>);

impl<D: Design, W: Width, H: KeyHash> Design for WithMap<D, W, H> {
    type Platform = D::Platform;
    type Value = D::Value;
    type Width = W;
    type Hash = H;
    type Cache = D::Cache;
    type Entry = D::Entry;
    type Vars<T: Clone + Send + Sync + 'static> = D::Vars<T>;
    type TokenUse = D::TokenUse;
    type Cursor<I: Iterator + Send + 'static> = D::Cursor<I>;
    type Registry = D::Registry;
    type Containment = D::Containment;
    const FRAMES_COME_AGAIN: bool = D::FRAMES_COME_AGAIN;
}

/// `D` in which the numbers of frames are as few as can be, so that each comes again at once.
pub struct WithFewFrames<D>(PhantomData<D>);

impl<D: Design> Design for WithFewFrames<D> {
    type Platform = D::Platform;
    type Value = D::Value;
    type Width = D::Width;
    type Hash = D::Hash;
    type Cache = D::Cache;
    type Entry = D::Entry;
    type Vars<T: Clone + Send + Sync + 'static> = D::Vars<T>;
    type TokenUse = D::TokenUse;
    type Cursor<I: Iterator + Send + 'static> = D::Cursor<I>;
    type Registry = D::Registry;
    type Containment = D::Containment;
    const FRAMES_COME_AGAIN: bool = true;
}

/// A vars cell for any version type.
pub trait AnyVars<P: contextvars::platform::Platform>: 'static {
    /// The cell for versions of type `T`.
    type Of<T: Clone + Send + Sync + 'static>: VarsCell<P, T>;
}

/// A cursor for any iterator type.
pub trait AnyCursor<P: contextvars::platform::Platform>: 'static {
    /// The cursor over `I`.
    type Of<I: Iterator + Send + 'static>: SharedCursor<P, I>;
}
