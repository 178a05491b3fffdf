//! The rules of context variables, one by one. The numbers are the sections of `proofs-notes/semantics.md`, which were
//! all executed on CPython.

use contextvars_model::state::{Specs, State};
use contextvars_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const T: ThreadId = ThreadId(0);
const U: ThreadId = ThreadId(1);
const V: VarId = VarId(0);
const W: VarId = VarId(1);
const C: CtxId = CtxId(0);
const D: CtxId = CtxId(1);
/// A name for what the operation under test makes.
const NEW: CtxId = CtxId(9);

/// A state and short words for what a test does to it.
struct World(State);

impl World {
    /// Two variables, of which `W` has the default 90, and two contexts, known to two threads.
    fn new() -> World {
        World::with(Specs::default())
    }

    fn with(specs: Specs) -> World {
        let mut world = World(State::new(Arc::new(specs)));
        world.done(T, Op::NewVar { var: V, default: None });
        world.done(T, Op::NewVar { var: W, default: Some(Val(90)) });
        world.done(T, Op::NewContext { ctx: C });
        world.done(T, Op::NewContext { ctx: D });
        world.0.fork(1);
        world
    }

    #[track_caller]
    fn step(&mut self, thread: ThreadId, op: Op) -> Ret {
        let before = self.0.clone();
        let ret = step(&mut self.0, thread, &op);
        // Law of every failed operation. (A reset in the wrong context has created the implicit one.)
        if matches!(ret, Ret::Err(error) if error != Error::OtherContext) {
            assert_eq!(self.0, before, "{op:?} failed and changed something");
        }
        laws::invariants(&self.0).unwrap();
        ret
    }

    #[track_caller]
    fn done(&mut self, thread: ThreadId, op: Op) {
        assert_eq!(self.step(thread, op), Ret::Done, "{op:?}");
    }

    #[track_caller]
    fn fails(&mut self, thread: ThreadId, op: Op, error: Error) {
        assert_eq!(self.step(thread, op), Ret::Err(error), "{op:?}");
    }

    fn get(&mut self, thread: ThreadId, var: VarId) -> Option<u32> {
        match self.step(thread, Op::Get { var, fallback: None }) {
            Ret::Value(Val(value)) => Some(value),
            Ret::Err(Error::Unbound) => None,
            other => panic!("{other:?}"),
        }
    }

    /// Sets and names the token after the value.
    fn set(&mut self, thread: ThreadId, var: VarId, value: u32) -> TokId {
        let token = TokId(value as u16);
        self.done(thread, Op::Set { var, value: Val(value), token: Some(token) });
        token
    }

    fn reset(&mut self, thread: ThreadId, var: VarId, token: TokId) -> Ret {
        self.step(thread, Op::Reset { var, token })
    }

    fn enter(&mut self, thread: ThreadId, ctx: CtxId) {
        self.done(thread, Op::Enter { ctx });
    }

    fn exit(&mut self, thread: ThreadId, ctx: CtxId) {
        self.done(thread, Op::Exit { ctx });
    }

    fn len(&mut self, ctx: CtxId) -> usize {
        match self.step(T, Op::Len { ctx }) {
            Ret::Count(n) => n,
            other => panic!("{other:?}"),
        }
    }

    fn equal(&mut self, left: CtxId, right: CtxId) -> bool {
        self.step(T, Op::Equal { left, right }) == Ret::Bool(true)
    }

    /// Which context each watcher was told of.
    fn events(&mut self) -> Vec<Option<CtxId>> {
        let event = |o: Observation| match o.trigger {
            Trigger::Switched(_, ctx) => Some(ctx),
            _ => None,
        };
        self.0.seen.drain(..).filter_map(event).collect()
    }
}

fn failed(error: Error) -> Ret {
    Ret::Err(error)
}

#[test]
fn s2_2_get_prefers_binding_then_fallback_then_default() {
    let mut w = World::new();
    let fallback = |var| Op::Get { var, fallback: Some(Val(91)) };
    assert_eq!(w.get(T, V), None);
    assert_eq!(w.get(T, W), Some(90));
    assert_eq!(w.step(T, fallback(V)), Ret::Value(Val(91)));
    assert_eq!(w.step(T, fallback(W)), Ret::Value(Val(91)));
    w.set(T, W, 1);
    assert_eq!(w.step(T, fallback(W)), Ret::Value(Val(1)));
}

#[test]
fn s1_a_get_creates_no_context() {
    let mut w = World::new();
    w.get(T, V);
    assert_eq!(w.0.current(T), None);
    w.set(T, V, 1);
    assert_eq!(w.0.current(T), Some(CtxId::implicit(T, 0)));
}

#[test]
fn s2_3_a_used_token_is_reported_before_a_different_variable() {
    let mut w = World::new();
    let t = w.set(T, V, 1);
    assert_eq!(w.reset(T, V, t), Ret::Done);
    assert_eq!(w.reset(T, W, t), failed(Error::TokenUsed));
}

#[test]
fn s2_3_a_used_token_is_reported_before_a_different_context() {
    let mut w = World::new();
    let t = w.set(T, V, 1);
    assert_eq!(w.reset(T, V, t), Ret::Done);
    w.enter(T, C);
    assert_eq!(w.reset(T, V, t), failed(Error::TokenUsed));
}

#[test]
fn s2_3_a_different_variable_is_reported_before_a_different_context() {
    let mut w = World::new();
    let t = w.set(T, V, 1);
    w.enter(T, C);
    assert_eq!(w.reset(T, W, t), failed(Error::OtherVariable));
    assert_eq!(w.reset(T, V, t), failed(Error::OtherContext));
}

#[test]
fn s2_3_a_failed_reset_does_not_use_the_token() {
    let mut w = World::new();
    let t = w.set(T, V, 1);
    assert_eq!(w.reset(T, W, t), failed(Error::OtherVariable));
    w.enter(T, C);
    assert_eq!(w.reset(T, V, t), failed(Error::OtherContext));
    w.exit(T, C);
    assert_eq!(w.reset(T, V, t), Ret::Done);
    assert_eq!(w.reset(T, V, t), failed(Error::TokenUsed));
}

#[test]
fn s2_3_resets_are_independent_and_not_a_stack() {
    let mut w = World::new();
    let tokens = [w.set(T, V, 1), w.set(T, V, 2), w.set(T, V, 3)];
    let after = [0, 2, 1].map(|i| {
        assert_eq!(w.reset(T, V, tokens[i]), Ret::Done);
        w.get(T, V)
    });
    assert_eq!(after, [None, Some(2), Some(1)]);
}

#[test]
fn s2_3_a_later_reset_can_resurrect_a_value() {
    let mut w = World::new();
    let tokens = [w.set(T, V, 1), w.set(T, V, 2)];
    w.reset(T, V, tokens[0]);
    assert_eq!(w.get(T, V), None);
    w.reset(T, V, tokens[1]);
    assert_eq!(w.get(T, V), Some(1));
}

#[test]
fn s2_3_an_absent_old_value_makes_the_variable_absent_and_its_default_visible() {
    let mut w = World::new();
    w.enter(T, C);
    let t = w.set(T, W, 1);
    assert_eq!(w.len(C), 1);
    w.reset(T, W, t);
    assert_eq!((w.get(T, W), w.len(C)), (Some(90), 0));
    assert_eq!(w.step(T, Op::Contains { ctx: C, var: W }), Ret::Bool(false));
}

#[test]
fn s2_3_a_token_belongs_to_the_object_and_not_to_the_contents() {
    let mut w = World::new();
    w.enter(T, C);
    let t = w.set(T, V, 1);
    w.done(T, Op::CopyCurrent { ctx: NEW });
    w.enter(T, NEW);
    assert_eq!(w.reset(T, V, t), failed(Error::OtherContext));
}

#[test]
fn s2_3_a_token_works_after_its_context_was_left_and_entered_again_by_another_thread() {
    let mut w = World::new();
    w.enter(T, C);
    let t = w.set(T, V, 1);
    w.exit(T, C);
    w.done(T, Op::Give { handle: Handle::Tok(t), to: U });
    assert_eq!(w.reset(T, V, t), failed(Error::OtherContext));
    w.enter(U, C);
    assert_eq!(w.reset(U, V, t), Ret::Done);
    assert_eq!(w.len(C), 0);
    assert_eq!(w.reset(T, V, t), failed(Error::TokenUsed));
}

#[test]
fn s2_3_a_reset_on_a_thread_without_a_context_creates_the_implicit_one() {
    let mut w = World::new();
    w.enter(T, C);
    let t = w.set(T, V, 1);
    w.done(T, Op::Give { handle: Handle::Tok(t), to: U });
    assert_eq!(w.reset(U, W, t), failed(Error::OtherVariable));
    assert_eq!(w.0.current(U), None);
    assert_eq!(w.reset(U, V, t), failed(Error::OtherContext));
    assert_eq!(w.0.current(U), Some(CtxId::implicit(U, 0)));
}

#[test]
fn s2_3_setting_the_same_value_again_gives_a_token_that_works() {
    let mut w = World::new();
    w.set(T, V, 1);
    w.done(T, Op::Set { var: V, value: Val(1), token: Some(TokId(7)) });
    assert_eq!(w.reset(T, V, TokId(7)), Ret::Done);
    assert_eq!(w.get(T, V), Some(1));
}

#[test]
fn s2_3_the_finaliser_of_the_replaced_value_wins() {
    let set = Op::Set { var: V, value: Val(3), token: None };
    let spec = ValueSpec { on_drop: UserCode { ops: vec![set], panics: false }, ..ValueSpec::default() };
    let mut w = World::with(Specs { values: BTreeMap::from([(Val(2), spec)]), ..Specs::default() });
    w.set(T, V, 1);
    let t = w.set(T, V, 2);
    assert_eq!(w.reset(T, V, t), Ret::Done);
    assert_eq!(w.get(T, V), Some(3));
    assert_eq!(w.0.seen.len(), 1);
}

#[test]
fn s2_4_an_absent_old_value_is_absent_also_with_a_default() {
    let mut w = World::new();
    let (t, u) = (w.set(T, W, 1), w.set(T, W, 2));
    assert_eq!(w.step(T, Op::TokenOld { token: t }), Ret::Old(None));
    assert_eq!(w.step(T, Op::TokenOld { token: u }), Ret::Old(Some(Val(1))));
    assert_eq!(w.step(T, Op::TokenVar { token: u }), Ret::Var(W));
}

#[test]
fn s1_a_token_keeps_the_old_value_alive_also_after_use() {
    let mut w = World::new();
    w.set(T, V, 1);
    let t = w.set(T, V, 2);
    w.done(T, Op::Drop { handle: Handle::Tok(TokId(1)) });
    w.reset(T, V, t);
    w.done(T, Op::Set { var: V, value: Val(3), token: None });
    assert!(w.0.live.contains(&Val(1)) && !w.0.live.contains(&Val(2)));
    w.done(T, Op::Drop { handle: Handle::Tok(t) });
    assert!(!w.0.live.contains(&Val(1)));
}

#[test]
fn s2_5_lookup_and_contains_consult_no_default() {
    let mut w = World::new();
    w.fails(T, Op::Lookup { ctx: C, var: W }, Error::NotInContext);
    assert_eq!(w.step(T, Op::Contains { ctx: C, var: W }), Ret::Bool(false));
    w.enter(T, C);
    w.set(T, W, 1);
    assert_eq!(w.step(T, Op::Lookup { ctx: C, var: W }), Ret::Value(Val(1)));
    assert_eq!(w.step(T, Op::Contains { ctx: C, var: W }), Ret::Bool(true));
    assert_eq!(w.step(T, Op::Items { ctx: C }), Ret::Items(vec![(W, Val(1))]));
}

#[test]
fn s2_5_reads_of_an_entered_context_are_live_for_every_thread() {
    let mut w = World::new();
    w.enter(T, C);
    w.set(T, V, 1);
    assert_eq!(w.step(U, Op::Lookup { ctx: C, var: V }), Ret::Value(Val(1)));
    w.set(T, V, 2);
    assert_eq!(w.step(U, Op::Lookup { ctx: C, var: V }), Ret::Value(Val(2)));
}

#[test]
fn s2_5_a_copy_is_a_new_object_of_the_same_contents_and_not_entered() {
    let mut w = World::new();
    w.enter(T, C);
    w.set(T, V, 1);
    w.done(T, Op::Copy { from: C, to: NEW });
    assert!(w.equal(C, NEW));
    w.set(T, V, 2);
    assert_eq!(w.step(T, Op::Lookup { ctx: NEW, var: V }), Ret::Value(Val(1)));
    w.enter(T, NEW);
    w.set(T, V, 3);
    w.exit(T, NEW);
    assert_eq!(w.get(T, V), Some(2));
}

#[test]
fn s2_5_copying_the_current_context_creates_the_implicit_one() {
    let mut w = World::new();
    w.done(U, Op::CopyCurrent { ctx: NEW });
    assert_eq!(w.0.current(U), Some(CtxId::implicit(U, 0)));
    assert_eq!(w.step(U, Op::Len { ctx: NEW }), Ret::Count(0));
}

#[test]
fn s2_5_an_iterator_is_bound_to_the_version_of_its_start_and_runs_once() {
    let mut w = World::new();
    w.enter(T, C);
    w.set(T, V, 1);
    let iter = IterId(0);
    w.done(T, Op::Iterate { ctx: C, iter });
    w.set(T, V, 2);
    w.set(T, W, 3);
    assert_eq!(w.step(T, Op::Next { iter }), Ret::Item(Some((V, Val(1)))));
    assert_eq!(w.step(T, Op::Next { iter }), Ret::Item(None));
    assert_eq!(w.step(T, Op::Next { iter }), Ret::Item(None));
}

#[test]
fn s2_5_an_iterator_may_deliver_in_any_order_but_nothing_twice() {
    let mut w = World::new();
    w.enter(T, C);
    w.set(T, V, 1);
    w.set(T, W, 2);
    let next = Op::Next { iter: IterId(0) };
    w.done(T, Op::Iterate { ctx: C, iter: IterId(0) });
    let second = Ret::Item(Some((W, Val(2))));
    assert_eq!(step_observed(&mut w.0, T, &next, Some(&second)), second);
    assert_eq!(step_observed(&mut w.0, T, &next, Some(&second)), Ret::Item(Some((V, Val(1)))));
}

#[test]
fn s2_5_equality_is_by_contents_identity_first_then_class() {
    let class = |n| ValueSpec { class: Some(n), ..ValueSpec::default() };
    let values = BTreeMap::from([(Val(1), class(7)), (Val(2), class(7)), (Val(3), class(8))]);
    let mut w = World::with(Specs { values, ..Specs::default() });
    assert!(w.equal(C, D) && w.equal(C, C));
    let mut bind = |ctx, value| {
        w.enter(T, ctx);
        w.done(T, Op::Set { var: V, value: Val(value), token: None });
        w.exit(T, ctx);
        w.equal(C, D)
    };
    let outcomes = [(C, 1), (D, 1), (D, 2), (D, 3), (C, 4), (D, 5), (D, 4)].map(|(ctx, value)| bind(ctx, value));
    // Another length; the same; of the same class; of another class; and of no class: equal to itself alone.
    assert_eq!(outcomes, [false, true, true, false, false, false, true]);
}

#[test]
fn s2_5_equal_lengths_of_different_variables_are_not_equal() {
    let mut w = World::new();
    for (ctx, var) in [(C, V), (D, W)] {
        w.enter(T, ctx);
        w.done(T, Op::Set { var, value: Val(1), token: None });
        w.exit(T, ctx);
    }
    assert!(!w.equal(C, D) && !w.equal(D, C));
}

#[test]
fn s2_6_a_context_is_entered_by_one_thread_once() {
    let mut w = World::new();
    w.enter(T, C);
    w.fails(T, Op::Enter { ctx: C }, Error::AlreadyEntered);
    w.fails(U, Op::Enter { ctx: C }, Error::AlreadyEntered);
    w.enter(T, D);
    w.fails(T, Op::Enter { ctx: C }, Error::AlreadyEntered);
    w.exit(T, D);
    w.exit(T, C);
    w.enter(U, C);
}

#[test]
fn s2_6_a_nested_context_does_not_see_the_outer_one() {
    let mut w = World::new();
    w.enter(T, C);
    w.set(T, V, 1);
    w.enter(T, D);
    assert_eq!(w.get(T, V), None);
    w.set(T, V, 2);
    w.exit(T, D);
    assert_eq!(w.get(T, V), Some(1));
    w.exit(T, C);
    assert_eq!(w.get(T, V), None);
}

#[test]
fn s3_exit_checks_entered_before_current() {
    let mut w = World::new();
    w.fails(T, Op::Exit { ctx: C }, Error::NotEntered);
    w.enter(T, C);
    w.enter(T, D);
    w.fails(T, Op::Exit { ctx: C }, Error::NotCurrent);
    w.fails(U, Op::Exit { ctx: C }, Error::NotCurrent);
    w.exit(T, D);
    w.exit(T, C);
    w.fails(T, Op::Exit { ctx: C }, Error::NotEntered);
}

#[test]
fn s3_the_sequence_that_was_executed_through_the_c_api() {
    let mut w = World::new();
    w.fails(T, Op::Exit { ctx: C }, Error::NotEntered);
    w.enter(T, C);
    w.fails(T, Op::Enter { ctx: C }, Error::AlreadyEntered);
    w.set(T, V, 1);
    w.enter(T, D);
    w.fails(T, Op::Exit { ctx: C }, Error::NotCurrent);
    assert_eq!(w.get(T, V), None);
    w.exit(T, D);
    assert_eq!(w.get(T, V), Some(1));
    w.exit(T, C);
    assert_eq!(w.get(T, V), None);
    w.fails(T, Op::Exit { ctx: C }, Error::NotEntered);
    assert_eq!(w.step(T, Op::Lookup { ctx: C, var: V }), Ret::Value(Val(1)));
}

#[test]
fn s3_watchers_are_told_of_every_successful_switch_and_of_nothing_else() {
    let mut w = World::new();
    assert_eq!(w.step(T, Op::Watch { watcher: WatchId(0) }), Ret::Slot(0));
    w.enter(T, C);
    w.enter(T, D);
    w.exit(T, D);
    w.exit(T, C);
    assert_eq!(w.events(), [Some(C), Some(D), Some(C), None]);
    let t = w.set(T, V, 1); // the implicit context comes to be
    w.reset(T, V, t);
    w.done(T, Op::CopyCurrent { ctx: NEW });
    w.fails(T, Op::Exit { ctx: C }, Error::NotEntered);
    w.enter(U, C);
    assert_eq!(w.events(), [Some(C)]);
    w.fails(T, Op::Enter { ctx: C }, Error::AlreadyEntered);
    assert_eq!(w.events(), []);
}

#[test]
fn s3_a_watcher_gets_the_lowest_free_slot_of_eight() {
    let mut w = World::new();
    let watch = |n| Op::Watch { watcher: WatchId(n) };
    (0..8).for_each(|n| assert_eq!(w.step(T, watch(n)), Ret::Slot(n as u8)));
    w.fails(T, watch(8), Error::NoFreeWatcher);
    w.done(T, Op::Unwatch { watcher: WatchId(3) });
    w.fails(T, Op::Unwatch { watcher: WatchId(3) }, Error::NoSuchWatcher);
    assert_eq!(w.step(U, watch(9)), Ret::Slot(3));
}

#[test]
fn s4_1_a_thread_starts_empty_or_inside_a_copy() {
    let mut w = World::new();
    w.set(T, V, 1);
    w.done(T, Op::Spawn { thread: U, inherit: false });
    assert_eq!(w.get(U, V), None);
    w.done(T, Op::Spawn { thread: U, inherit: true });
    w.set(T, V, 2);
    assert_eq!(w.get(U, V), Some(1));
    w.set(U, V, 3);
    assert_eq!(w.get(T, V), Some(2));
}

#[test]
fn s4_1_the_end_of_a_thread_leaves_its_contexts_and_hands_its_handles_to_thread_0() {
    let mut w = World::new();
    w.enter(U, C);
    w.enter(U, D);
    let t = w.set(U, V, 1);
    w.done(U, Op::End);
    w.fails(U, Op::Get { var: V, fallback: None }, Error::NoHandle);
    w.enter(T, D);
    w.enter(T, C);
    w.exit(T, C);
    assert_eq!(w.reset(T, V, t), Ret::Done);
}

#[test]
fn mem_1_nothing_is_left_after_the_end_of_all_threads() {
    let mut w = World::new();
    w.enter(U, C);
    w.set(U, W, 1);
    w.done(U, Op::Iterate { ctx: C, iter: IterId(0) });
    w.set(T, V, 2);
    w.done(U, Op::End);
    w.done(T, Op::End);
    let State { vars, contexts, tokens, iterators, live, .. } = w.0;
    assert!(vars.is_empty() && contexts.is_empty() && tokens.is_empty() && iterators.is_empty() && live.is_empty());
}

#[test]
fn op_a_thread_without_the_handle_can_do_nothing_with_it() {
    let mut w = World::new();
    w.done(T, Op::NewContext { ctx: NEW });
    w.fails(U, Op::Enter { ctx: NEW }, Error::NoHandle);
    w.done(T, Op::Give { handle: Handle::Ctx(NEW), to: U });
    w.enter(U, NEW);
    w.done(T, Op::Drop { handle: Handle::Ctx(NEW) });
    w.fails(T, Op::Len { ctx: NEW }, Error::NoHandle);
    assert_eq!(w.step(U, Op::Len { ctx: NEW }), Ret::Count(0));
}
