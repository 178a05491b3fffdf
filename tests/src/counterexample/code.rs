//! A scenario in few bytes: the form inside a token.
//!
//! One byte says which operation, whether it has its optional part, and whether an answer is stated; the names and
//! numbers after it are varints (seven bits a byte, low ones first). Codes are never given another meaning: tokens that
//! people kept must stay readable. New operations get new codes.

use crate::scenario::{ERRORS, Program, Scenario, Step};
use contextvars_model::{
    CtxId, Handle, IterId, Op, Ret, Specs, ThreadId, TokId, UserCode, Val, ValueSpec, VarId, WatchId,
};
use std::sync::Arc;

/// Why bytes are not a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken(pub &'static str);

/// Writes bytes.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

/// Reads bytes.
pub struct Reader<'a>(pub &'a [u8]);

/// Bits of the first byte of a scenario.
const VALUES: u8 = 1;
const WATCHERS: u8 = 2;
const INIT: u8 = 4;
const POST: u8 = 8;
/// The scenario has a name of its own, not the one that its reader supposes.
const NAMED: u8 = 16;
/// Each value and each watcher has one more byte, and values have what they hold.
const FULL: u8 = 32;
/// The allocator reads.
const ALLOCATOR: u8 = 64;

/// Bits of that byte, above one for each piece of user code that panics.
const HOLDS: u8 = 8;

/// Bits of the first byte of a step, above the code.
const OPTION: u8 = 32;
const ANSWER: u8 = 64;

/// The code of a scope.
const RUN: u8 = 23;

/// Scopes nested deeper are not even read.
const DEPTH: usize = 16;

impl Writer {
    /// A number.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A scenario. `name` is the one that its reader supposes.
    pub fn scenario(&mut self, scenario: &Scenario, name: &str) {
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        let Specs { values, watchers } = &*scenario.specs;
        let code = values.values().flat_map(ValueSpec::code).chain(watchers.values());
        let full = code.into_iter().any(|code| code.panics) || values.values().any(|spec| !spec.holds.is_empty());
        self.0.push(
            bit(!values.is_empty(), VALUES)
                | bit(!watchers.is_empty(), WATCHERS)
                | bit(!scenario.init.is_empty(), INIT)
                | bit(!scenario.post.is_empty(), POST)
                | bit(scenario.name != name, NAMED)
                | bit(full, FULL)
                | bit(scenario.allocator_reads, ALLOCATOR),
        );
        if scenario.name != name {
            self.number(scenario.name.len() as u64);
            self.0.extend(scenario.name.bytes());
        }
        if !values.is_empty() {
            self.number(values.len() as u64);
            values.iter().for_each(|(value, spec)| self.value(*value, spec, full));
        }
        if !watchers.is_empty() {
            self.number(watchers.len() as u64);
            for (watcher, code) in watchers {
                self.number(u64::from(watcher.0));
                self.0.extend(full.then_some(u8::from(code.panics)));
                self.ops(&code.ops);
            }
        }
        for steps in [&scenario.init, &scenario.post].into_iter().filter(|steps| !steps.is_empty()) {
            self.number(steps.len() as u64);
            self.steps(steps);
        }
        self.number(scenario.threads.len() as u64);
        for program in &scenario.threads {
            self.number((program.steps.len() as u64) << 1 | u64::from(program.spawned));
            self.steps(&program.steps);
        }
    }

    fn value(&mut self, value: Val, spec: &ValueSpec, full: bool) {
        self.number(u64::from(value.0));
        self.number(spec.class.map_or(0, |class| u64::from(class) + 1));
        if full {
            let panics = spec.code().iter().rev().fold(0, |bits, code| bits << 1 | u8::from(code.panics));
            self.0.push(panics | if spec.holds.is_empty() { 0 } else { HOLDS });
            if !spec.holds.is_empty() {
                self.number(spec.holds.len() as u64);
                spec.holds.iter().for_each(|&held| self.number(handle(held)));
            }
        }
        spec.code().into_iter().for_each(|code| self.ops(&code.ops));
    }

    fn ops(&mut self, ops: &[Op]) {
        self.number(ops.len() as u64);
        ops.iter().for_each(|op| self.op(op, 0));
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Do(op, None) => self.op(op, 0),
                Step::Do(op, Some(answer)) => {
                    self.op(op, ANSWER);
                    self.answer(answer);
                }
                Step::Run { ctx, body, panics } => {
                    self.0.push(RUN | if *panics { OPTION } else { 0 });
                    self.number(u64::from(ctx.0));
                    self.number(body.len() as u64);
                    self.steps(body);
                }
            }
        }
    }

    fn op(&mut self, op: &Op, bits: u8) {
        let (code, option, numbers): (u8, Option<u64>, [Option<u64>; 2]) = parts(op);
        self.0.push(code | bits | if option.is_some() { OPTION } else { 0 });
        numbers.into_iter().flatten().for_each(|number| self.number(number));
        // An option that is a plain yes has no number.
        option.filter(|_| !matches!(op, Op::Spawn { .. })).into_iter().for_each(|number| self.number(number));
    }

    fn answer(&mut self, answer: &Ret) {
        let (tag, numbers): (u8, Vec<u64>) = match answer {
            Ret::Done => (0, vec![]),
            Ret::Value(value) => (1, vec![u64::from(value.0)]),
            Ret::Old(None) => (2, vec![]),
            Ret::Old(Some(value)) => (3, vec![u64::from(value.0)]),
            Ret::Bool(false) => (4, vec![]),
            Ret::Bool(true) => (5, vec![]),
            Ret::Count(count) => (6, vec![*count as u64]),
            Ret::Var(var) => (7, vec![u64::from(var.0)]),
            Ret::Items(items) => {
                let pairs = items.iter().flat_map(|(var, value)| [u64::from(var.0), u64::from(value.0)]);
                (8, std::iter::once(items.len() as u64).chain(pairs).collect())
            }
            Ret::Item(None) => (9, vec![]),
            Ret::Item(Some((var, value))) => (10, vec![u64::from(var.0), u64::from(value.0)]),
            Ret::Slot(slot) => (11, vec![u64::from(*slot)]),
            Ret::Err(error) => {
                (12, vec![ERRORS.iter().position(|(known, _)| known == error).unwrap_or(ERRORS.len()) as u64])
            }
        };
        self.0.push(tag);
        numbers.into_iter().for_each(|number| self.number(number));
    }
}

/// The code of an operation, its optional part, and its other parts.
fn parts(op: &Op) -> (u8, Option<u64>, [Option<u64>; 2]) {
    let n = |number: u16| Some(u64::from(number));
    let c = |ctx: CtxId| Some(u64::from(ctx.0));
    let v = |value: Val| u64::from(value.0);
    match *op {
        Op::NewVar { var, default } => (0, default.map(v), [n(var.0), None]),
        Op::Get { var, fallback } => (1, fallback.map(v), [n(var.0), None]),
        Op::Set { var, value, token } => (2, token.map(|t| u64::from(t.0)), [n(var.0), Some(v(value))]),
        Op::Reset { var, token } => (3, None, [n(var.0), n(token.0)]),
        Op::TokenVar { token } => (4, None, [n(token.0), None]),
        Op::TokenOld { token } => (5, None, [n(token.0), None]),
        Op::NewContext { ctx } => (6, None, [c(ctx), None]),
        Op::CopyCurrent { ctx } => (7, None, [c(ctx), None]),
        Op::Copy { from, to } => (8, None, [c(from), c(to)]),
        Op::Enter { ctx } => (9, None, [c(ctx), None]),
        Op::Exit { ctx } => (10, None, [c(ctx), None]),
        Op::Lookup { ctx, var } => (11, None, [c(ctx), n(var.0)]),
        Op::Contains { ctx, var } => (12, None, [c(ctx), n(var.0)]),
        Op::Len { ctx } => (13, None, [c(ctx), None]),
        Op::Items { ctx } => (14, None, [c(ctx), None]),
        Op::Equal { left, right } => (15, None, [c(left), c(right)]),
        Op::Iterate { ctx, iter } => (16, None, [c(ctx), n(iter.0)]),
        Op::Next { iter } => (17, None, [n(iter.0), None]),
        Op::Drop { handle: of } => (18, None, [Some(handle(of)), None]),
        Op::Give { handle: of, to } => (19, None, [Some(handle(of)), n(to.0)]),
        Op::Spawn { thread, inherit } => (20, inherit.then_some(0), [n(thread.0), None]),
        Op::Watch { watcher } => (21, None, [n(watcher.0), None]),
        Op::Unwatch { watcher } => (22, None, [n(watcher.0), None]),
        Op::End => (24, None, [None, None]),
    }
}

/// The kind in two bits, the number above them.
fn handle(handle: Handle) -> u64 {
    let (kind, number) = match handle {
        Handle::Var(id) => (0, u32::from(id.0)),
        Handle::Ctx(id) => (1, id.0),
        Handle::Tok(id) => (2, u32::from(id.0)),
        Handle::Iter(id) => (3, u32::from(id.0)),
    };
    u64::from(number) << 2 | kind
}

type Read<T> = Result<T, Broken>;

impl Reader<'_> {
    /// A byte.
    pub fn byte(&mut self) -> Read<u8> {
        let (&first, rest) = self.0.split_first().ok_or(Broken("it ends too early"))?;
        self.0 = rest;
        Ok(first)
    }

    /// A number.
    pub fn number(&mut self) -> Read<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                // One form for each number, so that one token stands for one failure.
                return if byte == 0 && shift > 0 { Err(Broken("a number is too long")) } else { Ok(number) };
            }
        }
        Err(Broken("a number is too large"))
    }

    /// A number of a type.
    pub fn small<N: TryFrom<u64>>(&mut self) -> Read<N> {
        N::try_from(self.number()?).map_err(|_| Broken("a number is too large"))
    }

    /// A count of things, each of which takes a byte at least.
    pub fn count(&mut self) -> Read<usize> {
        let count = self.small::<usize>()?;
        if count <= self.0.len() { Ok(count) } else { Err(Broken("it ends too early")) }
    }

    /// A scenario. `name` is the one that it has if it states none.
    pub fn scenario(&mut self, name: &str) -> Read<Scenario> {
        let bits = self.byte()?;
        if bits >= ALLOCATOR << 1 {
            return Err(Broken("it has parts that are not known"));
        }
        let name = if bits & NAMED != 0 { self.name()? } else { name.to_string() };
        let mut specs = Specs::default();
        for _ in 0..if bits & VALUES != 0 { self.count()? } else { 0 } {
            let value = Val(self.small()?);
            let spec = self.value(bits & FULL != 0)?;
            if specs.values.insert(value, spec).is_some() {
                return Err(Broken("a value is described twice"));
            }
        }
        for _ in 0..if bits & WATCHERS != 0 { self.count()? } else { 0 } {
            let watcher = WatchId(self.small()?);
            let panics = if bits & FULL != 0 { self.bits(2)? == 1 } else { false };
            let ops = self.ops()?;
            if specs.watchers.insert(watcher, UserCode { ops, panics }).is_some() {
                return Err(Broken("a watcher is described twice"));
            }
        }
        let init = if bits & INIT != 0 { self.list()? } else { Vec::new() };
        let post = if bits & POST != 0 { self.list()? } else { Vec::new() };
        let mut threads = Vec::new();
        for _ in 0..self.count()? {
            let head = self.small::<usize>()?;
            threads.push(Program { spawned: head & 1 != 0, steps: self.steps(head >> 1, 0)? });
        }
        let allocator_reads = bits & ALLOCATOR != 0;
        Ok(Scenario { name, init, threads, post, specs: Arc::new(specs), allocator_reads })
    }

    fn name(&mut self) -> Read<String> {
        let count = self.count()?;
        let (name, rest) = self.0.split_at(count);
        self.0 = rest;
        let text = std::str::from_utf8(name).map_err(|_| Broken("its name is no name"))?;
        let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if is_name { Ok(text.to_string()) } else { Err(Broken("its name is no name")) }
    }

    /// A byte below `end`.
    fn bits(&mut self, end: u8) -> Read<u8> {
        let bits = self.byte()?;
        if bits < end { Ok(bits) } else { Err(Broken("it has parts that are not known")) }
    }

    fn value(&mut self, full: bool) -> Read<ValueSpec> {
        let class = match self.number()? {
            0 => None,
            class => Some(u32::try_from(class - 1).map_err(|_| Broken("a number is too large"))?),
        };
        let mut spec = ValueSpec { class, ..ValueSpec::default() };
        let bits = if full { self.bits(HOLDS << 1)? } else { 0 };
        for _ in 0..if bits & HOLDS != 0 { self.count()? } else { 0 } {
            spec.holds.push(self.handle()?);
        }
        for (n, code) in spec.code_mut().into_iter().enumerate() {
            *code = UserCode { ops: self.ops()?, panics: bits & (1 << n) != 0 };
        }
        Ok(spec)
    }

    fn ops(&mut self) -> Read<Vec<Op>> {
        (0..self.count()?)
            .map(|_| {
                let head = self.byte()?;
                if head & ANSWER == 0 { self.op(head) } else { Err(Broken("user code states an answer")) }
            })
            .collect()
    }

    fn list(&mut self) -> Read<Vec<Step>> {
        let count = self.count()?;
        self.steps(count, 0)
    }

    fn steps(&mut self, count: usize, depth: usize) -> Read<Vec<Step>> {
        if depth > DEPTH {
            return Err(Broken("its scopes are nested too deep"));
        }
        let mut steps = Vec::new();
        for _ in 0..count {
            let head = self.byte()?;
            steps.push(if head & !OPTION == RUN {
                let ctx = self.ctx()?;
                let count = self.count()?;
                Step::Run { ctx, body: self.steps(count, depth + 1)?, panics: head & OPTION != 0 }
            } else {
                let op = self.op(head & !ANSWER)?;
                let answer = (head & ANSWER != 0).then(|| self.answer()).transpose()?;
                Step::Do(op, answer)
            });
        }
        Ok(steps)
    }

    fn op(&mut self, head: u8) -> Read<Op> {
        let option = head & OPTION != 0;
        let op = match head & !OPTION {
            0 => Op::NewVar { var: self.var()?, default: self.option(option, Self::val)? },
            1 => Op::Get { var: self.var()?, fallback: self.option(option, Self::val)? },
            2 => Op::Set { var: self.var()?, value: self.val()?, token: self.option(option, Self::tok)? },
            3 => Op::Reset { var: self.var()?, token: self.tok()? },
            4 => Op::TokenVar { token: self.tok()? },
            5 => Op::TokenOld { token: self.tok()? },
            6 => Op::NewContext { ctx: self.ctx()? },
            7 => Op::CopyCurrent { ctx: self.ctx()? },
            8 => Op::Copy { from: self.ctx()?, to: self.ctx()? },
            9 => Op::Enter { ctx: self.ctx()? },
            10 => Op::Exit { ctx: self.ctx()? },
            11 => Op::Lookup { ctx: self.ctx()?, var: self.var()? },
            12 => Op::Contains { ctx: self.ctx()?, var: self.var()? },
            13 => Op::Len { ctx: self.ctx()? },
            14 => Op::Items { ctx: self.ctx()? },
            15 => Op::Equal { left: self.ctx()?, right: self.ctx()? },
            16 => Op::Iterate { ctx: self.ctx()?, iter: self.iter()? },
            17 => Op::Next { iter: self.iter()? },
            18 => Op::Drop { handle: self.handle()? },
            19 => Op::Give { handle: self.handle()?, to: ThreadId(self.small()?) },
            20 => Op::Spawn { thread: ThreadId(self.small()?), inherit: option },
            21 => Op::Watch { watcher: WatchId(self.small()?) },
            22 => Op::Unwatch { watcher: WatchId(self.small()?) },
            24 => Op::End,
            _ => return Err(Broken("it has an operation that is not known")),
        };
        let may = matches!(op, Op::NewVar { .. } | Op::Get { .. } | Op::Set { .. } | Op::Spawn { .. });
        if option && !may { Err(Broken("an operation has an option that it cannot have")) } else { Ok(op) }
    }

    fn option<T>(&mut self, is: bool, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        is.then(|| read(self)).transpose()
    }

    fn var(&mut self) -> Read<VarId> {
        self.small().map(VarId)
    }

    fn ctx(&mut self) -> Read<CtxId> {
        self.small::<u16>().map(|n| CtxId(n.into()))
    }

    fn tok(&mut self) -> Read<TokId> {
        self.small().map(TokId)
    }

    fn iter(&mut self) -> Read<IterId> {
        self.small().map(IterId)
    }

    fn val(&mut self) -> Read<Val> {
        self.small().map(Val)
    }

    fn handle(&mut self) -> Read<Handle> {
        let coded = self.number()?;
        let number = u16::try_from(coded >> 2).map_err(|_| Broken("a number is too large"))?;
        Ok(match coded & 3 {
            0 => Handle::Var(VarId(number)),
            1 => Handle::Ctx(CtxId(number.into())),
            2 => Handle::Tok(TokId(number)),
            _ => Handle::Iter(IterId(number)),
        })
    }

    fn answer(&mut self) -> Read<Ret> {
        Ok(match self.byte()? {
            0 => Ret::Done,
            1 => Ret::Value(self.val()?),
            2 => Ret::Old(None),
            3 => Ret::Old(Some(self.val()?)),
            4 => Ret::Bool(false),
            5 => Ret::Bool(true),
            6 => Ret::Count(self.small()?),
            7 => Ret::Var(self.var()?),
            8 => {
                let pairs = (0..self.count()?).map(|_| Ok((self.var()?, self.val()?)));
                Ret::Items(pairs.collect::<Read<Vec<_>>>()?)
            }
            9 => Ret::Item(None),
            10 => Ret::Item(Some((self.var()?, self.val()?))),
            11 => Ret::Slot(self.small()?),
            12 => {
                let (error, _) =
                    ERRORS.get(self.small::<usize>()?).ok_or(Broken("it has an error that is not known"))?;
                Ret::Err(*error)
            }
            _ => return Err(Broken("it has an answer that is not known")),
        })
    }
}
