//! What met in an execution: whether it could have gone wrong at all.
//!
//! An execution in which nothing overlaps decides a property and says little about it. So it is counted, from the
//! history alone, how many executions contain operations of different threads that overlap in time and use the same
//! thing, and whether anything of another thread lies between a response and the thread's next invocation: without
//! that, real time orders nothing.

use crate::counts::{counted, grouped};
use crate::properties::Property;
use crate::verdict::Tally;
use contextvars_model::history::{History, Operation};
use contextvars_model::{CtxId, Op, Ret, ThreadId};
use std::collections::BTreeMap;

macro_rules! meetings {
    ($($name:ident: $text:literal)*) => {
        /// What can meet.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        enum Meeting { $($name),* }

        impl Meeting {
            const ALL: [(Meeting, &str); [$($text),*].len()] = [$((Meeting::$name, $text)),*];
        }
    };
}

meetings! {
    Get: "a get beside another thread's write of the variable"
    Enter: "two enters of one context"
    Reset: "two resets of one token"
    Read: "a read of a context beside a write in it"
    Next: "two steps of one iterator"
    New: "two variables made"
}

/// What met in one execution.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Contention {
    /// A set of bits, by the numbers of [`Meeting`].
    met: u8,
    gaps: u32,
    /// The gaps that contain an event of another thread.
    foreign: u32,
}

impl Contention {
    /// Of this history.
    pub(super) fn of(history: &History) -> Contention {
        let lanes = history.lanes();
        let parallel = || lanes.iter().filter(|(thread, _)| **thread != ThreadId(0));
        if parallel().count() < 2 {
            return Contention::default();
        }
        let operations = &history.operations;
        let mut found = Contention::default();
        for (thread, lane) in parallel() {
            for pair in lane.windows(2) {
                let (from, to) = (operations[pair[0]].responded, operations[pair[1]].invoked);
                let within = |time: u64| from < time && time < to;
                let others = || operations.iter().filter(|other| other.thread != *thread);
                found.gaps += u32::from(from <= to);
                found.foreign += u32::from(others().any(|o| within(o.invoked) || within(o.responded)));
            }
        }
        let written: BTreeMap<usize, CtxId> = parallel().flat_map(|(_, lane)| written_in(operations, lane)).collect();
        for (index, a) in operations.iter().enumerate() {
            for (later, b) in operations.iter().enumerate().skip(index + 1) {
                if a.thread != b.thread && !a.precedes(b) && !b.precedes(a) {
                    let of = meeting(a, b, written.get(&later)).or_else(|| meeting(b, a, written.get(&index)));
                    found.met |= of.map_or(0, |meeting| 1 << meeting as u8);
                }
            }
        }
        found
    }

    fn has(self, meeting: Meeting) -> bool {
        self.met & (1 << meeting as u8) != 0
    }

    /// Whether something met that could break the property.
    fn could_break(self, property: Property) -> bool {
        let any = |meetings: &[Meeting]| meetings.iter().any(|&meeting| self.has(meeting));
        match property {
            Property::Iso1 | Property::Iso2 => any(&[Meeting::Get, Meeting::New]),
            Property::Fresh1 => any(&[Meeting::Get, Meeting::Read]),
            Property::Snap1 => any(&[Meeting::Read, Meeting::Next]),
            Property::Snap2 => any(&[Meeting::Read]),
            Property::Entry1 => any(&[Meeting::Enter]),
            Property::Tok1 => any(&[Meeting::Reset]),
            _ => self.met != 0,
        }
    }
}

/// The writes of one thread's operations, in their order, that go to a named context: by index, with the context.
fn written_in(operations: &[Operation], lane: &[usize]) -> Vec<(usize, CtxId)> {
    let (mut inside, mut written) = (Vec::new(), Vec::new());
    for &index in lane {
        let Operation { op, ret, .. } = &operations[index];
        match op {
            Op::Enter { ctx } if *ret == Ret::Done => inside.push(*ctx),
            Op::Exit { .. } if *ret == Ret::Done => _ = inside.pop(),
            Op::Set { .. } | Op::Reset { .. } => written.extend(inside.last().map(|ctx| (index, *ctx))),
            _ => {}
        }
    }
    written
}

/// What it is that these two, which overlap, have in common, if the second writes in this named context.
fn meeting(a: &Operation, b: &Operation, written: Option<&CtxId>) -> Option<Meeting> {
    let reads = |ctx: CtxId| written == Some(&ctx);
    match (a.op, b.op) {
        (Op::Get { var, .. }, Op::Set { var: other, .. } | Op::Reset { var: other, .. }) => {
            (var == other).then_some(Meeting::Get)
        }
        (Op::Enter { ctx }, Op::Enter { ctx: other }) => (ctx == other).then_some(Meeting::Enter),
        (Op::Reset { token, .. }, Op::Reset { token: other, .. }) => (token == other).then_some(Meeting::Reset),
        (Op::Next { iter }, Op::Next { iter: other }) => (iter == other).then_some(Meeting::Next),
        (Op::NewVar { .. }, Op::NewVar { .. }) => Some(Meeting::New),
        (Op::Lookup { ctx, .. } | Op::Contains { ctx, .. } | Op::Len { ctx } | Op::Items { ctx }, _)
        | (Op::Copy { from: ctx, .. } | Op::Iterate { ctx, .. }, _) => reads(ctx).then_some(Meeting::Read),
        (Op::Equal { left, right }, _) => (reads(left) || reads(right)).then_some(Meeting::Read),
        _ => None,
    }
}

/// What met in many executions.
#[derive(Default)]
pub(super) struct Totals {
    executions: u64,
    gaps: u64,
    foreign: u64,
    met: [u64; Meeting::ALL.len()],
    /// Of each property, the executions that decide it and contain what could break it.
    decisive: BTreeMap<Property, u64>,
}

impl Totals {
    pub(super) fn add(&mut self, contention: Contention) {
        self.executions += 1;
        self.gaps += u64::from(contention.gaps);
        self.foreign += u64::from(contention.foreign);
        for (count, (meeting, _)) in self.met.iter_mut().zip(Meeting::ALL) {
            *count += u64::from(contention.has(meeting));
        }
    }

    pub(super) fn decides(&mut self, property: Property, decides: bool, contention: Contention) {
        *self.decisive.entry(property).or_default() += u64::from(decides && contention.could_break(property));
    }

    pub(super) fn notes(&self, tallies: &[Tally]) -> Vec<String> {
        if self.gaps == 0 {
            return Vec::new();
        }
        let met: Vec<_> = Meeting::ALL.iter().zip(self.met).map(|((_, what), n)| format!("{what}: {n}")).collect();
        let decisive = tallies.iter().filter(|tally| tally.decided > 0).map(|tally| {
            let count = self.decisive.get(&tally.property).copied().unwrap_or(0);
            format!("{} {} of {}", tally.property.id(), grouped(count), grouped(tally.decided))
        });
        vec![
            format!(
                "{} of {} between a response and the thread's next invocation contain an event of another thread",
                grouped(self.foreign),
                counted(self.gaps, "gap")
            ),
            format!("of {}, those in which something met: {}", counted(self.executions, "execution"), met.join(", ")),
            format!(
                "deciding executions in which met what could break it: {}",
                decisive.collect::<Vec<_>>().join(", ")
            ),
        ]
    }
}
