//! The file in which a child says what it is doing, and at its end what came of it.
//!
//! A head of fixed length, then the scenario that runs (while the child runs) or the result (when it is done). The
//! parent reads it when the child is dead; while that runs it reads the first byte alone.

use super::wire;
use crate::scenario::Scenario;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// What the child is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// It runs.
    Runs,
    /// It runs, and the execution takes no steps.
    Hangs,
    /// What follows is the result.
    Done,
}

/// The head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Head {
    pub(super) state: State,
    /// Whether it is inside an execution, where that is written down.
    pub(super) inside: Option<bool>,
    /// Executions begun.
    pub(super) executions: u64,
}

const LENGTH: usize = 10;

impl Head {
    fn bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[0] = match self.state {
            State::Runs => 0,
            State::Hangs => 1,
            State::Done => 2,
        };
        bytes[1] = self.inside.map_or(2, u8::from);
        bytes[2..].copy_from_slice(&self.executions.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8; LENGTH]) -> Head {
        let [state, inside, executions @ ..] = *bytes;
        Head {
            state: match state {
                1 => State::Hangs,
                2 => State::Done,
                _ => State::Runs,
            },
            inside: (inside < 2).then_some(inside == 1),
            executions: u64::from_le_bytes(executions),
        }
    }
}

/// Writes the head alone: what follows it stays.
pub(super) fn write_head(file: &mut File, head: Head) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head.bytes())
}

/// Writes the head and what follows it, in one write.
pub(super) fn write(file: &mut File, head: Head, payload: &[u8]) -> io::Result<()> {
    let mut all = head.bytes().to_vec();
    all.extend((payload.len() as u64).to_le_bytes());
    all.extend(payload);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&all)
}

/// What a file says.
pub(super) struct Contents {
    pub(super) head: Head,
    payload: Vec<u8>,
}

impl Contents {
    /// Of a child that has said nothing yet.
    fn nothing() -> Contents {
        Contents { head: Head { state: State::Runs, inside: Some(false), executions: 0 }, payload: Vec::new() }
    }

    /// Reads it.
    pub(super) fn read(file: &mut File) -> io::Result<Contents> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        let Some((head, rest)) = bytes.split_first_chunk() else { return Ok(Contents::nothing()) };
        let Some((length, rest)) = rest.split_first_chunk() else { return Ok(Contents::nothing()) };
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX).min(rest.len());
        Ok(Contents { head: Head::of(head), payload: rest[..length].to_vec() })
    }

    /// The result, if it is there.
    pub(super) fn result(&self) -> Option<&[u8]> {
        (self.head.state == State::Done).then_some(&self.payload)
    }

    /// The scenario that ran last, if one did.
    pub(super) fn scenario(&self) -> Option<Arc<Scenario>> {
        wire::value(&self.payload).ok().filter(|_| self.head.state != State::Done)
    }
}

/// What the child is doing, as far as that can be read while it runs.
pub(super) fn state(file: &mut File) -> State {
    let mut byte = [0];
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut byte));
    if read.is_ok() && byte[0] == 1 { State::Hangs } else { State::Runs }
}
