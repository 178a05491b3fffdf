//! MEM-1 at quiet moments: judged where an order explains the answers, and only there.

use contextvars_check::outcome::{LedgerReport, Outcome, Quiet};
use contextvars_check::properties::{Judgement, mem_1};
use contextvars_model::history::{History, Operation};
use contextvars_model::{CtxId, Op, Ret, Specs, ThreadId, Val, VarId};
use std::sync::Arc;

fn operation(thread: u16, op: Op, ret: Ret, (invoked, responded): (u64, u64)) -> Operation {
    Operation { thread: ThreadId(thread), op, ret, invoked, responded }
}

fn set(value: u32) -> Op {
    Op::Set { var: VarId(0), value: Val(value), token: None }
}

/// Thread 1 sets 1, then 2, and ends; thread 2 copies its own empty context meanwhile. `live` after each set.
fn judged(live: [&[u32]; 2]) -> Judgement {
    let init = vec![operation(0, Op::NewVar { var: VarId(0), default: None }, Ret::Done, (1, 2))];
    let operations = vec![
        operation(1, set(1), Ret::Done, (3, 5)),
        operation(2, Op::CopyCurrent { ctx: CtxId(0) }, Ret::Done, (4, 6)),
        operation(1, set(2), Ret::Done, (7, 8)),
    ];
    let quiet = [6, 8].into_iter().zip(live).map(|(at, live)| {
        let live = live.iter().copied().map(Val).collect();
        Quiet { at, live }
    });
    let ledger = LedgerReport { quiet: quiet.collect(), ..LedgerReport::default() };
    let history = History { threads: 2, specs: Arc::new(Specs::default()), init, operations };
    mem_1::check(&Outcome { history, ledger, ..Outcome::default() })
}

#[test]
fn mem_1_what_exists_is_what_is_held() {
    assert!(matches!(judged([&[1], &[2]]), Judgement::Holds));
}

#[test]
fn mem_1_a_value_that_stays_is_reported_and_so_is_one_that_goes_too_early() {
    let Judgement::Refuted(late) = judged([&[1], &[1, 2]]) else { panic!("value 1 is held by nothing") };
    assert!(late.sentence.contains("value 1 still existed after `set v0 2` of thread 1"), "{}", late.sentence);
    let Judgement::Refuted(early) = judged([&[], &[2]]) else { panic!("value 1 is bound") };
    assert!(early.sentence.contains("value 1 was gone"), "{}", early.sentence);
}
