//! Faulty maps: the sound map with one fault of the catalogue each, as negative controls of MAP-1.
//!
//! They are faithful in what they do wrong, and when; not in how they come to do it. One file per fault: a
//! [`Behaviour`] that replaces what it gets wrong.
//!
//! [`Behaviour`]: crate::Behaviour

use crate::MapEntry;

mod a10_equal_value_kept;
mod a14_short_stack;
mod b12_leak;
mod b15_equal_value_kept_in_collision;
mod b17_lone_collision;
mod b1_demotion_loses_child;
mod b20_bucket_cleared;
mod b24_structural_equality;
mod b27_lookup_by_hash;
mod b2_len_counts_replacement;
mod b37_last_slot;
mod b38_late_promotion;
mod b39_promotion_misplaces;
mod b40_reserved_hash;
mod b4_null_value;
mod b5_collision_rehung;
mod b6_aliased_survivor;
mod b7_removal_in_place;
mod lost;
mod walk;

macro_rules! faulty_maps {
    ($($id:literal $name:literal $module:ident: $about:literal;)*) => {
        /// All faulty maps, in the order of the catalogue.
        pub static FAULTY_MAPS: &[MapEntry] = &[$(MapEntry {
            name: $name,
            catalogue: Some($id),
            about: $about,
            subject: &$module::Fault,
        }),*];
    };
}

faulty_maps! {
    "A10" "equal-value-kept" a10_equal_value_kept:
        "binding a key to an equal but distinct value is taken for no change";
    "A14" "short-stack" a14_short_stack:
        "iteration stops when it comes to a collision below the last level, for which its stack has no place";
    "B1" "demotion-loses-child" b1_demotion_loses_child:
        "when an array node becomes a bitmap node again its last child is forgotten";
    "B2" "len-counts-replacement" b2_len_counts_replacement:
        "the flag that says \"a key was added\" is not cleared, so that a replacement after an addition counts, too";
    "B4" "null-value" b4_null_value:
        "a value that looks like the marker for \"nothing here\" is taken for it";
    "B5" "collision-rehung" b5_collision_rehung:
        "a collision that a key of another hash meets goes down to the slot of that key's hash instead of its own";
    "B6" "aliased-survivor" b6_aliased_survivor:
        "the pair left over by a removal from a collision of two is shared and later changed in place";
    "B7" "removal-in-place" b7_removal_in_place:
        "a removal from a collision changes the node that the earlier version has, too";
    "B12" "leak" b12_leak:
        "a replaced value is never released";
    "B15" "equal-value-kept-in-collision" b15_equal_value_kept_in_collision:
        "as A10, but in collision nodes only";
    "B17" "lone-collision" b17_lone_collision:
        "a collision of two that loses one stays a collision, of one";
    "B20" "bucket-cleared" b20_bucket_cleared:
        "removing one key of a collision removes all of them and counts as one";
    "B24" "structural-equality" b24_structural_equality:
        "maps are compared by structure, which depends on how they came about";
    "B27" "lookup-by-hash" b27_lookup_by_hash:
        "lookup compares hashes and forgets to compare keys";
    "B37" "last-slot" b37_last_slot:
        "the entry of the last slot of a bitmap node is looked up one place too low";
    "B38" "late-promotion" b38_late_promotion:
        "a bitmap node takes one entry more than it may before it becomes an array node";
    "B39" "promotion-misplaces" b39_promotion_misplaces:
        "at the promotion to an array node the old keys go down by the hash of the new one";
    "B40" "reserved-hash" b40_reserved_hash:
        "a key whose hash is all ones is taken for an error and left out";
}
