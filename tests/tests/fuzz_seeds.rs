//! The fuzzers' seeds, without a fuzzer.

use contextvars_check::allocator::Calling;
use contextvars_check::fuzz;
use contextvars_check_maps::fuzz::hamt;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

/// Replays every file of a folder of `fuzz/seeds/`; returns how many there are.
fn replay(target: &str, entry: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
    for file in &files {
        let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(catch_unwind(|| entry(&bytes)).is_ok(), "{} fails, see above", file.display());
    }
    files.len()
}

#[test]
fn every_fuzz_seed_replays_through_the_entry_the_fuzzer_uses() {
    assert!(replay("sequential", fuzz::sequential) >= 24, "the seeds of `sequential` are missing");
    assert!(replay("hamt", hamt) >= 24, "the seeds of `hamt` are missing");
}

#[test]
fn every_target_of_the_fuzzer_calls_an_entry_and_nothing_else() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/fuzz_targets");
    // That of scenarios installs the allocator of the suite besides.
    for (target, package, lines) in [("sequential", "contextvars_check", 5), ("hamt", "contextvars_check_maps", 3)] {
        let source = fs::read_to_string(targets.join(target).with_extension("rs")).expect(target);
        assert!(source.contains(&format!("{package}::fuzz::{target}(bytes)")), "{target}:\n{source}");
        assert_eq!(source.lines().count(), lines, "{target}:\n{source}");
    }
}

#[test]
fn any_bytes_are_a_case() {
    for bytes in [&[][..], &[0], &[255], &[255; 300], &[0; 300], b"map wide"] {
        fuzz::sequential(bytes);
        hamt(bytes);
    }
}
