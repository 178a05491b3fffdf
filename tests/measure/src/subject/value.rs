//! What variables are bound to while measuring: a number behind a reference count, as a value of any real program is.
//!
//! All values there will ever be are made before the first measurement and never change. So a cache that keeps names in
//! place of references (see [`Followed`]) finds the value of a name by an index into a table that nobody writes: no
//! lock, and no more than a pointer costs.

use contextvars::core::Value;
use contextvars_check::harness::value::Followed;
use contextvars_model::Val;
use std::sync::{Arc, LazyLock};

/// A value.
#[derive(Clone)]
pub struct Sample(Arc<Body>);

/// On cache lines of its own, so that threads that count references of different values do not disturb each other: two
/// values that two threads of a real program made would not be neighbours either.
#[repr(align(128))]
struct Body {
    name: Val,
    number: u64,
}

/// How many values there are: more than any measurement binds at a time.
pub const VALUES: usize = 16 * 1024;

/// All values, by name.
pub struct Values(Vec<Sample>);

static ALL: LazyLock<Arc<Values>> = LazyLock::new(|| {
    let body = |n: usize| Body { name: Val(n as u32), number: (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) };
    Arc::new(Values((0..VALUES).map(|n| Sample(Arc::new(body(n)))).collect()))
});

impl Sample {
    /// The value of this name, modulo the number of values.
    pub fn named(name: usize) -> Sample {
        ALL.0[name % VALUES].clone()
    }

    /// What a reader looks at.
    #[inline]
    pub fn number(&self) -> u64 {
        self.0.number
    }
}

impl Value for Sample {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn equal(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Followed for Sample {
    type Memory = Values;

    fn name(&self) -> Val {
        self.0.name
    }

    fn memory(&self) -> &Arc<Values> {
        &ALL
    }

    #[inline]
    fn borrowed(memory: &Arc<Values>, name: Val) -> Sample {
        memory.0[name.0 as usize].clone()
    }
}
