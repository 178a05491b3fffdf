//! Bytes become a program of map operations, which the map runs beside a `BTreeMap`.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| contextvars_check_maps::fuzz::hamt(bytes));
