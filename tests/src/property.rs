//! The properties, by id. They are defined in `proofs-notes/properties.md`; the checkers are in
//! [`properties`](crate::properties).

use crate::suggest;
use std::fmt;
use std::str::FromStr;

macro_rules! properties {
    ($($(#[$doc:meta])* $name:ident = $id:literal;)*) => {
        /// A property of `proofs-notes/properties.md`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Property {
            $($(#[$doc])* $name),*
        }

        impl Property {
            /// All of them, in the order of the tables.
            pub const ALL: [Property; [$(Property::$name),*].len()] = [$(Property::$name),*];

            /// Its id, for example `ISO-1`.
            pub fn id(self) -> &'static str {
                match self {
                    $(Property::$name => $id),*
                }
            }
        }
    };
}

properties! {
    /// A get never returns a value bound in a context other than the thread's current one.
    Iso1 = "ISO-1";
    /// Threads that are not connected with a thread do not change what it is answered.
    Iso2 = "ISO-2";
    /// A get returns the latest binding in the current context.
    Fresh1 = "FRESH-1";
    /// The contents of a copied context never change through operations on anything else.
    Snap1 = "SNAP-1";
    /// A reader of another thread's context sees one version that was current during the read.
    Snap2 = "SNAP-2";
    /// A context is active in at most one thread, once.
    Entry1 = "ENTRY-1";
    /// A token resets at most once, only its own variable, only in its own context.
    Tok1 = "TOK-1";
    /// Every history is linearizable with respect to the model.
    Lin1 = "LIN-1";
    /// Every value is dropped exactly once, none is reached after its drop, none is left.
    Mem1 = "MEM-1";
    /// Error kinds, their order and the absence of effects are the model's.
    Api1 = "API-1";
    /// Get is wait-free; no thread, stopped anywhere, blocks it. Seen by an engine that schedules, while it runs.
    Prog1 = "PROG-1";
    /// No deadlock, no livelock, no panic. The engines see it: an execution that comes to its end keeps it.
    Prog2 = "PROG-2";
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Property {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Property::ALL.into_iter().find(|property| property.id().eq_ignore_ascii_case(text));
        named.ok_or_else(|| suggest::unknown("property", text, Property::ALL.into_iter().map(Property::id)))
    }
}
