//! PROG-1 watches gets, and not what user code does inside them.

use contextvars_check::outcome::Outcome;
use contextvars_check::platform::trace::{self, Access, Event};
use contextvars_check::properties::prog_1::{BOUND, Progress};
use contextvars_model::{CtxId, Op, Ret, ThreadId, Val, VarId};

const THREAD: ThreadId = ThreadId(1);

fn get(var: u16) -> Op {
    Op::Get { var: VarId(var), fallback: None }
}

fn begin(op: Op) {
    trace::record(THREAD, Event::Invoke(op));
}

fn answer() {
    trace::record(THREAD, Event::Respond(Ret::Value(Val(1))));
}

fn accesses(count: usize) {
    for _ in 0..count {
        let access = Event::Access { what: "x", object: 0, access: Access::Load(0) };
        trace::record(THREAD, access);
    }
}

/// What is seen of an execution in which the thread can go on nowhere, or everywhere.
fn seen(goes_on: bool, execution: impl FnOnce(&mut dyn FnMut())) -> Option<String> {
    let mut progress = Progress::default();
    trace::start();
    execution(&mut || progress.look(|_| goes_on));
    trace::finish();
    progress.take(&Outcome::default()).map(|violation| violation.sentence)
}

#[test]
fn prog_1_a_get_that_waits_is_blamed_and_one_whose_user_code_waits_is_not() {
    let own = seen(false, |look| {
        begin(get(0));
        look();
    });
    assert!(own.is_some_and(|sentence| sentence.contains("inside `get v0` waits")));
    let between_operations = seen(false, |look| {
        begin(get(0));
        trace::in_user_code(THREAD, look);
        answer();
    });
    assert_eq!(between_operations, None);
    let in_an_operation = seen(false, |look| {
        begin(get(0));
        trace::in_user_code(THREAD, || {
            begin(Op::Len { ctx: CtxId(0) });
            look();
            answer();
        });
        answer();
    });
    assert_eq!(in_an_operation, None);
}

#[test]
fn prog_1_a_get_inside_user_code_is_watched_and_so_is_the_outer_one_afterwards() {
    let inner = seen(false, |look| {
        begin(get(0));
        trace::in_user_code(THREAD, || {
            begin(get(1));
            look();
        });
    });
    assert!(inner.is_some_and(|sentence| sentence.contains("inside `get v1` waits")));
    let outer = seen(false, |look| {
        begin(get(0));
        let panicking = || trace::in_user_code(THREAD, || std::panic::resume_unwind(Box::new(())));
        assert!(std::panic::catch_unwind(panicking).is_err());
        look();
    });
    assert!(outer.is_some_and(|sentence| sentence.contains("inside `get v0` waits")), "user code that panics ends too");
}

#[test]
fn prog_1_the_accesses_of_user_code_are_not_those_of_the_get() {
    let own = seen(true, |look| {
        begin(get(0));
        accesses(BOUND + 1);
        look();
    });
    assert!(own.is_some_and(|sentence| sentence.contains("accesses")));
    let of_user_code = seen(true, |look| {
        begin(get(0));
        accesses(BOUND);
        trace::in_user_code(THREAD, || accesses(BOUND + 1));
        look();
    });
    assert_eq!(of_user_code, None);
}
