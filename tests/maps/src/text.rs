//! The text form: one line per key and per operation, so that a case is a file that one can read and edit.
//!
//! ```text
//! map narrow
//! key k0 0x80000000
//! v1 = v0 insert k0 5
//! v2 = v1 remove k0
//! v3 = v2 clone
//! get v1 k0
//! iterate v3
//! equal v1 v2
//! c0 = v3 cursor
//! next c0
//! drop v1
//! drop c0
//! ```
//! `v0` is the empty map. Versions, cursors and keys are numbered in order. `#` begins a comment.

use super::case::{MapCase, MapOp, Nodes, Scope};
use contextvars_check_base::ParseError;
use std::fmt;
use std::str::FromStr;

impl fmt::Display for MapCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "map {}", self.nodes)?;
        for (key, hash) in self.hashes.iter().enumerate() {
            writeln!(f, "key k{key} {hash:#010x}")?;
        }
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl MapCase {
    /// The line of each operation.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let (mut versions, mut cursors) = (0, 0);
        self.ops.iter().map(move |op| {
            versions += usize::from(op.makes_version_from().is_some());
            let line = line(op, versions, cursors);
            cursors += usize::from(matches!(op, MapOp::Cursor { .. }));
            line
        })
    }
}

/// The line of an operation that makes this version or cursor, if it makes any.
fn line(op: &MapOp, version: usize, cursor: usize) -> String {
    match op {
        MapOp::Insert { from, key, value } => format!("v{version} = v{from} insert k{key} {value}"),
        MapOp::Remove { from, key } => format!("v{version} = v{from} remove k{key}"),
        MapOp::Clone { from } => format!("v{version} = v{from} clone"),
        MapOp::Get { of, key } => format!("get v{of} k{key}"),
        MapOp::Iterate { of } => format!("iterate v{of}"),
        MapOp::Equal { left, right } => format!("equal v{left} v{right}"),
        MapOp::Cursor { of } => format!("c{cursor} = v{of} cursor"),
        MapOp::Next { cursor } => format!("next c{cursor}"),
        MapOp::Drop { version } => format!("drop v{version}"),
        MapOp::DropCursor { cursor } => format!("drop c{cursor}"),
    }
}

impl FromStr for MapCase {
    type Err = ParseError;

    /// Reads the text form. What it gives is valid.
    fn from_str(text: &str) -> Result<MapCase, ParseError> {
        let mut lines =
            text.lines().enumerate().map(|(n, line)| Line::new(n + 1, line)).filter(|line| !line.is_empty());
        let last = text.lines().count().max(1);
        let mut head = lines.next().unwrap_or_else(|| Line::new(last, ""));
        let nodes = head.nodes()?;
        let mut case = MapCase { nodes, hashes: Vec::new(), ops: Vec::new() };
        let mut scope = Scope::new(0);
        for mut line in lines {
            if line.peek() == Some("key") {
                if !case.ops.is_empty() {
                    return Err(line.error("keys come before the operations"));
                }
                case.hashes.push(line.key(case.hashes.len())?);
                scope = Scope::new(case.hashes.len());
            } else {
                let op = line.operation(&scope)?;
                scope.admit(&op).map_err(|why| line.error(why))?;
                case.ops.push(op);
            }
        }
        Ok(case)
    }
}

/// The words of a line that are still to be read.
struct Line<'a> {
    number: usize,
    text: &'a str,
    /// The byte at which each word begins, and the word.
    words: std::iter::Peekable<std::vec::IntoIter<(usize, &'a str)>>,
    /// The byte at which the last word read begins.
    at: usize,
}

impl<'a> Line<'a> {
    fn new(number: usize, text: &'a str) -> Self {
        let code = text.split('#').next().unwrap_or_default();
        let words: Vec<_> =
            code.split_whitespace().map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word)).collect();
        Line { number, text: code.trim_end(), words: words.into_iter().peekable(), at: 0 }
    }

    fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn peek(&mut self) -> Option<&'a str> {
        self.words.peek().map(|(_, word)| *word)
    }

    /// An error at the word that was read last.
    fn error(&self, message: impl Into<String>) -> ParseError {
        let column = self.text[..self.at].chars().count() + 1;
        ParseError { line: self.number, column, message: message.into() }
    }

    fn wanted<T>(&self, what: &str, found: &str) -> Result<T, ParseError> {
        let found = if found.is_empty() { "the end of the line".to_owned() } else { format!("`{found}`") };
        Err(self.error(format!("expected {what}, found {found}")))
    }

    /// The next word; empty at the end of the line.
    fn word(&mut self) -> &'a str {
        let (at, word) = self.words.next().unwrap_or((self.text.len(), ""));
        self.at = at;
        word
    }

    fn exactly(&mut self, wanted: &str) -> Result<(), ParseError> {
        match self.word() {
            word if word == wanted => Ok(()),
            word => self.wanted(&format!("`{wanted}`"), word),
        }
    }

    fn end(&mut self) -> Result<(), ParseError> {
        match self.word() {
            "" => Ok(()),
            word => self.wanted("the end of the line", word),
        }
    }

    fn nodes(&mut self) -> Result<Nodes, ParseError> {
        self.exactly("map")?;
        let word = self.word();
        let Some(nodes) = Nodes::ALL.into_iter().find(|nodes| nodes.name() == word) else {
            return self.wanted("`narrow` or `wide`", word);
        };
        self.end().map(|()| nodes)
    }

    fn key(&mut self, next: usize) -> Result<u32, ParseError> {
        self.exactly("key")?;
        self.exactly(&format!("k{next}"))?;
        let hash = self.number("a hash such as 0x80000000")?;
        self.end().map(|()| hash)
    }

    fn number(&mut self, what: &str) -> Result<u32, ParseError> {
        let word = self.word();
        let number = match word.strip_prefix("0x") {
            Some(digits) if !digits.starts_with('+') => u32::from_str_radix(digits, 16),
            Some(_) => return self.wanted(what, word),
            None => word.trim_start_matches('+').parse(),
        };
        number.or_else(|_| self.wanted(what, word))
    }

    /// The number of a name such as `v12`, which `check` finds usable.
    fn name(
        &mut self,
        letter: char,
        what: &str,
        check: impl Fn(usize) -> Result<(), String>,
    ) -> Result<usize, ParseError> {
        let word = self.word();
        let digits = word.strip_prefix(letter).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let Some(number) = digits.and_then(|digits| digits.parse().ok()) else {
            return self.wanted(&format!("{what} such as `{letter}0`"), word);
        };
        check(number).map_err(|why| self.error(why)).map(|()| number)
    }

    fn version(&mut self, scope: &Scope) -> Result<usize, ParseError> {
        self.name('v', "a version", |version| scope.version(version))
    }

    fn cursor(&mut self, scope: &Scope) -> Result<usize, ParseError> {
        self.name('c', "a cursor", |cursor| scope.cursor(cursor))
    }

    fn used_key(&mut self, scope: &Scope) -> Result<usize, ParseError> {
        self.name('k', "a key", |key| scope.key(key))
    }

    fn operation(&mut self, scope: &Scope) -> Result<MapOp, ParseError> {
        let first = self.word();
        let op = match first {
            "get" => MapOp::Get { of: self.version(scope)?, key: self.used_key(scope)? },
            "iterate" => MapOp::Iterate { of: self.version(scope)? },
            "equal" => MapOp::Equal { left: self.version(scope)?, right: self.version(scope)? },
            "next" => MapOp::Next { cursor: self.cursor(scope)? },
            "drop" if self.peek().is_some_and(|word| word.starts_with('c')) => {
                MapOp::DropCursor { cursor: self.cursor(scope)? }
            }
            "drop" => MapOp::Drop { version: self.version(scope)? },
            _ => self.definition(first, scope)?,
        };
        self.end().map(|()| op)
    }

    fn definition(&mut self, name: &str, scope: &Scope) -> Result<MapOp, ParseError> {
        let (version, cursor) = (format!("v{}", scope.next_version()), format!("c{}", scope.next_cursor()));
        if name != version && name != cursor {
            let known = "`get`, `iterate`, `equal`, `next` or `drop`";
            return self.wanted(&format!("`{version} =`, `{cursor} =`, {known}"), name);
        }
        self.exactly("=")?;
        let from = self.version(scope)?;
        match self.word() {
            "cursor" if name == cursor => Ok(MapOp::Cursor { of: from }),
            "insert" if name == version => {
                Ok(MapOp::Insert { from, key: self.used_key(scope)?, value: self.number("a number for the value")? })
            }
            "remove" if name == version => Ok(MapOp::Remove { from, key: self.used_key(scope)? }),
            "clone" if name == version => Ok(MapOp::Clone { from }),
            word if name == cursor => self.wanted("`cursor`", word),
            word => self.wanted("`insert`, `remove` or `clone`", word),
        }
    }
}
