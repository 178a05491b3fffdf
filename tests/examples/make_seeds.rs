//! The fuzzers' seeds.
//!
//! - `cargo run -p contextvars-check --example make_seeds` writes them to `fuzz/seeds/`: always the same ones, unless
//!   the generators have changed.
//! - `cargo run -p contextvars-check --example make_seeds -- show sequential FILE` prints what a fuzzer's input means,
//!   so that it can be read, filed as a regression or shrunk; `show hamt FILE` does the same for the map.

use contextvars_check::fuzz::scenario_of;
use contextvars_check::generate::{Profile, Seeded};
use contextvars_check_maps::from_bytes;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Seeds of each kind.
const EACH: u64 = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => make(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds")),
        ["show", "sequential", file] => {
            print!("{}", scenario_of(&fs::read(file)?));
            Ok(())
        }
        ["show", "hamt", file] => {
            print!("{}", from_bytes(&fs::read(file)?));
            Ok(())
        }
        _ => Err("usage: make_seeds [show sequential FILE | show hamt FILE]".into()),
    }
}

fn make(seeds: &Path) -> Result<(), Box<dyn Error>> {
    let mut sequential = Vec::new();
    for (first, (profile, _)) in Profile::ALL.iter().enumerate() {
        for n in 0..EACH {
            let mut bytes = random(n + 1, 64 << (n % 3));
            bytes[0] = first as u8;
            sequential.push((format!("{profile}-{n}"), bytes));
        }
    }
    write(seeds.join("sequential"), &sequential)?;
    let mut hamt = Vec::new();
    for (nodes, bit) in [("narrow", 0), ("wide", 0x80)] {
        // The second byte chooses how hashes are made, the third and fourth whether they are special.
        for n in 0..3 * EACH {
            let mut bytes = random(n + 1, 32 << (n % 4));
            bytes[0] = bit;
            bytes[1] = (n * 256 / (3 * EACH)) as u8;
            hamt.push((format!("{nodes}-{n}"), bytes));
        }
    }
    write(seeds.join("hamt"), &hamt)
}

fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut source = Seeded::new(seed);
    (0..length).map(|_| source.bits() as u8).collect()
}

fn write(folder: PathBuf, seeds: &[(String, Vec<u8>)]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&folder)?;
    for (name, bytes) in seeds {
        fs::write(folder.join(name), bytes)?;
    }
    println!("{} seeds in {}", seeds.len(), folder.display());
    Ok(())
}
