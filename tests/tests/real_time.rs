//! Real time orders something: between a thread's operations there are events of other threads.

use contextvars_check::budget::Budget;
use contextvars_check::designs::DESIGNS;
use contextvars_check::explore::{ENGINES, Engine, Job};
use contextvars_check::properties::Property;
use contextvars_check::suite::shipped;

/// What an engine notes of the gaps between a response and the thread's next invocation.
fn gaps(engine: Engine) -> String {
    let explorer = ENGINES.iter().find(|explorer| explorer.engine() == engine).expect("it is one of them");
    let entry = DESIGNS.iter().find(|entry| entry.name == "per-thread").expect("it is a design");
    let job = Job {
        subject: entry.subject,
        scenarios: &shipped(),
        properties: &[Property::Snap2],
        budget: Budget::seconds(1.0),
        seed: 1,
    };
    let notes = explorer.explore(&job).notes;
    notes.into_iter().find(|note| note.contains("between a response")).expect("gaps are noted")
}

#[test]
fn something_happens_between_two_operations_under_shuttle() {
    let note = gaps(Engine::Shuttle);
    assert!(!note.starts_with("0 of"), "{note}");
}

#[test]
fn something_happens_between_two_operations_under_loom() {
    let note = gaps(Engine::Loom);
    assert!(!note.starts_with("0 of"), "{note}");
}
