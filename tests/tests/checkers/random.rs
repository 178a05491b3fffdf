//! Random sound histories: the model itself performs random operations of random threads; then every operation is given
//! an interval around the moment at which it took effect.

use contextvars_check::outcome::{LedgerReport, Outcome};
use contextvars_model::history::{History, Operation};
use contextvars_model::{CtxId, Handle, IterId, Op, Ret, State, ThreadId, TokId, Val, VarId, step_observed};

/// A small pseudo-random generator (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n.max(1)
    }

    /// True `percent` times in a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.below(of.len() as u64) as usize).copied()
    }
}

/// An outcome with nothing but a history.
pub(crate) fn outcome(history: History) -> Outcome {
    Outcome { history, seen: Vec::new(), unexpected: Vec::new(), ledger: LedgerReport::default() }
}

struct Made {
    state: State,
    random: Random,
    next: u16,
    /// At the moment of its effect.
    performed: Vec<Operation>,
}

const TICK: u64 = 1000;

impl Made {
    fn fresh(&mut self) -> u16 {
        self.next += 1;
        self.next
    }

    fn perform(&mut self, thread: ThreadId, op: Op) {
        let observed = match op {
            Op::Next { iter } => self.state.iterators.get(&iter).and_then(|i| {
                let left: Vec<_> = i.remaining.iter().map(|(&var, &value)| (var, value)).collect();
                self.random.pick(&left).map(|item| Ret::Item(Some(item)))
            }),
            _ => None,
        };
        let ret = step_observed(&mut self.state, thread, &op, observed.as_ref());
        let at = (self.performed.len() as u64 + 1) * TICK;
        self.performed.push(Operation { thread, op, ret, invoked: at, responded: at });
    }

    fn op(&mut self, thread: ThreadId) -> Op {
        let held: Vec<Handle> = self.state.threads.get(&thread).into_iter().flat_map(|t| t.held.clone()).collect();
        let any = |random: &mut Random, of: fn(&Handle) -> bool| {
            let some: Vec<Handle> = held.iter().copied().filter(of).collect();
            random.pick(&some)
        };
        let random = &mut self.random;
        let var = match any(random, |h| matches!(h, Handle::Var(_))) {
            Some(Handle::Var(var)) => var,
            _ => VarId(0),
        };
        let mut ctx = || match any(random, |h| matches!(h, Handle::Ctx(_))) {
            Some(Handle::Ctx(ctx)) => ctx,
            _ => CtxId(0),
        };
        let (ctx, other) = (ctx(), ctx());
        let token = match any(random, |h| matches!(h, Handle::Tok(_))) {
            Some(Handle::Tok(token)) => token,
            _ => TokId(0),
        };
        let iter = match any(random, |h| matches!(h, Handle::Iter(_))) {
            Some(Handle::Iter(iter)) => iter,
            _ => IterId(0),
        };
        let inside = self.state.current(thread).filter(|c| c.is_named());
        let (kind, n) = (self.random.below(100), self.fresh());
        match kind {
            0..18 => Op::Get { var, fallback: (n % 5 == 0).then_some(Val(u32::from(n))) },
            18..34 => Op::Set { var, value: Val(u32::from(n)), token: (n % 3 > 0).then_some(TokId(n)) },
            34..41 => match self.state.tokens.get(&token) {
                Some(known) if n % 4 > 0 => Op::Reset { var: known.var, token },
                _ => Op::Reset { var, token },
            },
            41..43 => Op::TokenOld { token },
            43..44 => Op::TokenVar { token },
            44..56 => Op::Enter { ctx },
            56..65 => Op::Exit { ctx: inside.filter(|_| n % 6 > 0).unwrap_or(ctx) },
            65..68 => Op::CopyCurrent { ctx: CtxId(n.into()) },
            68..73 => Op::Copy { from: ctx, to: CtxId(n.into()) },
            73..78 => Op::Lookup { ctx, var },
            78..81 => Op::Contains { ctx, var },
            81..84 => Op::Len { ctx },
            84..88 => Op::Items { ctx },
            88..91 => Op::Iterate { ctx, iter: IterId(n) },
            91..96 => Op::Next { iter },
            96..97 => Op::Equal { left: ctx, right: other },
            97..98 => Op::NewContext { ctx: CtxId(n.into()) },
            98..99 => self.random.pick(&held).map_or(Op::Len { ctx }, |handle| Op::Drop { handle }),
            _ => {
                let to = ThreadId(1 + n % 2);
                self.random.pick(&held).map_or(Op::Len { ctx }, |handle| Op::Give { handle, to })
            }
        }
    }

    /// Gives the operations of each thread intervals around their effects, one after the other; now and then one inside
    /// the one before it, as user code has them.
    fn widen(&mut self, range: std::ops::Range<usize>, wide: bool) {
        let end = (range.end as u64 + 1) * TICK - 1;
        for index in range.clone() {
            let Operation { thread, invoked: at, .. } = self.performed[index];
            let own = |other: &Operation| other.thread == thread;
            let starts = |other: &Operation| matches!(other.op, Op::Spawn { thread: t, .. } if t == thread);
            let earlier = self.performed[range.start..index].iter().rev().find(|o| own(o) || starts(o));
            let later = self.performed[index + 1..range.end].iter().find(|o| own(o));
            let from = earlier.map_or(range.start as u64 * TICK + 1, |o| o.responded + 1).min(at);
            let to = later.map_or(end, |o| o.invoked - 1).max(at);
            let reach = if wide { TICK * 40 } else { 9 };
            let before = self.random.below((at - from).min(reach) + 1);
            let after = self.random.below((to - at).min(reach) + 1);
            (self.performed[index].invoked, self.performed[index].responded) = (at - before, at + after);
        }
        for index in range.clone().rev().filter(|_| wide) {
            let Operation { thread, responded, op, .. } = self.performed[index];
            let outer = self.performed[range.start..index].iter_mut().rev().find(|o| o.thread == thread);
            if let Some(outer) = outer.filter(|_| op != Op::End && self.random.chance(8)) {
                outer.responded = responded;
            }
        }
    }
}

/// A random sound history: two or three threads, two variables, two to three contexts to begin with.
pub(crate) fn history(seed: u64) -> History {
    let mut made = Made { state: State::default(), random: Random(seed), next: 10, performed: Vec::new() };
    let main = ThreadId(0);
    for (var, default) in [(0, None), (1, Some(Val(9)))] {
        made.perform(main, Op::NewVar { var: VarId(var), default });
    }
    for ctx in 0..2 + made.random.below(2) as u32 {
        made.perform(main, Op::NewContext { ctx: CtxId(ctx) });
    }
    for _ in 0..made.random.below(6) {
        let op = made.op(main);
        made.perform(main, op);
    }
    let threads = 2 + made.random.below(2) as u16;
    let spawned = made.random.chance(30).then_some(ThreadId(threads));
    if let Some(thread) = spawned.filter(|_| made.random.chance(40)) {
        made.perform(main, Op::Spawn { thread, inherit: true });
    }
    let mut started = made.state.threads.contains_key(&ThreadId(threads)) || spawned.is_none();
    let init = made.performed.len();
    made.state.fork(threads);
    let mut alive: Vec<ThreadId> = (1..=threads).map(ThreadId).filter(|&t| started || Some(t) != spawned).collect();
    let mut pending = Vec::new();
    for _ in 0..8 + made.random.below(16) {
        let Some(thread) = made.random.pick(&alive) else { break };
        if let Some(child) = spawned.filter(|_| !started && made.random.chance(20)) {
            let inherit = made.random.chance(70);
            made.perform(thread, Op::Spawn { thread: child, inherit });
            alive.push(child);
            started = true;
            continue;
        }
        let op = made.op(thread);
        if made.random.chance(1) {
            let at = (made.performed.len() as u64 + 1) * TICK;
            match made.random.chance(60) {
                true => made.perform(thread, op),
                false => made.performed.push(Operation { thread, op, ret: Ret::Done, invoked: at, responded: at }),
            }
            pending.push(made.performed.len() - 1);
            alive.retain(|&t| t != thread);
            continue;
        }
        made.perform(thread, op);
    }
    while let Some(thread) = made.random.pick(&alive) {
        made.perform(thread, Op::End);
        alive.retain(|&t| t != thread);
    }
    let parallel = made.performed.len();
    for _ in 0..made.random.below(5) {
        let op = made.op(main);
        made.perform(main, op);
    }
    let post = made.performed.len();
    let wide = made.random.chance(70);
    made.widen(init..parallel, wide);
    made.widen(parallel..post, false);
    for index in pending {
        made.performed[index].responded = u64::MAX;
        made.performed[index].ret = Ret::Done;
    }
    let mut operations = made.performed;
    let rest = operations.split_off(init);
    History { threads, specs: Default::default(), init: operations, operations: rest }
}

/// The history with one answer replaced by another plausible one.
pub(crate) fn mutate(history: &History, random: &mut Random) -> Option<(History, usize)> {
    use contextvars_model::Error::*;
    let mut history = history.clone();
    let index = random.below(history.operations.len() as u64) as usize;
    let values: Vec<Val> = history.init.iter().chain(&history.operations).flat_map(|o| o.op.brings()).collect();
    let mut value = || random.pick(&values).unwrap_or(Val(7));
    let (new, other) = (value(), value());
    let operation = &mut history.operations[index];
    let old = operation.ret.clone();
    if operation.is_pending() || old == Ret::Err(NoHandle) {
        return None;
    }
    operation.ret = match (&operation.op, &old) {
        (Op::Get { .. }, Ret::Value(_)) if random.chance(30) => Ret::Err(Unbound),
        (Op::Lookup { .. }, Ret::Value(_)) if random.chance(30) => Ret::Err(NotInContext),
        (Op::Get { .. } | Op::Lookup { .. }, _) => Ret::Value(new),
        (Op::Enter { .. }, Ret::Done) => Ret::Err(AlreadyEntered),
        (Op::Exit { .. }, _) => Ret::Err(random.pick(&[NotEntered, NotCurrent])?),
        (Op::Reset { .. }, _) if old == Ret::Done || random.chance(50) => {
            Ret::Err(random.pick(&[TokenUsed, OtherVariable, OtherContext])?)
        }
        (Op::Enter { .. } | Op::Reset { .. }, _) => Ret::Done,
        (Op::TokenVar { .. }, &Ret::Var(var)) => Ret::Var(VarId(1 - var.0.min(1))),
        (Op::TokenOld { .. }, _) => Ret::Old(Some(new).filter(|_| random.chance(60))),
        (_, &Ret::Bool(yes)) => Ret::Bool(!yes),
        (_, &Ret::Count(count)) => Ret::Count(if random.chance(50) { count + 1 } else { count.saturating_sub(1) }),
        (_, Ret::Items(items)) => {
            let mut items = items.clone();
            match random.below(3) {
                0 if !items.is_empty() => drop(items.pop()),
                1 if !items.is_empty() => items[0].1 = new,
                _ => items = vec![(VarId(0), new), (VarId(1), other)],
            }
            Ret::Items(items)
        }
        (_, Ret::Item(_)) if random.chance(30) => Ret::Item(None),
        (_, &Ret::Item(Some((var, _)))) => Ret::Item(Some((var, new))),
        (_, Ret::Item(None)) => Ret::Item(Some((VarId(random.below(2) as u16), new))),
        _ => return None,
    };
    (operation.ret != old).then_some((history, index))
}
