//! Words, symbols and breaks of the text form, with the names in it.

use contextvars_model::{CtxId, Handle, IterId, TokId, VarId};

/// What the parser reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Symbol(&'static str),
    /// A `;` or the end of a line.
    Break,
    End,
    Bad(char),
}

/// A position in the text from which tokens are read.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0 }
    }

    /// The next token and where it begins.
    pub(super) fn token(&mut self) -> (Token<'a>, usize) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.at += bytes[self.at..].iter().position(|&b| b == b'\n').unwrap_or(bytes.len() - self.at),
                _ => break,
            }
        }
        let start = self.at;
        let Some(&first) = bytes.get(start) else { return (Token::End, start) };
        let next = bytes.get(start + 1).copied();
        let (token, length) = match (first, next) {
            (b'\n' | b';', _) => (Token::Break, 1),
            (b'=', Some(b'>')) => (Token::Symbol("=>"), 2),
            (b'-', Some(b'>')) => (Token::Symbol("->"), 2),
            (b'{', _) => (Token::Symbol("{"), 1),
            (b'}', _) => (Token::Symbol("}"), 1),
            (b'(', _) => (Token::Symbol("("), 1),
            (b')', _) => (Token::Symbol(")"), 1),
            (b':', _) => (Token::Symbol(":"), 1),
            (b',', _) => (Token::Symbol(","), 1),
            _ => {
                let rest = &bytes[start..];
                let end = (0..rest.len()).find(|&n| !is_word(rest[n], rest.get(n + 1).copied())).unwrap_or(rest.len());
                match end {
                    0 => {
                        let bad = self.text[start..].chars().next().unwrap_or('?');
                        (Token::Bad(bad), bad.len_utf8())
                    }
                    _ => (Token::Word(&self.text[start..start + end]), end),
                }
            }
        };
        self.at += length;
        (token, start)
    }
}

fn is_word(byte: u8, next: Option<u8>) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || (byte == b'-' && next != Some(b'>'))
}

/// The 1-based line and column (in characters) of a byte offset.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// What a name can name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Var,
    Ctx,
    Tok,
    Iter,
    Watch,
}

impl Kind {
    const LETTERS: [(u8, Kind); 5] =
        [(b'v', Kind::Var), (b'c', Kind::Ctx), (b't', Kind::Tok), (b'i', Kind::Iter), (b'w', Kind::Watch)];

    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Var => "a variable",
            Kind::Ctx => "a context",
            Kind::Tok => "a token",
            Kind::Iter => "an iterator",
            Kind::Watch => "a watcher",
        }
    }

    pub(super) fn handle(self, id: u16) -> Option<Handle> {
        match self {
            Kind::Var => Some(Handle::Var(VarId(id))),
            Kind::Ctx => Some(Handle::Ctx(CtxId(id.into()))),
            Kind::Tok => Some(Handle::Tok(TokId(id))),
            Kind::Iter => Some(Handle::Iter(IterId(id))),
            Kind::Watch => None,
        }
    }
}

/// The kind and number that a name such as `v0` or `c12` states by itself.
fn canonical(word: &str) -> Option<(Kind, Option<u16>)> {
    let (first, digits) = word.as_bytes().split_first()?;
    let kind = Kind::LETTERS.iter().find(|(letter, _)| letter == first)?.1;
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && (digits[0] != b'0' || digits.len() == 1);
    plain.then(|| (kind, word[1..].parse().ok().filter(|&id| id < MAX_NAMES)))
}

/// Names of a kind at most; the numbers above are the model's own.
pub(super) const MAX_NAMES: u16 = 0x8000;

/// The names of a text and their numbers. `v0`, `c1`, `t2`, `i0`, `w0` state their own; all others are numbered in the
/// order in which they first occur, above those.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    known: Vec<(&'a str, Kind, u16)>,
    next: Option<[u16; 5]>,
}

/// Why a name cannot be used.
pub(super) enum Misuse {
    NotAName,
    Is(Kind),
    TooMany,
}

impl<'a> Names<'a> {
    /// What a name is, if that is known.
    pub(super) fn find(&self, word: &str) -> Option<(Kind, u16)> {
        match canonical(word) {
            Some((kind, id)) => id.map(|id| (kind, id)),
            None => self.known.iter().rev().find(|known| known.0 == word).map(|known| (known.1, known.2)),
        }
    }

    /// A message with the names of the text in place of the numbers that they were given.
    pub(super) fn as_written(&self, message: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let written = |part: &str| {
            let word = part.trim_end_matches(|c| !is_part(c));
            let is = |(_, kind, id): &&(&str, Kind, u16)| canonical(word) == Some((*kind, Some(*id)));
            let name = self.known.iter().find(is).map_or(word, |(name, ..)| name);
            format!("{name}{}", &part[word.len()..])
        };
        message.split_inclusive(|c| !is_part(c)).map(written).collect()
    }

    /// The number of a name of this kind; a new name gets one.
    pub(super) fn number(&mut self, word: &'a str, kind: Kind, text: &'a str) -> Result<u16, Misuse> {
        match self.find(word) {
            Some((is, id)) if is == kind => return Ok(id),
            Some((is, _)) => return Err(Misuse::Is(is)),
            None if canonical(word).is_some() => return Err(Misuse::TooMany),
            None => {}
        }
        let name = word.as_bytes()[0].is_ascii_lowercase()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && word != "error";
        if !name {
            return Err(Misuse::NotAName);
        }
        let next = &mut self.next.get_or_insert_with(|| above_canonical(text))[kind as usize];
        let id = *next;
        if id >= MAX_NAMES {
            return Err(Misuse::TooMany);
        }
        *next += 1;
        self.known.push((word, kind, id));
        Ok(id)
    }
}

/// For each kind, the number after the highest that a name in the text states.
fn above_canonical(text: &str) -> [u16; 5] {
    let mut next = [0; 5];
    let mut lexer = Lexer::new(text);
    loop {
        match lexer.token().0 {
            Token::End => return next,
            Token::Word(word) => {
                if let Some((kind, Some(id))) = canonical(word) {
                    next[kind as usize] = next[kind as usize].max(id + 1);
                }
            }
            _ => {}
        }
    }
}
