//! The case: keys with chosen hashes, and operations on named versions of a map.

use contextvars::hamt::{Narrow, Wide, Width};
use std::fmt;

/// How wide the nodes of the map are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Nodes {
    /// Four slots: deep and varied trees from few keys.
    Narrow,
    /// 32 slots, as shipped.
    Wide,
}

impl Nodes {
    /// Both.
    pub const ALL: [Nodes; 2] = [Nodes::Narrow, Nodes::Wide];

    /// Hash bits that one level consumes.
    pub fn bits(self) -> u32 {
        match self {
            Nodes::Narrow => Narrow::BITS,
            Nodes::Wide => Wide::BITS,
        }
    }

    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Nodes::Narrow => "narrow",
            Nodes::Wide => "wide",
        }
    }
}

impl fmt::Display for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One operation. Versions are numbered in the order in which operations make them, 0 being the empty map; so are
/// cursors, from 0. Keys are indices into [`MapCase::hashes`].
#[expect(missing_docs, reason = "the sentence of a variant says what its fields are")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MapOp {
    /// Makes a version in which `key` is bound to a new value that *equals* all values of the same number, and is
    /// identical to none.
    Insert { from: usize, key: usize, value: u32 },
    /// Makes a version without `key`; the same contents again if it is not there.
    Remove { from: usize, key: usize },
    /// Makes a version by cloning the handle.
    Clone { from: usize },
    /// Reads one key.
    Get { of: usize, key: usize },
    /// Reads everything, by reference.
    Iterate { of: usize },
    /// Compares two versions: equal if they bind the same keys to equal values.
    Equal { left: usize, right: usize },
    /// Makes a cursor.
    Cursor { of: usize },
    /// Advances a cursor.
    Next { cursor: usize },
    /// Gives up the handle of a version.
    Drop { version: usize },
    /// Gives up a cursor.
    DropCursor { cursor: usize },
}

impl MapOp {
    /// The version that it starts from, if it makes one.
    pub fn makes_version_from(&self) -> Option<usize> {
        match *self {
            MapOp::Insert { from, .. } | MapOp::Remove { from, .. } | MapOp::Clone { from } => Some(from),
            _ => None,
        }
    }

    /// The versions that it uses.
    pub fn versions_mut(&mut self) -> Vec<&mut usize> {
        match self {
            MapOp::Insert { from, .. } | MapOp::Remove { from, .. } | MapOp::Clone { from } => vec![from],
            MapOp::Get { of, .. } | MapOp::Iterate { of } | MapOp::Cursor { of } => vec![of],
            MapOp::Equal { left, right } => vec![left, right],
            MapOp::Drop { version } => vec![version],
            MapOp::Next { .. } | MapOp::DropCursor { .. } => Vec::new(),
        }
    }

    /// The key that it uses.
    pub fn key_mut(&mut self) -> Option<&mut usize> {
        match self {
            MapOp::Insert { key, .. } | MapOp::Remove { key, .. } | MapOp::Get { key, .. } => Some(key),
            _ => None,
        }
    }

    /// The cursor that it uses.
    pub fn cursor_mut(&mut self) -> Option<&mut usize> {
        match self {
            MapOp::Next { cursor } | MapOp::DropCursor { cursor } => Some(cursor),
            _ => None,
        }
    }
}

/// A program of map operations.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MapCase {
    /// How wide the nodes are.
    pub nodes: Nodes,
    /// The keys: the hash of each.
    pub hashes: Vec<u32>,
    /// What is done.
    pub ops: Vec<MapOp>,
}

impl MapCase {
    /// The same program in nodes of another width.
    pub fn in_nodes(&self, nodes: Nodes) -> MapCase {
        MapCase { nodes, ..self.clone() }
    }

    /// Whether the case makes sense: each operation uses keys that there are, and versions and cursors that were made
    /// and not dropped. The error names the operation by its index.
    pub fn validate(&self) -> Result<(), (usize, String)> {
        let mut scope = Scope::new(self.hashes.len());
        self.ops.iter().enumerate().try_for_each(|(at, op)| scope.admit(op).map_err(|why| (at, why)))
    }
}

/// What exists at some point of a case.
#[derive(Clone, Debug)]
pub struct Scope {
    keys: usize,
    /// Whether each version still has its handle.
    versions: Vec<bool>,
    /// The same for each cursor.
    cursors: Vec<bool>,
}

impl Scope {
    /// At the beginning of a case with so many keys.
    pub fn new(keys: usize) -> Scope {
        Scope { keys, versions: vec![true], cursors: Vec::new() }
    }

    /// The number that the next version gets.
    pub fn next_version(&self) -> usize {
        self.versions.len()
    }

    /// The number that the next cursor gets.
    pub fn next_cursor(&self) -> usize {
        self.cursors.len()
    }

    /// The versions that can be used.
    pub fn versions(&self) -> Vec<usize> {
        (0..self.versions.len()).filter(|&version| self.versions[version]).collect()
    }

    /// The cursors that can be used.
    pub fn cursors(&self) -> Vec<usize> {
        (0..self.cursors.len()).filter(|&cursor| self.cursors[cursor]).collect()
    }

    /// Whether a key can be used, or why not.
    pub fn key(&self, key: usize) -> Result<(), String> {
        if key < self.keys { Ok(()) } else { Err(format!("there is no key k{key}")) }
    }

    /// Whether a version can be used, or why not.
    pub fn version(&self, version: usize) -> Result<(), String> {
        usable(&self.versions, version, 'v')
    }

    /// Whether a cursor can be used, or why not.
    pub fn cursor(&self, cursor: usize) -> Result<(), String> {
        usable(&self.cursors, cursor, 'c')
    }

    /// Takes the operation into account, if it makes sense here.
    pub fn admit(&mut self, op: &MapOp) -> Result<(), String> {
        let mut used = *op;
        used.versions_mut().into_iter().try_for_each(|version| self.version(*version))?;
        used.key_mut().map_or(Ok(()), |key| self.key(*key))?;
        used.cursor_mut().map_or(Ok(()), |cursor| self.cursor(*cursor))?;
        match *op {
            MapOp::Cursor { .. } => self.cursors.push(true),
            MapOp::Drop { version } => self.versions[version] = false,
            MapOp::DropCursor { cursor } => self.cursors[cursor] = false,
            _ => {}
        }
        self.versions.extend(op.makes_version_from().map(|_| true));
        Ok(())
    }
}

fn usable(there: &[bool], number: usize, letter: char) -> Result<(), String> {
    match there.get(number) {
        Some(true) => Ok(()),
        Some(false) => Err(format!("{letter}{number} has been dropped")),
        None => Err(format!("{letter}{number} has not been made yet")),
    }
}
