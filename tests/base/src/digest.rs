//! Digests of explorations: equal digests mean equal explorations.

/// Mixes a number into a digest (FNV-1a over 64-bit words).
pub fn mix(digest: u64, value: u64) -> u64 {
    (digest ^ value).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(5)
}
