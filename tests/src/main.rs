//! ctxcheck
fn main() {}
