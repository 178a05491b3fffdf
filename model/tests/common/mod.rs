//! Random operations, runs and histories for the model's own tests and its bench.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use contextvars_model::state::State;
use contextvars_model::*;
use std::sync::Arc;

/// Marsaglia's xorshift64*: enough randomness for tests, without a dependency.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 8
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What a generated scenario may name.
pub(crate) struct Names {
    pub(crate) vars: u16,
    /// Contexts, tokens and iterators made in `init`, which all threads hold.
    pub(crate) shared: u16,
    /// Parallel threads.
    pub(crate) threads: u16,
    /// The next free name and the next fresh value.
    next: u16,
    watchers: u16,
    value: u32,
    /// What each thread has made or has been given, beyond the shared.
    own: Vec<Vec<Handle>>,
}

impl Names {
    pub(crate) fn new(vars: u16, shared: u16, threads: u16) -> Names {
        Names {
            vars,
            shared,
            threads,
            next: shared,
            watchers: 0,
            value: 0,
            own: vec![Vec::new(); usize::from(threads) + 1],
        }
    }

    fn fresh(&mut self) -> u16 {
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn value(&mut self) -> Val {
        self.value += 1;
        Val(self.value)
    }

    fn var(&self, random: &mut Random) -> VarId {
        VarId(random.below(usize::from(self.vars)) as u16)
    }

    /// A shared handle of a kind, or one of the thread's own.
    fn handle(&self, random: &mut Random, thread: ThreadId, wanted: fn(u16) -> Handle) -> Handle {
        let kind = std::mem::discriminant(&wanted(0));
        let own = &self.own[usize::from(thread.0)];
        let mine: Vec<Handle> = own.iter().copied().filter(|h| std::mem::discriminant(h) == kind).collect();
        match mine.is_empty() || random.one_in(2) {
            true => wanted(random.below(usize::from(self.shared)) as u16),
            false => random.pick(&mine),
        }
    }

    fn ctx(&self, random: &mut Random, thread: ThreadId) -> CtxId {
        match self.handle(random, thread, |n| Handle::Ctx(CtxId(n.into()))) {
            Handle::Ctx(c) => c,
            _ => unreachable!(),
        }
    }

    fn token(&self, random: &mut Random, thread: ThreadId) -> TokId {
        match self.handle(random, thread, |n| Handle::Tok(TokId(n))) {
            Handle::Tok(t) => t,
            _ => unreachable!(),
        }
    }

    fn iter(&self, random: &mut Random, thread: ThreadId) -> IterId {
        match self.handle(random, thread, |n| Handle::Iter(IterId(n))) {
            Handle::Iter(i) => i,
            _ => unreachable!(),
        }
    }

    fn any(&self, random: &mut Random, thread: ThreadId) -> Handle {
        match random.below(6) {
            0 => Handle::Var(self.var(random)),
            1 => Handle::Iter(self.iter(random, thread)),
            2 | 3 => Handle::Tok(self.token(random, thread)),
            _ => Handle::Ctx(self.ctx(random, thread)),
        }
    }

    fn other(&self, random: &mut Random) -> ThreadId {
        ThreadId(1 + random.below(usize::from(self.threads)) as u16)
    }

    /// Everything that an operation can be, with weights.
    pub(crate) fn op(&mut self, random: &mut Random, thread: ThreadId, current: Option<CtxId>) -> Op {
        let (var, ctx) = (self.var(random), self.ctx(random, thread));
        match random.below(100) {
            0..16 => Op::Get { var, fallback: None },
            16..18 => Op::Get { var, fallback: Some(self.value()) },
            18..30 => {
                let token = random.one_in(2).then(|| TokId(self.fresh()));
                Op::Set { var, value: self.value(), token }
            }
            30..37 => Op::Reset { var, token: self.token(random, thread) },
            37..38 => Op::TokenVar { token: self.token(random, thread) },
            38..39 => Op::TokenOld { token: self.token(random, thread) },
            39..41 => Op::NewContext { ctx: CtxId(self.fresh().into()) },
            41..44 => Op::CopyCurrent { ctx: CtxId(self.fresh().into()) },
            44..46 => Op::Copy { from: ctx, to: CtxId(self.fresh().into()) },
            46..56 => Op::Enter { ctx },
            56..66 => Op::Exit { ctx: current.filter(|c| c.is_named() && !random.one_in(5)).unwrap_or(ctx) },
            66..73 => Op::Lookup { ctx, var },
            73..75 => Op::Contains { ctx, var },
            75..78 => Op::Len { ctx },
            78..81 => Op::Items { ctx },
            81..83 => Op::Equal { left: ctx, right: self.ctx(random, thread) },
            83..86 => Op::Iterate { ctx, iter: IterId(self.fresh()) },
            86..93 => Op::Next { iter: self.iter(random, thread) },
            93..95 => Op::Give { handle: self.any(random, thread), to: self.other(random) },
            95..97 => Op::Drop { handle: self.any(random, thread) },
            97 => Op::NewVar { var: VarId(100 + self.fresh()), default: Some(self.value()) },
            98 => self.watch(),
            _ => self.unwatch(random),
        }
    }

    fn watch(&mut self) -> Op {
        self.watchers += 1;
        Op::Watch { watcher: WatchId(self.watchers - 1) }
    }

    fn unwatch(&self, random: &mut Random) -> Op {
        Op::Unwatch { watcher: WatchId(random.below(usize::from(self.watchers) + 1) as u16) }
    }

    /// Nothing but operations that can race with others.
    pub(crate) fn racing(&mut self, random: &mut Random, current: Option<CtxId>) -> Op {
        let n = random.below(usize::from(self.shared)) as u16;
        let (var, ctx) = (self.var(random), CtxId(n.into()));
        match random.below(100) {
            0..15 => Op::Set { var, value: self.value(), token: None },
            15..20 => Op::Get { var, fallback: None },
            20..28 => Op::Reset { var: VarId(n % self.vars), token: TokId(n) },
            28..44 => Op::Enter { ctx },
            44..60 => Op::Exit { ctx: current.filter(|c| c.is_named() && !random.one_in(5)).unwrap_or(ctx) },
            60..70 => Op::Lookup { ctx, var },
            70..75 => Op::Contains { ctx, var },
            75..80 => Op::Len { ctx },
            80..85 => Op::Items { ctx },
            85..88 => Op::Equal { left: ctx, right: CtxId(random.below(usize::from(self.shared)) as u32) },
            88..91 => Op::Copy { from: ctx, to: CtxId(self.fresh().into()) },
            91..96 => Op::Next { iter: IterId(n) },
            96..98 => self.watch(),
            _ => self.unwatch(random),
        }
    }

    /// What the thread, and who it gives to, may name from now on.
    pub(crate) fn note(&mut self, thread: ThreadId, op: &Op) {
        if let Some(handle) = op.creates() {
            self.own[usize::from(thread.0)].push(handle);
        }
        if let Op::Give { handle, to } = *op {
            self.own[usize::from(to.0)].push(handle);
        }
    }

    /// The operations of `init`: variables, and of everything shared as many as there are names.
    pub(crate) fn init(&mut self) -> Vec<Op> {
        let mut ops = Vec::new();
        for var in 0..self.vars {
            let default = (var % 2 == 0).then(|| self.value());
            ops.push(Op::NewVar { var: VarId(var), default });
        }
        for n in 0..self.shared {
            let (ctx, var) = (CtxId(n.into()), VarId(n % self.vars));
            ops.extend([Op::NewContext { ctx }, Op::Enter { ctx }]);
            ops.push(Op::Set { var, value: self.value(), token: Some(TokId(n)) });
            ops.extend([Op::Exit { ctx }, Op::Iterate { ctx, iter: IterId(n) }]);
        }
        ops
    }
}

/// How a random history is made.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) vars: u16,
    pub(crate) shared: u16,
    pub(crate) threads: u16,
    /// Operations of all threads together.
    pub(crate) operations: usize,
    /// A thread runs this many operations in a row on average: the more, the longer the others' operations last.
    pub(crate) burst: usize,
    /// How long before and after it takes effect an operation may be invoked and respond; `None`: there is no real
    /// time.
    pub(crate) width: Option<u64>,
    /// Nothing but operations that can race with others: on shared contexts, tokens and iterators.
    pub(crate) contended: bool,
    /// Whether thread 0 runs along, threads start and end anywhere, operations are nested, and some are pending.
    pub(crate) wild: bool,
}

const TICK: u64 = 1000;

/// A history that is sound because it has happened: the model ran it, one operation after the other, and the intervals
/// were drawn around the moments at which the operations took effect.
pub(crate) fn sound(random: &mut Random, shape: Shape) -> History {
    let mut names = Names::new(shape.vars, shape.shared, shape.threads);
    let mut state = State::for_history(Arc::default());
    let mut history = History { threads: shape.threads, ..History::default() };
    let record = |state: &mut State, thread, op: Op, at| {
        let ret = step(state, thread, &op);
        Operation { thread, op, ret, invoked: at, responded: at }
    };
    history.init = names.init().into_iter().map(|op| record(&mut state, ThreadId(0), op, 0)).collect();
    state.fork(shape.threads);
    let first = usize::from(!shape.wild);
    let mut thread = ThreadId(1);
    for n in 1..=shape.operations {
        if random.one_in(shape.burst) {
            thread = ThreadId((first + random.below(usize::from(shape.threads) + 1 - first)) as u16);
        }
        let op = match shape.wild && random.one_in(25) {
            true if random.one_in(3) => Op::End,
            true => Op::Spawn { thread: names.other(random), inherit: !random.one_in(3) },
            false if shape.contended => names.racing(random, state.current(thread)),
            false => names.op(random, thread, state.current(thread)),
        };
        names.note(thread, &op);
        history.operations.push(record(&mut state, thread, op, n as u64 * TICK));
    }
    widen(random, &mut history, shape);
    // The order of the vector says nothing.
    for i in (1..history.operations.len()).rev() {
        history.operations.swap(i, random.below(i + 1));
    }
    history
}

fn widen(random: &mut Random, history: &mut History, shape: Shape) {
    for lane in history.lanes().into_values() {
        let operations = &mut history.operations;
        let effects: Vec<u64> = lane.iter().map(|&i| operations[i].invoked).collect();
        let end = (shape.operations as u64 + 1) * TICK;
        let width = shape.width.unwrap_or(end).max(1);
        for (k, &i) in lane.iter().enumerate() {
            let gap = |a: u64, b: u64| ((b - a) / 2).min(width);
            let (before, after) = (if k == 0 { 0 } else { effects[k - 1] }, effects.get(k + 1).copied().unwrap_or(end));
            operations[i].invoked -= random.below(gap(before, effects[k]) as usize) as u64;
            operations[i].responded += random.below(gap(effects[k], after) as usize) as u64;
        }
        if shape.width.is_none() {
            for (k, &i) in lane.iter().enumerate() {
                (operations[i].invoked, operations[i].responded) = (k as u64, u64::MAX - 1);
            }
        } else if shape.wild {
            for k in (0..lane.len().saturating_sub(1)).rev() {
                if random.one_in(8) {
                    operations[lane[k]].responded = operations[lane[k + 1]].responded; // the second one is nested in it
                }
            }
            if random.one_in(4) {
                let last = &mut operations[lane[lane.len() - 1 - usize::from(lane.len() > 1 && random.one_in(4))]];
                last.responded = u64::MAX;
                last.ret = Ret::Done;
            }
        }
    }
}

/// Changes one answer into another one of its kind: perhaps the history is still sound.
pub(crate) fn mutate(random: &mut Random, history: &mut History) {
    let operations = &mut history.operations;
    for _ in 0..20 {
        let i = random.below(operations.len());
        let kind = std::mem::discriminant(&operations[i].op);
        let likely: Vec<Ret> =
            operations.iter().filter(|o| std::mem::discriminant(&o.op) == kind).map(|o| o.ret.clone()).collect();
        let other = match random.below(3) {
            0 => likely[random.below(likely.len())].clone(),
            _ => wrong(random, &operations[i]),
        };
        if other != operations[i].ret && !operations[i].is_pending() {
            operations[i].ret = other;
            return;
        }
    }
}

fn wrong(random: &mut Random, operation: &Operation) -> Ret {
    let value = Val(1 + random.below(12) as u32);
    match (&operation.op, &operation.ret) {
        (Op::Get { .. }, _) => random.pick(&[Ok(value), Err(Error::Unbound)]).map_or_else(Ret::Err, Ret::Value),
        (Op::Lookup { .. }, _) => random.pick(&[Ok(value), Err(Error::NotInContext)]).map_or_else(Ret::Err, Ret::Value),
        (Op::TokenOld { .. }, _) => Ret::Old(random.pick(&[None, Some(value)])),
        (_, Ret::Bool(b)) => Ret::Bool(!b),
        (_, Ret::Count(n)) => Ret::Count(n ^ 1),
        (_, Ret::Items(items)) => Ret::Items(items.iter().skip(1).copied().collect()),
        (Op::Next { .. }, _) => Ret::Item(random.pick(&[None, Some((VarId(0), value))])),
        (Op::Enter { .. }, Ret::Done) => Ret::Err(Error::AlreadyEntered),
        (Op::Exit { .. }, Ret::Done) => Ret::Err(random.pick(&[Error::NotEntered, Error::NotCurrent])),
        (Op::Reset { .. }, Ret::Done) => {
            Ret::Err(random.pick(&[Error::TokenUsed, Error::OtherVariable, Error::OtherContext]))
        }
        (_, Ret::Done) => Ret::Err(Error::NoHandle),
        _ => Ret::Done,
    }
}
