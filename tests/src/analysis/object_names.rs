//! Words for what threads share: the names that the parts give their words and locks, and what is stored in them.

use crate::platform::trace::{Access, Event, Traced};
use contextvars_model::ThreadId;
use std::collections::BTreeMap;

/// What a word holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    /// A value of the scenario, or all ones for none.
    Value,
    /// The identity of a thread, or something else for nobody.
    Thread,
    /// Whether something has happened.
    Flag,
    /// A number.
    Number,
}

/// What the parts call their words and locks, and how a reader is told of them. What is not listed is told by its own
/// name, which the part should choose so that it reads well.
const NAMES: &[(&str, &str, Holds)] = &[
    ("cached value", "cached value", Holds::Value),
    ("cached thread", "cached thread", Holds::Thread),
    ("context.inside", "thread inside the context", Holds::Thread),
    ("context.vars", "context's bindings", Holds::Number),
    ("context.versions", "context's bindings", Holds::Number),
    ("context.shown", "slot of the bindings that are shown", Holds::Number),
    ("variable.entry", "entry of the variable", Holds::Number),
    ("entry.value", "value in the entry", Holds::Value),
    ("entry.thread", "thread in the entry", Holds::Thread),
    ("entry.version", "version in the entry", Holds::Number),
    ("entry.sequence", "sequence number of the entry", Holds::Number),
    ("token.used", "token's mark of use", Holds::Flag),
    ("registry.threads", "last number of a thread", Holds::Number),
    ("registry.variables", "last number of a variable", Holds::Number),
    ("iterator.cursor", "iterator's position", Holds::Number),
    ("runtime.watchers", "list of watchers", Holds::Number),
    ("runtime.watching", "number of watchers", Holds::Number),
];

/// An object that threads share: its name, and which one of that name.
pub(super) type Object = (&'static str, usize);

/// Names and values in words, for one execution.
pub(super) struct Words {
    /// Which thread stored an identity first, in objects of this name.
    identities: BTreeMap<(&'static str, u64), ThreadId>,
    /// Objects of each name.
    several: BTreeMap<&'static str, usize>,
}

impl Words {
    /// Learns from the trace which identity is whose, and of what there are several.
    pub(super) fn new(trace: &[Traced], shown: &[Object]) -> Words {
        let (mut identities, mut several) = (BTreeMap::new(), BTreeMap::new());
        for Traced { thread, event } in trace {
            let Event::Access { what, access, .. } = event else { continue };
            if holds(what) == Holds::Thread
                && *thread != ThreadId(0)
                && let Some(identity) = written(access).filter(|identity| *identity != 0)
            {
                identities.entry((*what, identity)).or_insert(*thread);
            }
        }
        for (what, _) in shown {
            *several.entry(*what).or_insert(0) += 1;
        }
        Words { identities, several }
    }

    /// An object by name; numbered where there are several.
    pub(super) fn name(&self, (what, number): Object) -> String {
        let name = NAMES.iter().find(|(known, ..)| *known == what).map_or(what, |(_, name, _)| name).replace('.', " ");
        if self.several.get(what).is_some_and(|&count| count > 1) { format!("{name} #{number}") } else { name }
    }

    /// What is stored in an object.
    pub(super) fn value(&self, (what, _): Object, value: u64) -> String {
        match holds(what) {
            _ if value == u64::MAX => "none".into(),
            Holds::Thread => match self.identities.get(&(what, value)) {
                Some(thread) => thread.to_string(),
                None if value == 0 => "nobody".into(),
                None => value.to_string(),
            },
            Holds::Flag => if value == 0 { "no" } else { "yes" }.into(),
            Holds::Value | Holds::Number => value.to_string(),
        }
    }

    /// An access in words: a verb, and what it is done to.
    pub(super) fn access(&self, object: Object, access: &Access) -> (&'static str, String) {
        let (name, value) = (self.name(object), |value: u64| self.value(object, value));
        match *access {
            Access::Load(found) => ("reads", format!("{name}: {}", value(found))),
            Access::Store(stored) => ("writes", format!("{name}: {}", value(stored))),
            Access::Swap(old, new) => ("swaps", format!("{name}: {} for {}", value(old), value(new))),
            Access::Add(added, old) => ("adds", format!("{added} to {name}: {old}")),
            Access::Exchanged(old, new) => ("changes", format!("{name}: {} to {}", value(old), value(new))),
            Access::Refused(want, found) => {
                ("cannot change", format!("{name}: it is {}, not {}", value(found), value(want)))
            }
            Access::Lock => ("locks", name),
            Access::Unlock => ("unlocks", name),
        }
    }
}

fn holds(what: &str) -> Holds {
    NAMES.iter().find(|(known, ..)| *known == what).map_or(Holds::Number, |(.., holds)| *holds)
}

/// What an access found in the object.
pub(super) fn found(access: &Access) -> Option<u64> {
    match *access {
        Access::Load(value) | Access::Refused(_, value) => Some(value),
        Access::Swap(old, _) | Access::Exchanged(old, _) | Access::Add(_, old) => Some(old),
        Access::Store(_) | Access::Lock | Access::Unlock => None,
    }
}

/// What an access left in the object.
pub(super) fn written(access: &Access) -> Option<u64> {
    match *access {
        Access::Store(value) | Access::Swap(_, value) | Access::Exchanged(_, value) => Some(value),
        Access::Add(added, old) => Some(old.wrapping_add(added)),
        Access::Load(_) | Access::Refused(..) | Access::Lock | Access::Unlock => None,
    }
}
