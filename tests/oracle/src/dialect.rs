//! What interpreters do otherwise than the model, as data: each difference with its reason, the issue that it has at
//! CPython, and the versions that show it.
//!
//! A [`Wording`] changes what is expected. A [`Fault`] is an interpreter's own: where a step would touch one, the plan
//! of the scenario ends before it ([`Cut`](crate::plan::Cut)), and the ends are counted. The model does not change.

use contextvars_model::{Observation, Op, Ret, Trigger};
use std::fmt;

/// An interpreter, as far as differences depend on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// `cpython`, `pypy`.
    pub implementation: String,
    /// Major, minor, micro.
    pub number: (u8, u8, u8),
    /// Whether it has a global lock, which is in force.
    pub gil: bool,
}

impl Version {
    /// The oldest one that has the module.
    pub const OLDEST: (u8, u8, u8) = (3, 7, 0);

    /// The version that `3.11.7` names, as a build with a global lock.
    pub fn cpython(text: &str) -> Option<Version> {
        let mut parts = text.split('.').map(str::parse);
        let number = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        parts.next().is_none().then(|| Version { implementation: "cpython".into(), number, gil: true })
    }

    /// Major, minor, micro.
    pub fn digits(&self) -> String {
        let (major, minor, micro) = self.number;
        format!("{major}.{minor}.{micro}")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.implementation, self.digits(), if self.gil { "" } else { " without a global lock" })
    }
}

/// Texts that some versions word otherwise.
#[derive(PartialEq, Eq, Debug)]
pub struct Wording {
    /// Its name.
    pub id: &'static str,
    /// What is otherwise, and why.
    pub about: &'static str,
    /// Where it was changed.
    pub issue: &'static str,
    /// The first version that words it as the model's documentation does.
    pub until: (u8, u8, u8),
}

/// The type in the text of errors that show a context.
pub const TYPE_NAMES: Wording = Wording {
    id: "type-names",
    about: "errors show a context as `<Context object at …>`, later as `<_contextvars.Context object at …>`: the \
            static types had no module in their names",
    issue: "no issue known; seen on 3.7.16, 3.8.18 and 3.9.18, and not from 3.10.13 on",
    until: (3, 10, 0),
};

/// A fault of interpreters.
#[derive(Debug)]
pub struct Fault {
    /// Its row in the catalogue of faults.
    pub id: &'static str,
    /// What goes wrong.
    pub about: &'static str,
    /// Where it was reported.
    pub issue: &'static str,
    /// The first version without it, of each minor version that got the repair; later minor versions have it.
    repaired: &'static [(u8, u8, u8)],
    /// Whether builds without a global lock have it.
    without_gil: bool,
    /// Whether a step touches it.
    touches: fn(&Touched<'_>) -> bool,
}

impl PartialEq for Fault {
    fn eq(&self, other: &Fault) -> bool {
        self.id == other.id
    }
}

impl Eq for Fault {}

/// A step of the model, as far as faults depend on it.
pub struct Touched<'a> {
    /// The operation.
    pub op: Op,
    /// What user code did meanwhile.
    pub seen: &'a [Observation],
    /// Whether a thread got an implicit context by its own end.
    pub begun_at_end: bool,
}

/// Every fault that plans keep away from.
pub static FAULTS: &[Fault] = &[
    Fault {
        id: "A7",
        about: "a reset fills the variable's cache after the replaced value has died: what that value set is not read",
        issue: "gh-159739",
        repaired: &[(3, 14, 10), (3, 15, 2)],
        without_gil: false,
        touches: |step| {
            let reset = |op: &Op| if let Op::Reset { var, .. } = op { Some(*var) } else { None };
            let within = step.seen.iter().filter_map(|seen| reset(&seen.op.as_ref()?.0));
            let resets: Vec<_> = reset(&step.op).into_iter().chain(within).collect();
            step.seen.iter().filter(|seen| matches!(seen.trigger, Trigger::Drop(_))).any(|seen| {
                matches!(&seen.op, Some((Op::Set { var, .. } | Op::Reset { var, .. }, ret))
                    if resets.contains(var) && !matches!(ret, Ret::Err(_)))
            })
        },
    },
    Fault {
        id: "A9",
        about: "an equality of contexts walks maps that it does not hold, which user code of the values may replace",
        issue: "gh-142829",
        repaired: &[(3, 13, 12), (3, 14, 3)],
        without_gil: true,
        touches: |step| {
            let equal = |seen: &Observation| matches!(seen.op, Some((Op::Equal { .. }, _)));
            let compares = matches!(step.op, Op::Equal { .. }) || step.seen.iter().any(equal);
            compares && step.seen.iter().any(changes)
        },
    },
    Fault {
        id: "A35",
        about: "what dying values set at the end of a thread is bound in a context of the old version, whose cached \
                values are gone (A35), and never dies (A36)",
        issue: "no report known",
        repaired: &[],
        without_gil: true,
        touches: |step| step.begun_at_end,
    },
];

fn changes(seen: &Observation) -> bool {
    matches!(&seen.op, Some((Op::Set { .. } | Op::Reset { .. } | Op::Drop { .. }, ret)) if !matches!(ret, Ret::Err(_)))
}

impl Fault {
    /// The fault of this name.
    pub fn named(id: &str) -> Option<&'static Fault> {
        FAULTS.iter().find(|fault| fault.id.eq_ignore_ascii_case(id))
    }

    /// Whether an interpreter has it.
    pub fn is_in(&self, version: &Version) -> bool {
        let (major, minor, micro) = version.number;
        let same = self.repaired.iter().find(|repaired| (repaired.0, repaired.1) == (major, minor));
        let newest = self.repaired.iter().map(|repaired| (repaired.0, repaired.1)).max();
        let repaired = match same {
            Some(&(.., first)) => micro >= first,
            None => newest.is_some_and(|newest| (major, minor) > newest),
        };
        !repaired && (version.gil || self.without_gil)
    }
}

/// What an interpreter does otherwise than the model.
#[derive(Clone, Debug)]
pub struct Dialect {
    version: Version,
    /// The faults that plans keep away from.
    avoided: Vec<&'static Fault>,
    /// Whether there are watchers.
    watches: bool,
}

/// The first version whose C interface has watchers of contexts (gh-119333).
pub const WATCHERS: (u8, u8, u8) = (3, 14, 0);

impl Dialect {
    /// The dialect of an interpreter.
    pub fn of(version: &Version) -> Dialect {
        let avoided = FAULTS.iter().filter(|fault| fault.is_in(version)).collect();
        Dialect { version: version.clone(), avoided, watches: version.number >= WATCHERS }
    }

    /// What all have in common: plans keep away from every fault and from watchers, so that one plan is good for all
    /// interpreters.
    pub fn common(version: &Version) -> Dialect {
        Dialect { version: version.clone(), avoided: FAULTS.iter().collect(), watches: false }
    }

    /// Whether there are watchers.
    pub fn watches(&self) -> bool {
        self.watches
    }

    /// The same, but plans do not keep away from these faults: they are looked for.
    #[must_use]
    pub fn seeking(mut self, faults: &[&'static Fault]) -> Dialect {
        self.avoided.retain(|avoided| !faults.contains(avoided));
        self
    }

    /// The interpreter.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The fault that a step touches, of those to keep away from.
    pub fn fault(&self, step: &Touched<'_>) -> Option<&'static Fault> {
        self.avoided.iter().copied().find(|fault| (fault.touches)(step))
    }

    /// How an error shows a context, and the difference that explains it.
    pub fn context_type(&self) -> (&'static str, Option<&'static Wording>) {
        if self.version.number < TYPE_NAMES.until {
            ("Context", Some(&TYPE_NAMES))
        } else {
            ("_contextvars.Context", None)
        }
    }
}
