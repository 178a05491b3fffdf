//! The entry of the fuzzer: bytes become a case, the case is run and judged, and what is wrong becomes a panic.

use crate::{MapCase, MapUnderTest, Nodes, Sound, from_bytes};

/// Runs the program of these bytes on the sound map, in nodes of both widths, and judges MAP-1. All byte strings are
/// programs.
///
/// # Panics
/// If MAP-1 is refuted, or if the program is another one after the round trip through its text.
pub fn hamt(bytes: &[u8]) {
    let case = from_bytes(bytes);
    let text = case.to_string();
    match text.parse::<MapCase>() {
        Ok(read) => assert!(read == case, "another case comes back from this text:\n{text}\nit is\n{read}"),
        Err(error) => panic!("this text of a case cannot be read again, {error}:\n{text}"),
    }
    for nodes in Nodes::ALL {
        if let Err(violation) = Sound.check(&case.in_nodes(nodes)) {
            panic!("in {nodes} nodes, {violation}\n{text}");
        }
    }
}
