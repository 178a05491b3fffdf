//! `ctxcheck`: the suite on the command line.
#![forbid(unsafe_code)]

mod cli;

use contextvars_check::allocator::Calling;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

fn main() -> ExitCode {
    cli::main()
}
