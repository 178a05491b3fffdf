//! Names of contexts that no scenario gives: unique for ever, and the same in whatever order different threads act.

use contextvars_model::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[test]
fn names_of_different_kinds_never_meet() {
    let threads = [0, 1, 0x3FFF, 0x4000, u16::MAX].map(ThreadId);
    let mut names: Vec<CtxId> = [0, 0x7FFE, 0x7FFF].map(CtxId).into();
    names.extend([0, 1, 0x7FFF, (1 << 30) - 1].map(CtxId::pinned));
    for thread in threads {
        names.push(CtxId::inherited(thread));
        for n in [0, 1, (1 << 14) - 1] {
            let ctx = CtxId::implicit(thread, n);
            assert_eq!(ctx.implicit_of(), Some((thread, n)));
            names.push(ctx);
        }
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert_eq!(names.iter().filter(|ctx| ctx.is_named()).count(), 3);
    assert_eq!(names.iter().filter(|ctx| ctx.implicit_of().is_some()).count(), 3 * threads.len());
}

#[test]
#[should_panic(expected = "too many implicit contexts")]
fn a_number_that_would_run_into_other_names_is_refused() {
    CtxId::implicit(ThreadId(1), 1 << 14);
}

#[test]
fn mem_1_a_second_implicit_context_leaves_the_first_to_those_that_hold_it() {
    let (thread, var, token, ctx) = (ThreadId(1), VarId(0), TokId(0), CtxId(0));
    let ops = vec![Op::Set { var, value: Val(3), token: None }];
    let spec = ValueSpec { on_drop: UserCode { ops, panics: false }, ..ValueSpec::default() };
    let specs = Specs { values: BTreeMap::from([(Val(2), spec)]), ..Specs::default() };
    let mut state = State::new(Arc::new(specs));
    for op in [
        Op::NewVar { var, default: None },
        Op::Set { var, value: Val(1), token: Some(token) },
        Op::CopyCurrent { ctx },
        Op::Enter { ctx },
        Op::Set { var, value: Val(2), token: None },
        Op::Drop { handle: Handle::Ctx(ctx) },
        Op::End,
    ] {
        assert_eq!(step(&mut state, thread, &op), Ret::Done, "{op:?}");
    }
    // The token went to thread 0, with the context that it was made in; what the dying value set went with the second
    // one.
    assert_eq!(state.live, BTreeSet::from([Val(1)]));
    assert_eq!(state.tokens[&token].ctx, CtxId::implicit(thread, 0));
    assert_eq!(state.threads[&thread].implicit, 2);
}
