//! How requests and results go from one process to another: the bytes of tokens
//! ([`codec`](crate::counterexample::codec)), and the same for everything around a scenario. Both ends are the same
//! executable, so there are no versions.

use crate::budget::Budget;
use crate::counterexample::codec::{Broken, Read, Reader, Writer};
use crate::counterexample::reproduction::Reproduction;
use crate::counterexample::{Counterexample, Effort, End, Found, Size};
use crate::designs::{self, DesignEntry};
use crate::explore::shuttle::Switch;
use crate::explore::{Engine, Scenarios};
use crate::mutex::lock;
use crate::platform::trace::{Access, Event, Traced};
use crate::properties::{Property, Violation};
use crate::scenario::Scenario;
use crate::verdict::{Covered, Evidence, Findings, Tally};
use contextvars_model::history::Operation;
use contextvars_model::{Op, Ret, ThreadId};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What can be sent.
pub(super) trait Wire: Sized {
    fn write(&self, to: &mut Writer);
    fn read(from: &mut Reader<'_>) -> Read<Self>;
}

/// The bytes of a value.
pub(super) fn bytes(value: &impl Wire) -> Vec<u8> {
    let mut writer = Writer::default();
    value.write(&mut writer);
    writer.0
}

/// The value of these bytes, all of them.
pub(super) fn value<T: Wire>(bytes: &[u8]) -> Read<T> {
    let mut reader = Reader(bytes);
    let value = T::read(&mut reader)?;
    if reader.0.is_empty() { Ok(value) } else { Err(Broken("there is something behind its end")) }
}

impl Wire for u64 {
    fn write(&self, to: &mut Writer) {
        to.0.extend(self.to_le_bytes());
    }
    fn read(from: &mut Reader<'_>) -> Read<u64> {
        let (word, rest) = from.0.split_first_chunk().ok_or(Broken("it ends too early"))?;
        from.0 = rest;
        Ok(u64::from_le_bytes(*word))
    }
}

impl Wire for f64 {
    fn write(&self, to: &mut Writer) {
        self.to_bits().write(to);
    }
    fn read(from: &mut Reader<'_>) -> Read<f64> {
        u64::read(from).map(f64::from_bits)
    }
}

/// Types that are numbers, or made of one.
macro_rules! numbers {
    ($($type:ty: $to:expr, $from:expr;)*) => {
        $(impl Wire for $type {
            fn write(&self, to: &mut Writer) {
                to.number($to(*self));
            }
            fn read(from: &mut Reader<'_>) -> Read<$type> {
                from.small().map($from)
            }
        })*
    };
}

numbers! {
    u8: u64::from, |n: u8| n;
    u16: u64::from, |n: u16| n;
    usize: |n: usize| n as u64, |n: usize| n;
    bool: u64::from, |n: u8| n != 0;
    ThreadId: |thread: ThreadId| u64::from(thread.0), ThreadId;
}

impl Wire for String {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        to.0.extend(self.bytes());
    }
    fn read(from: &mut Reader<'_>) -> Read<String> {
        let count = from.count()?;
        let (text, rest) = from.0.split_at(count);
        from.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| Broken("a text is none"))
    }
}

/// Names in the source: the receiver keeps each for good, once.
impl Wire for &'static str {
    fn write(&self, to: &mut Writer) {
        self.to_string().write(to);
    }
    fn read(from: &mut Reader<'_>) -> Read<&'static str> {
        static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        let text = String::read(from)?;
        let mut known = lock(&KNOWN);
        Ok(known.get(text.as_str()).copied().unwrap_or_else(|| {
            let kept = text.leak();
            known.insert(kept);
            kept
        }))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut Writer) {
        self.is_some().write(to);
        self.iter().for_each(|value| value.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Read<Option<T>> {
        bool::read(from)?.then(|| T::read(from)).transpose()
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.iter().for_each(|value| value.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Read<Vec<T>> {
        (0..from.count()?).map(|_| T::read(from)).collect()
    }
}

impl<T: Wire> Wire for Arc<T> {
    fn write(&self, to: &mut Writer) {
        (**self).write(to);
    }
    fn read(from: &mut Reader<'_>) -> Read<Arc<T>> {
        T::read(from).map(Arc::new)
    }
}

impl Wire for Budget {
    fn write(&self, to: &mut Writer) {
        self.as_seconds().write(to);
    }
    fn read(from: &mut Reader<'_>) -> Read<Budget> {
        f64::read(from).map(Budget::seconds)
    }
}

impl Wire for Scenario {
    fn write(&self, to: &mut Writer) {
        to.scenario(self, "");
    }
    fn read(from: &mut Reader<'_>) -> Read<Scenario> {
        from.scenario("")
    }
}

impl Wire for Op {
    fn write(&self, to: &mut Writer) {
        to.op(self, 0);
    }
    fn read(from: &mut Reader<'_>) -> Read<Op> {
        let head = from.byte()?;
        from.op(head)
    }
}

impl Wire for Ret {
    fn write(&self, to: &mut Writer) {
        to.answer(self);
    }
    fn read(from: &mut Reader<'_>) -> Read<Ret> {
        from.answer()
    }
}

/// Sent by name.
macro_rules! named {
    ($($type:ty: $name:expr, $find:expr;)*) => {
        $(impl Wire for $type {
            fn write(&self, to: &mut Writer) {
                $name(*self).to_string().write(to);
            }
            fn read(from: &mut Reader<'_>) -> Read<$type> {
                $find(&String::read(from)?).map_err(|_| Broken("a name is not known"))
            }
        })*
    };
}

named! {
    Property: Property::id, |name: &str| name.parse::<Property>();
    Engine: Engine::name, |name: &str| name.parse::<Engine>();
    &'static DesignEntry: |entry: &DesignEntry| entry.name, |name: &str| designs::find(super::known(), name);
}

/// Sent field by field.
macro_rules! fields {
    ($($type:ident { $($field:ident),* })*) => {
        $(impl Wire for $type {
            fn write(&self, to: &mut Writer) {
                $(self.$field.write(to);)*
            }
            fn read(from: &mut Reader<'_>) -> Read<$type> {
                Ok($type { $($field: Wire::read(from)?),* })
            }
        })*
    };
}
pub(super) use fields;

fields! {
    Scenarios { pairs, small, larger, sequential, generate }
    Covered { executions, operations, outcomes, scenarios, digest }
    Tally { property, decided, inconclusive, left_open, out_of_budget, refuted_after }
    Findings { engine, covered, violations, tallies, shortfall, notes }
    Operation { thread, op, ret, invoked, responded }
    Violation { property, operations, sentence }
    Evidence { engine, violation, scenario, schedule, execution, trace }
    Traced { thread, event }
    Switch { thread, operation, step, to }
    Found { engine, execution, scenario, size }
    Size { threads, operations, around, switches }
    Effort { scenarios, executions, end }
    Counterexample { entry, evidence, way, size, found, effort }
}

/// Sent as the number of the variant, and what it has.
macro_rules! variants {
    ($($type:ident {
        $($number:literal => $variant:ident $(($($part:ident),*))? $({$($field:ident),*})?),* $(,)?
    })*) => {
        $(impl Wire for $type {
            fn write(&self, to: &mut Writer) {
                match self {
                    $($type::$variant $(($($part),*))? $({$($field),*})? => {
                        to.0.push($number);
                        $($($part.write(to);)*)? $($($field.write(to);)*)?
                    })*
                }
            }
            fn read(from: &mut Reader<'_>) -> Read<$type> {
                match from.byte()? {
                    $($number => {
                        $($(let $part = Wire::read(from)?;)*)? $($(let $field = Wire::read(from)?;)*)?
                        Ok($type::$variant $(($($part),*))? $({$($field),*})?)
                    })*
                    _ => Err(Broken("a variant is not known")),
                }
            }
        })*
    };
}
pub(super) use variants;

variants! {
    Event { 0 => Invoke(op), 1 => Respond(ret), 2 => Access { what, object, access } }
    Access {
        0 => Load(value),
        1 => Store(value),
        2 => Swap(old, new),
        3 => Add(more, old),
        4 => Exchanged(old, new),
        5 => Refused(wanted, found),
        6 => Lock,
        7 => Unlock,
    }
    Reproduction { 0 => Lockstep, 1 => Switches(switches), 2 => Loom(bound) }
    End { 0 => Smallest, 1 => Budget, 2 => NotSeenAgain, 3 => NoTime, 4 => Died }
}
