//! What a Rust programmer uses: the operations of [`core`](crate::core) on the calling thread, typed.
//!
//! The layer is thin. It adds three things and no mechanism: one [`ThreadState`](crate::core::ThreadState) for each
//! thread (`thread.rs`), values of any type behind one (`value.rs`), and variables that can be `static` (`var.rs`).
//! The public names are at the root of the crate.

mod birth;
mod context;
mod future;
mod spawn;
mod thread;
mod token;
mod value;
mod var;

pub use context::{Bound, Context, ContextIter, copy_context};
pub use future::WithContext;
pub use spawn::{spawn_scoped_with_copy, spawn_with_copy};
pub use token::{Binding, Token};
pub use var::{ContextVar, Unbound};

/// The design that is shipped: real threads, any type of value, a cache private to each thread.
type Shipped = crate::core::PerThreadDesign<crate::platform::Std, value::Erased>;

// What `birth.rs` and `value.rs` name without the design, which is made of them.
const _: fn(<Shipped as crate::core::Design>::Containment) -> birth::Policy = |policy| policy;
