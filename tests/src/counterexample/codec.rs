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
                spec.holds.iter().for_each(|&held| held.write(self));
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

    /// An answer.
    pub(crate) fn answer(&mut self, answer: &Ret) {
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

/// A part of an operation.
trait Part: Sized {
    fn write(self, writer: &mut Writer);
    fn read(reader: &mut Reader<'_>) -> Read<Self>;
}

macro_rules! names {
    ($($name:ident $number:ident)*) => {$(
        impl Part for $name {
            fn write(self, writer: &mut Writer) {
                writer.number(u64::from(self.0));
            }
            fn read(reader: &mut Reader<'_>) -> Read<Self> {
                reader.small::<$number>().map(|number| $name(number.into()))
            }
        }
    )*};
}

// A scenario names at most so many contexts, whatever the model can count.
names! { VarId u16 CtxId u16 TokId u16 IterId u16 ThreadId u16 WatchId u16 Val u32 }

/// The kind in two bits, the number above them.
impl Part for Handle {
    fn write(self, writer: &mut Writer) {
        let (kind, number) = match self {
            Handle::Var(id) => (0, u32::from(id.0)),
            Handle::Ctx(id) => (1, id.0),
            Handle::Tok(id) => (2, u32::from(id.0)),
            Handle::Iter(id) => (3, u32::from(id.0)),
        };
        writer.number(u64::from(number) << 2 | kind);
    }
    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let coded = reader.number()?;
        let number = u16::try_from(coded >> 2).map_err(|_| Broken("a number is too large"))?;
        Ok(match coded & 3 {
            0 => Handle::Var(VarId(number)),
            1 => Handle::Ctx(CtxId(number.into())),
            2 => Handle::Tok(TokId(number)),
            _ => Handle::Iter(IterId(number)),
        })
    }
}

/// A part that may be missing; a bit of the first byte says whether it is there.
trait Optional: Sized {
    fn is_there(&self) -> bool;
    fn write(self, writer: &mut Writer);
    fn read(is_there: bool, reader: &mut Reader<'_>) -> Read<Self>;
}

impl<T: Part + Copy> Optional for Option<T> {
    fn is_there(&self) -> bool {
        self.is_some()
    }
    fn write(self, writer: &mut Writer) {
        self.into_iter().for_each(|part| part.write(writer));
    }
    fn read(is_there: bool, reader: &mut Reader<'_>) -> Read<Self> {
        is_there.then(|| T::read(reader)).transpose()
    }
}

/// A plain yes has no number.
impl Optional for bool {
    fn is_there(&self) -> bool {
        *self
    }
    fn write(self, _: &mut Writer) {}
    fn read(is_there: bool, _: &mut Reader<'_>) -> Read<Self> {
        Ok(is_there)
    }
}

macro_rules! operations {
    ($($code:literal $op:ident($($part:ident),*) $($option:ident)?;)*) => {
        impl Writer {
            pub(crate) fn op(&mut self, op: &Op, bits: u8) {
                match *op {$(
                    Op::$op { $($part,)* $($option)? } => {
                        self.0.push($code | bits $(| if $option.is_there() { OPTION } else { 0 })?);
                        $($part.write(self);)*
                        $($option.write(self);)?
                    }
                )*}
            }
        }

        impl Reader<'_> {
            pub(crate) fn op(&mut self, head: u8) -> Read<Op> {
                let is_there = head & OPTION != 0;
                match head & !OPTION {
                    $($code => {
                        let op = Op::$op {
                            $($part: Part::read(self)?,)*
                            $($option: Optional::read(is_there, self)?)?
                        };
                        let may: &[&str] = &[$(stringify!($option))?];
                        if is_there && may.is_empty() {
                            return Err(Broken("an operation has an option that it cannot have"));
                        }
                        Ok(op)
                    })*
                    _ => Err(Broken("it has an operation that is not known")),
                }
            }
        }
    };
}

// The code of each operation, its parts, and the one that may be missing.
operations! {
    0 NewVar(var) default;
    1 Get(var) fallback;
    2 Set(var, value) token;
    3 Reset(var, token);
    4 TokenVar(token);
    5 TokenOld(token);
    6 NewContext(ctx);
    7 CopyCurrent(ctx);
    8 Copy(from, to);
    9 Enter(ctx);
    10 Exit(ctx);
    11 Lookup(ctx, var);
    12 Contains(ctx, var);
    13 Len(ctx);
    14 Items(ctx);
    15 Equal(left, right);
    16 Iterate(ctx, iter);
    17 Next(iter);
    18 Drop(handle);
    19 Give(handle, to);
    20 Spawn(thread) inherit;
    21 Watch(watcher);
    22 Unwatch(watcher);
    24 End();
}

/// What is read, if it is there.
pub(crate) type Read<T> = Result<T, Broken>;

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
            spec.holds.push(Part::read(self)?);
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
                let ctx = Part::read(self)?;
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

    /// An answer.
    pub(crate) fn answer(&mut self) -> Read<Ret> {
        Ok(match self.byte()? {
            0 => Ret::Done,
            1 => Ret::Value(Part::read(self)?),
            2 => Ret::Old(None),
            3 => Ret::Old(Some(Part::read(self)?)),
            4 => Ret::Bool(false),
            5 => Ret::Bool(true),
            6 => Ret::Count(self.small()?),
            7 => Ret::Var(Part::read(self)?),
            8 => {
                let pairs = (0..self.count()?).map(|_| Ok((Part::read(self)?, Part::read(self)?)));
                Ret::Items(pairs.collect::<Read<Vec<_>>>()?)
            }
            9 => Ret::Item(None),
            10 => Ret::Item(Some((Part::read(self)?, Part::read(self)?))),
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
