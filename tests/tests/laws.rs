//! The laws of context variables: for the model, and for the implementation on its own answers.
//!
//! quickcheck makes a program; whatever state that leads to, the law's own operations follow, by thread 0 at the end.
//! A law looks at nothing but their answers, so one text of it serves the model and every design. It holds for the
//! shipped designs, and for one whose map has narrow nodes and whose variables collide.
//!
//! The seed is fixed, so that a red test stays red; `LAW_SEED=<number>` picks another.

#[path = "front_ends/quickcheck.rs"]
mod from_quickcheck;

use contextvars::core::{Design, KeyHash, Value};
use contextvars::hamt::Narrow;
use contextvars::parts::cache::PerThread;
use contextvars::parts::containment::Contained;
use contextvars::parts::entry::AtomicEntry;
use contextvars::parts::iterator::GuardedCursor;
use contextvars::parts::registry::Counters;
use contextvars::parts::token_use::AtomicUse;
use contextvars::parts::vars::LockedVars;
use contextvars::platform::Platform;
use contextvars_check::allocator::Calling;
use contextvars_check::designs;
use contextvars_check::generate::Profile;
use contextvars_check::harness::value::Tracked;
use contextvars_check::harness::{DesignUnderTest, SystemUnderTest};
use contextvars_check::platform::selected::SelectedPlatform;
use contextvars_check::scenario::sequential::predict;
use contextvars_check::scenario::{Scenario, Step};
use contextvars_check_faults::BUGS;
use contextvars_model::{CtxId, Error, Op, Ret, ThreadId, TokId, Val, VarId};
use from_quickcheck::{Generated, Shape};
use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

// ------------------------------------------------------------------------------------ what the laws are about

/// Three hashes for all variables, which differ in their last bits only.
struct Collide;

impl KeyHash for Collide {
    fn hash(identity: u64) -> u32 {
        (identity % 3) as u32 * 0x4000_0000
    }
}

/// The shipped design but for the shape of its maps: narrow nodes, and keys that collide.
struct Cramped<P, V>(PhantomData<(P, V)>);

impl<P: Platform, V: Value> Design for Cramped<P, V> {
    type Platform = P;
    type Value = V;
    type Width = Narrow;
    type Hash = Collide;
    type Cache = PerThread;
    type Entry = AtomicEntry<P>;
    type Vars<T: Clone + Send + Sync + 'static> = LockedVars<P, T>;
    type TokenUse = AtomicUse<P>;
    type Cursor<I: Iterator + Send + 'static> = GuardedCursor<P, I>;
    type Registry = Counters<P>;
    type Containment = Contained;
}

type CrampedDesign = Cramped<SelectedPlatform, Tracked>;

/// What performs operations.
#[derive(Clone, Copy)]
enum Machine {
    Model,
    Design(&'static dyn SystemUnderTest),
}

fn machines() -> [Machine; 4] {
    static CRAMPED: DesignUnderTest<CrampedDesign> = DesignUnderTest::new();
    let design = |name| Machine::Design(designs::find(designs::DESIGNS, name).expect("a shipped design").subject);
    [Machine::Model, design("uncached"), design("per-thread"), Machine::Design(&CRAMPED)]
}

/// A state that some program leads to.
struct Reached<'a> {
    program: &'a Scenario,
    by: Machine,
}

impl Reached<'_> {
    /// The answers to these operations in this state; nothing if the specification says nothing about the program.
    fn then(&self, ops: &[Op]) -> Option<Vec<Ret>> {
        let mut scenario = self.program.clone();
        scenario.post.extend(ops.iter().map(|op| Step::Do(*op, None)));
        let performed: Vec<(Op, Ret)> = match self.by {
            Machine::Model => {
                let prediction = predict(&scenario, &[]);
                prediction.state.unspecified.is_none().then_some(())?;
                let own = prediction.events.into_iter().filter(|event| event.thread == ThreadId(0));
                own.map(|event| (event.op, event.ret)).collect()
            }
            Machine::Design(subject) => {
                let report = subject.in_lockstep(&Arc::new(scenario), &mut |able| able[0]);
                report.unspecified.is_none().then_some(())?;
                let own = report.outcome.history.operations.into_iter().filter(|done| done.thread == ThreadId(0));
                own.map(|done| (done.op, done.ret)).collect()
            }
        };
        let asked = performed.len() - 1 - ops.len();
        assert_eq!(performed.last().map(|(op, _)| *op), Some(Op::End));
        let answers: Vec<Ret> = performed[asked..performed.len() - 1].iter().map(|(_, ret)| ret.clone()).collect();
        let performed: Vec<Op> = performed[asked..performed.len() - 1].iter().map(|(op, _)| *op).collect();
        assert_eq!(performed, ops);
        (!answers.contains(&Ret::Err(Error::NoHandle))).then_some(answers)
    }

    /// A variable of the program.
    fn var(&self, n: usize) -> Option<VarId> {
        let vars: Vec<VarId> = self.program.init.iter().filter_map(new_var).collect();
        (!vars.is_empty()).then(|| vars[n % vars.len()])
    }
}

fn new_var(step: &Step) -> Option<VarId> {
    match step {
        Step::Do(Op::NewVar { var, .. }, _) => Some(*var),
        _ => None,
    }
}

/// Names that no program uses.
const C: [CtxId; 4] = [CtxId(20_000), CtxId(20_001), CtxId(20_002), CtxId(20_003)];
const T: [TokId; 3] = [TokId(20_000), TokId(20_001), TokId(20_002)];
const V: [Val; 3] = [Val(900_000), Val(900_001), Val(900_002)];
const NEW: VarId = VarId(20_000);

fn set(var: VarId, value: Val) -> Op {
    Op::Set { var, value, token: None }
}

fn get(var: VarId) -> Op {
    Op::Get { var, fallback: None }
}

fn copy_current(ctx: CtxId) -> Op {
    Op::CopyCurrent { ctx }
}

fn items(ctx: CtxId) -> Op {
    Op::Items { ctx }
}

fn equal(left: CtxId, right: CtxId) -> Op {
    Op::Equal { left, right }
}

// ------------------------------------------------------------------------------------ the laws

#[derive(Clone)]
struct Stress;

impl Shape for Stress {
    const PROFILE: Profile = Profile::STRESS;
}

#[derive(Clone)]
struct Wide;

impl Shape for Wide {
    const PROFILE: Profile = Profile::WIDE;
}

/// Each is a function of a reached state; nothing where it says nothing.
type Law = fn(&Reached<'_>) -> Option<()>;

fn check<P: Shape>(law: Law, program: &Generated<P>) -> TestResult {
    let outcomes = machines().map(|by| law(&Reached { program, by }));
    if outcomes.iter().all(Option::is_some) { TestResult::passed() } else { TestResult::discard() }
}

macro_rules! laws {
    ($($test:ident = $law:ident;)*) => {$(
        #[test]
        fn $test() {
            let seed = std::env::var("LAW_SEED").map_or(0x5eed, |seed| seed.parse().expect("LAW_SEED is a number"));
            let quickcheck = |tests| {
                let from_seed = QuickCheck::new().rng(Gen::from_size_and_seed(100, seed));
                from_seed.tests(tests).max_tests(20 * tests).min_tests_passed(tests)
            };
            fn stress(program: Generated<Stress>) -> TestResult {
                check($law, &program)
            }
            quickcheck(60).quickcheck(stress as fn(Generated<Stress>) -> TestResult);
            fn wide(program: Generated<Wide>) -> TestResult {
                check($law, &program)
            }
            quickcheck(20).quickcheck(wide as fn(Generated<Wide>) -> TestResult);
        }
    )*};
}

laws! {
    law_set_then_get = set_then_get;
    law_last_write_wins = last_write_wins;
    law_reset_undoes = reset_undoes;
    law_resets_undo_in_reverse = resets_undo_in_reverse;
    law_copy_commutes_with_sets_elsewhere = copy_commutes_with_sets_elsewhere;
    law_equality_is_structural = equality_is_structural;
    law_every_earlier_version_stays = every_earlier_version_stays;
}

/// What was set is what is read, and other variables do not change.
fn set_then_get(state: &Reached<'_>) -> Option<()> {
    let (x, y) = (state.var(0)?, state.var(1).filter(|y| Some(*y) != state.var(0)));
    assert_eq!(state.then(&[set(x, V[0]), get(x)])?[1], Ret::Value(V[0]));
    if let Some(y) = y {
        let answers = state.then(&[get(y), set(x, V[0]), get(y)])?;
        assert_eq!(answers[0], answers[2]);
    }
    Some(())
}

/// Of two sets only the second shows, in the reading and in the contents.
fn last_write_wins(state: &Reached<'_>) -> Option<()> {
    let x = state.var(0)?;
    let twice = state.then(&[set(x, V[0]), set(x, V[1]), get(x), copy_current(C[0]), items(C[0])])?;
    let once = state.then(&[set(x, V[1]), get(x), copy_current(C[0]), items(C[0])])?;
    assert_eq!(twice[2..], once[1..]);
    assert_eq!(twice[2], Ret::Value(V[1]));
    Some(())
}

/// After set and reset everything is as before, and the token is used.
fn reset_undoes(state: &Reached<'_>) -> Option<()> {
    let (var, token) = (state.var(0)?, T[0]);
    let answers = state.then(&[
        copy_current(C[0]),
        get(var),
        Op::Set { var, value: V[0], token: Some(token) },
        Op::Reset { var, token },
        get(var),
        copy_current(C[1]),
        equal(C[0], C[1]),
        items(C[0]),
        items(C[1]),
        Op::Reset { var, token },
    ])?;
    assert_eq!(answers[3], Ret::Done);
    assert_eq!(answers[1], answers[4]);
    assert_eq!(answers[6], Ret::Bool(true));
    assert_eq!(answers[7], answers[8]);
    assert_eq!(answers[9], Ret::Err(Error::TokenUsed));
    Some(())
}

/// Resets in the reverse order of the sets go back through every state.
fn resets_undo_in_reverse(state: &Reached<'_>) -> Option<()> {
    let vars = [state.var(0)?, state.var(1)?, state.var(0)?];
    let now = |ctx| [copy_current(ctx), items(ctx)];
    let mut ops = Vec::new();
    for n in 0..3 {
        ops.extend(now(C[n]));
        ops.push(Op::Set { var: vars[n], value: V[n], token: Some(T[n]) });
    }
    let undo = (0..3).rev().flat_map(|n| {
        let after = CtxId(20_010 + n as u32);
        [Op::Reset { var: vars[n], token: T[n] }, copy_current(after), items(after), equal(after, C[n])]
    });
    ops.extend(undo);
    let answers = state.then(&ops)?;
    for n in 0..3 {
        let undone = 9 + 4 * (2 - n);
        assert_eq!(answers[undone], Ret::Done);
        assert_eq!(answers[undone + 2], answers[3 * n + 1]);
        assert_eq!(answers[undone + 3], Ret::Bool(true));
    }
    Some(())
}

/// It makes no difference whether a context is copied before or after something is set in another.
fn copy_commutes_with_sets_elsewhere(state: &Reached<'_>) -> Option<()> {
    let x = state.var(0)?;
    let [original, elsewhere, copy, _] = C;
    let start = [copy_current(original), Op::Copy { from: original, to: elsewhere }];
    let sets = [Op::Enter { ctx: elsewhere }, set(x, V[0]), Op::Exit { ctx: elsewhere }, set(x, V[1])];
    let copied = [Op::Copy { from: original, to: copy }];
    let look = [items(original), items(copy), equal(original, copy), Op::Lookup { ctx: elsewhere, var: x }, get(x)];
    let before = state.then(&[&start[..], &copied, &sets, &look].concat())?;
    let after = state.then(&[&start[..], &sets, &copied, &look].concat())?;
    assert_eq!(before[7..], after[7..]);
    let seen = &before[7..];
    assert_eq!((&seen[0], &seen[2]), (&seen[1], &Ret::Bool(true)));
    assert_eq!((&seen[3], &seen[4]), (&Ret::Value(V[0]), &Ret::Value(V[1])));
    Some(())
}

/// Contexts that bind the same variables to the same values are equal, however they came about; others are not.
fn equality_is_structural(state: &Reached<'_>) -> Option<()> {
    let [original, rebuilt, ..] = C;
    let Ret::Items(bindings) = state.then(&[copy_current(original), items(original)])?.swap_remove(1) else {
        panic!("items answers with items");
    };
    let mut ops = vec![copy_current(original), Op::NewContext { ctx: rebuilt }, Op::Enter { ctx: rebuilt }];
    let detour = |var| [set(var, V[0]), set(var, V[1])];
    ops.extend(bindings.iter().rev().flat_map(|(var, value)| detour(*var).into_iter().chain([set(*var, *value)])));
    ops.extend([Op::NewVar { var: NEW, default: None }, equal(original, rebuilt), equal(rebuilt, original)]);
    ops.extend([
        Op::Set { var: NEW, value: V[2], token: Some(T[0]) },
        equal(original, rebuilt),
        equal(rebuilt, original),
    ]);
    ops.extend([
        Op::Reset { var: NEW, token: T[0] },
        equal(original, rebuilt),
        items(rebuilt),
        Op::Exit { ctx: rebuilt },
    ]);
    let answers = state.then(&ops)?;
    let yes = Ret::Bool(true);
    let no = Ret::Bool(false);
    let [equal, equal_too, _, other, other_too, _, equal_again, contents, _] = &answers[answers.len() - 9..] else {
        unreachable!("so many operations were added last");
    };
    assert_eq!([equal, equal_too, other, other_too, equal_again], [&yes, &yes, &no, &no, &yes]);
    assert_eq!(*contents, Ret::Items(bindings));
    Some(())
}

/// Each of many snapshots keeps its contents, whatever is set and reset afterwards.
fn every_earlier_version_stays(state: &Reached<'_>) -> Option<()> {
    const VERSIONS: usize = 12;
    let snapshot = |n: usize| CtxId(20_100 + n as u32);
    let mut ops = Vec::new();
    for n in 0..VERSIONS {
        let (var, token) = (state.var(7 * n)?, TokId(20_100 + n as u16));
        ops.push(Op::Set { var, value: Val(910_000 + n as u32), token: Some(token) });
        ops.extend([copy_current(snapshot(n)), items(snapshot(n))]);
        if n % 3 == 2 {
            ops.push(Op::Reset { var, token });
        }
    }
    let reread: Vec<Op> = (0..VERSIONS).map(|n| items(snapshot(n))).collect();
    let answers = state.then(&[&ops[..], &reread].concat())?;
    let first = ops.iter().zip(&answers).filter(|(op, _)| matches!(op, Op::Items { .. })).map(|(_, answer)| answer);
    assert!(first.eq(&answers[ops.len()..]));
    Some(())
}

// ------------------------------------------------------------------------------------ negative controls

/// Whether some program shows that the fault breaks the law.
fn is_broken_by(law: Law, fault: &str) -> bool {
    let by = Machine::Design(designs::find(BUGS, fault).expect("a fault of the catalogue").subject);
    let mut g = Gen::from_size_and_seed(100, 0x5eed);
    (0..200).any(|_| {
        let program = Generated::<Stress>::arbitrary(&mut g);
        let judged = catch_unwind(AssertUnwindSafe(|| law(&Reached { program: &program, by })));
        judged.is_err()
    })
}

#[test]
fn faults_of_the_catalogue_break_the_laws() {
    assert!(is_broken_by(copy_commutes_with_sets_elsewhere, "copy-shares-cell"));
    assert!(is_broken_by(every_earlier_version_stays, "copy-shares-cell"));
    assert!(is_broken_by(reset_undoes, "token-never-used"));
}
