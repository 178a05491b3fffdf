//! `ctxcheck-memory`: counts the bytes that each design takes, and prints them as JSON. `ctxcheck bench` runs it; why
//! it is a program of its own is told in `tests/measure/src/question/memory.rs`.
#![forbid(unsafe_code)]

use contextvars_measure::question::memory;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let live = || {
        let stats = ALLOCATOR.stats();
        stats.bytes_allocated as i64 - stats.bytes_deallocated as i64
    };
    println!("{}", serde_json::json!(memory::count(&live)));
}
