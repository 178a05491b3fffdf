//! How wide a node is: the number of hash bits that one level of the map consumes.
//!
//! Everything that depends on the width is derived here from one number, so that no two places of
//! the map can disagree about a threshold (the fault class B38 of the catalogue).

use std::marker::PhantomData;

/// The width of a node: each level of the map consumes [`BITS`](Width::BITS) bits of the hash.
///
/// The shipped map is [`Wide`]. [`Narrow`] makes the same code build deep trees, promotions and
/// demotions out of a handful of keys, which is what a test or a model checker can afford.
pub trait Width: 'static {
    /// Hash bits per level, from 1 to 5. Any other number is refused at compile time, when
    /// [`Hamt::new`](super::Hamt::new) is instantiated.
    const BITS: u32;
}

/// Five bits per level, 32 slots per node: the width of CPython's `hamt.c`, and the shipped one.
#[derive(Debug)]
pub struct Wide;

impl Width for Wide {
    const BITS: u32 = 5;
}

/// Two bits per level, 4 slots per node: for tests, deep and varied shapes from few keys.
#[derive(Debug)]
pub struct Narrow;

impl Width for Narrow {
    const BITS: u32 = 2;
}

/// The numbers that follow from a width.
pub(super) struct Geometry<W>(PhantomData<W>);

impl<W: Width> Geometry<W> {
    /// The width, checked. A bitmap is one `u32`, hence at most 2^5 slots.
    pub(super) const BITS: u32 = {
        assert!(1 <= W::BITS && W::BITS <= 5, "a level consumes 1 to 5 bits");
        W::BITS
    };

    /// Slots per node.
    pub(super) const FAN: usize = 1 << Self::BITS;

    /// The most entries of a bitmap node (but see [`most`](Self::most)) and the fewest children of an array node: half
    /// of the slots (16 when shipped). At one bit per level half would be 1 and an array could shrink to a single
    /// child, so there it is 2: both slots fit a bitmap node and arrays do not occur.
    pub(super) const HALF: usize = if Self::BITS == 1 { 2 } else { Self::FAN / 2 };

    /// The slot that `hash` selects in a node that lies `shift` bits deep.
    ///
    /// Beyond the last bit it is 0 by decree: `hash >> 32` would panic or, in a release build, mean
    /// `hash >> 0` (B10). The map asks for no such slot, as 32 equal bits are one collision node.
    pub(super) fn slot(hash: u32, shift: u32) -> u32 {
        hash.checked_shr(shift).unwrap_or(0) & (Self::FAN as u32 - 1)
    }

    /// The most entries of a bitmap node `shift` bits deep.
    ///
    /// On the level that uses up the hash it is all of them: an array would have to put lone pairs
    /// one level down, where no bits are left to place them. At five bits per level the last one
    /// has only 4 slots to begin with, so in the shipped map the exception never matters.
    pub(super) fn most(shift: u32) -> usize {
        if Self::below(shift) < 32 { Self::HALF } else { Self::FAN }
    }

    /// The shift of the next level down.
    pub(super) fn below(shift: u32) -> u32 {
        shift + Self::BITS
    }
}
