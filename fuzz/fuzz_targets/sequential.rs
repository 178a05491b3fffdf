//! Bytes become a scenario, which every sound design runs in lockstep with the model.
#![no_main]
#[global_allocator]
static ALLOCATOR: contextvars_check::allocator::Calling = contextvars_check::allocator::Calling;
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| contextvars_check::fuzz::sequential(bytes));
