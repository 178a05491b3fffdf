//! The operations whose cost is measured, each a loop.

use super::fixture::{Fixture, read};
use super::value::Sample;
use contextvars::parts::cache::Cache;
use contextvars::platform::Std;

/// A loop that is measured: does its operation as many times as it is told.
pub type Program = Box<dyn FnMut(u64)>;

/// An operation of one thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Reads the variables round robin, again and again, with nothing in between.
    Warm,
    /// Enters a context, reads every variable once, and leaves.
    Cold,
    /// Enters the context that [`Cold`](Operation::Cold) enters, and leaves: what is subtracted from it.
    Bare,
    /// Binds the variables round robin; the token is dropped.
    Set,
    /// Binds a variable and resets it with the token.
    SetReset,
    /// Takes a copy of the current context and drops it.
    Copy,
    /// Enters a context and leaves it, when all variables were read in the outer one before.
    EnterExit,
}

impl Operation {
    /// The loop. One iteration is one operation; of [`Operation::Cold`], as many gets as there are variables.
    pub(super) fn program<C: Cache<Std, Sample>>(self, variables: usize) -> Program {
        let mut fixture = Fixture::<C>::new(variables);
        // Every set binds another value than the one before.
        let values: Vec<Sample> = (0..2 * variables + 1).map(|n| Sample::named(variables + n)).collect();
        let mut last = 0;
        let mut another = move || {
            last = if last + 1 == values.len() { 0 } else { last + 1 };
            values[last].clone()
        };
        match self {
            Operation::Warm => Box::new(move |iterations| {
                for _ in 0..iterations {
                    let turn = fixture.turn();
                    read(&fixture.thread, &fixture.variables[turn]);
                }
            }),
            Operation::Cold | Operation::Bare => {
                let inner = fixture.thread.copy_current();
                Box::new(move |iterations| {
                    for _ in 0..iterations {
                        fixture.thread.enter(&inner).expect("nobody is inside");
                        if self == Operation::Cold {
                            fixture.read_all();
                        }
                        fixture.thread.exit(&inner).expect("entered above");
                    }
                })
            }
            Operation::Set => Box::new(move |iterations| {
                for _ in 0..iterations {
                    let turn = fixture.turn();
                    drop(fixture.thread.set(&fixture.variables[turn], another()));
                }
            }),
            Operation::SetReset => Box::new(move |iterations| {
                for _ in 0..iterations {
                    let turn = fixture.turn();
                    let token = fixture.thread.set(&fixture.variables[turn], another());
                    fixture.thread.reset(&fixture.variables[turn], &token).expect("the token is new");
                }
            }),
            Operation::Copy => Box::new(move |iterations| {
                for _ in 0..iterations {
                    drop(fixture.thread.copy_current());
                }
            }),
            Operation::EnterExit => {
                let inner = fixture.thread.copy_current();
                fixture.read_all();
                Box::new(move |iterations| {
                    for _ in 0..iterations {
                        fixture.thread.enter(&inner).expect("nobody is inside");
                        fixture.thread.exit(&inner).expect("entered above");
                    }
                })
            }
        }
    }
}
