//! Where a generator's choices come from.

use arbitrary::Unstructured;

/// A source of choices. Zero is the simplest choice everywhere, so that a source that runs dry leads to a simple end.
pub trait Source {
    /// A number below `n`, which is at least 1.
    fn below(&mut self, n: u32) -> u32;

    /// Whether only zeros are left.
    fn exhausted(&self) -> bool {
        false
    }

    /// A number from `low` to `high`.
    fn between(&mut self, (low, high): (u32, u32)) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True once in `n` times.
    fn once_in(&mut self, n: u32) -> bool {
        self.below(n) == n - 1
    }

    /// One of these, which are not empty.
    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }
}

/// Choices from bytes, as a fuzzer gives them.
#[derive(Debug)]
pub struct Bytes<'a, 'b>(pub &'a mut Unstructured<'b>);

impl Source for Bytes<'_, '_> {
    fn below(&mut self, n: u32) -> u32 {
        // Scaled, not by remainder: that would prefer the small numbers, and one byte is enough for most choices.
        if n <= 1 {
            0
        } else if n <= 256 {
            (u32::from(self.0.arbitrary::<u8>().unwrap_or(0)) * n) >> 8
        } else {
            ((u64::from(self.0.arbitrary::<u32>().unwrap_or(0)) * u64::from(n)) >> 32) as u32
        }
    }

    fn exhausted(&self) -> bool {
        self.0.is_empty()
    }
}

/// Choices from a seed: the same seed gives the same choices for ever (SplitMix64).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Seeded {
        Seeded(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Source for Seeded {
    fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }
}
