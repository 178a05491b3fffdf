//! A place in the text: the token that comes next, what may stand there, and the names used so far.

use crate::scenario::lex::{Kind, Lexer, Misuse, Names, Token};
use contextvars_model::{CtxId, Handle, IterId, Op, Ret, ThreadId, TokId, Val, VarId, WatchId};
use std::fmt;
use std::str::FromStr;

/// How deep scopes may be nested.
pub(in crate::scenario) const MAX_DEPTH: usize = 8;

pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

pub(super) type Parse<T> = Result<T, Fault>;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) lexer: Lexer<'a>,
    pub(super) token: Token<'a>,
    pub(super) at: usize,
    pub(super) names: Names<'a>,
    /// Whether all names that the text uses are in `names`.
    pub(super) all_known: bool,
    /// Whether a handle's kind was unknown.
    pub(super) unknown: bool,
    /// The operations, where each begins, and the answer that it states.
    pub(super) ops: Vec<(usize, Op, Option<Ret>)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, names: Names<'a>, all_known: bool) -> Self {
        let mut lexer = Lexer::new(text);
        let (token, at) = lexer.token();
        Parser { text, lexer, token, at, names, all_known, unknown: false, ops: Vec::new() }
    }

    pub(super) fn advance(&mut self) {
        (self.token, self.at) = self.lexer.token();
    }

    pub(super) fn wanted<T>(&self, what: impl fmt::Display) -> Parse<T> {
        let found = match self.token {
            Token::Word(word) => format!("`{word}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::Break => "the end of the step".to_owned(),
            Token::End => "the end of the text".to_owned(),
            Token::Bad(c) => format!("`{c}`, which has no meaning here"),
        };
        Err(Fault { at: self.at, message: format!("expected {what}, found {found}") })
    }

    pub(super) fn breaks(&mut self) {
        while self.token == Token::Break {
            self.advance();
        }
    }

    pub(super) fn is_symbol(&mut self, symbol: &str) -> bool {
        let is = matches!(self.token, Token::Symbol(s) if s == symbol);
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn symbol(&mut self, symbol: &'static str, context: &str) -> Parse<()> {
        if self.is_symbol(symbol) { Ok(()) } else { self.wanted(format_args!("`{symbol}` {context}")) }
    }

    pub(super) fn is_word(&mut self, word: &str) -> bool {
        let is = matches!(self.token, Token::Word(w) if w == word);
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn number<N: FromStr>(&mut self, what: &str) -> Parse<N> {
        let Token::Word(word) = self.token else { return self.wanted(format_args!("{what} (a number)")) };
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        match word.parse() {
            Ok(number) if digits => {
                self.advance();
                Ok(number)
            }
            _ if digits => Err(Fault { at: self.at, message: format!("`{word}` is too large for {what}") }),
            _ => self.wanted(format_args!("{what} (a number)")),
        }
    }

    pub(super) fn value(&mut self) -> Parse<Val> {
        self.number("a value").map(Val)
    }

    pub(super) fn thread_number(&mut self) -> Parse<ThreadId> {
        self.number("a thread").map(ThreadId)
    }

    pub(super) fn name(&mut self, kind: Kind) -> Parse<u16> {
        let noun = kind.noun();
        let Token::Word(word) = self.token else { return self.wanted(format_args!("the name of {noun}")) };
        let message = match self.names.number(word, kind, self.text) {
            Ok(id) => {
                self.advance();
                return Ok(id);
            }
            Err(Misuse::Is(other)) => format!("`{word}` is {}, but {noun} is needed here", other.noun()),
            Err(Misuse::TooMany) => format!("`{word}` has too high a number: names are numbered up to 32767"),
            Err(Misuse::NotAName) => {
                format!(
                    "`{word}` is not a name of {noun}: a name is a small letter, then small letters, digits and `_`"
                )
            }
        };
        Err(Fault { at: self.at, message })
    }

    pub(super) fn var(&mut self) -> Parse<VarId> {
        self.name(Kind::Var).map(VarId)
    }

    pub(super) fn ctx(&mut self) -> Parse<CtxId> {
        self.name(Kind::Ctx).map(|n| CtxId(n.into()))
    }

    pub(super) fn tok(&mut self) -> Parse<TokId> {
        self.name(Kind::Tok).map(TokId)
    }

    pub(super) fn iter(&mut self) -> Parse<IterId> {
        self.name(Kind::Iter).map(IterId)
    }

    pub(super) fn watcher(&mut self) -> Parse<WatchId> {
        self.name(Kind::Watch).map(WatchId)
    }

    pub(super) fn handle(&mut self) -> Parse<Handle> {
        let Token::Word(word) = self.token else { return self.wanted("the name of a handle") };
        let handle = match self.names.find(word).map(|(kind, id)| kind.handle(id)) {
            Some(Some(handle)) => handle,
            Some(None) => {
                let message =
                    format!("`{word}` is a watcher; only variables, contexts, tokens and iterators are handles");
                return Err(Fault { at: self.at, message });
            }
            None if self.all_known => {
                let message =
                    format!("nothing in this scenario makes `{word}`: make it by an earlier step or in `init`");
                return Err(Fault { at: self.at, message });
            }
            None => {
                self.unknown = true;
                Handle::Var(VarId(0))
            }
        };
        self.advance();
        Ok(handle)
    }
}
