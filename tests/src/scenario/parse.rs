//! From text to scenarios. `proofs-notes/scenarios.md` describes the text form on one page.

mod step;

use super::lex::{Kind, Lexer, Misuse, Names, Token, position};
use super::{Program, Scenario};
use contextvars_model::{CtxId, Handle, IterId, Specs, ThreadId, TokId, UserCode, Val, VarId, WatchId};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Where and why a text is not a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

impl FromStr for Scenario {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Scenario, ParseError> {
        Scenario::parse(text)
    }
}

impl Scenario {
    /// Reads the text form. What it means is checked by [`Scenario::validate`], not here.
    pub fn parse(text: &str) -> Result<Scenario, ParseError> {
        let mut names = Names::default();
        let mut last = false;
        loop {
            let mut parser = Parser::new(text, std::mem::take(&mut names), last);
            match parser.scenario() {
                // A `drop` or `give` before the name's first use elsewhere: now all names are known.
                Ok(_) if parser.unknown && !last => (names, last) = (parser.names, true),
                Ok(scenario) => return Ok(scenario),
                Err(Fault { at, message }) => {
                    let (line, column) = position(text, at);
                    return Err(ParseError { line, column, message });
                }
            }
        }
    }
}

struct Fault {
    at: usize,
    message: String,
}

type Parse<T> = Result<T, Fault>;

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    token: Token<'a>,
    at: usize,
    names: Names<'a>,
    /// Whether all names that the text uses are in `names`.
    all_known: bool,
    /// Whether a handle's kind was unknown.
    unknown: bool,
}

#[derive(PartialEq, PartialOrd)]
enum Section {
    Head,
    Init,
    Thread,
    Post,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, names: Names<'a>, all_known: bool) -> Self {
        let mut lexer = Lexer::new(text);
        let (token, at) = lexer.token();
        Parser { text, lexer, token, at, names, all_known, unknown: false }
    }

    fn advance(&mut self) {
        (self.token, self.at) = self.lexer.token();
    }

    fn wanted<T>(&self, what: impl fmt::Display) -> Parse<T> {
        let found = match self.token {
            Token::Word(word) => format!("`{word}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::Break => "the end of the step".to_owned(),
            Token::End => "the end of the text".to_owned(),
            Token::Bad(c) => format!("`{c}`, which has no meaning here"),
        };
        Err(Fault { at: self.at, message: format!("expected {what}, found {found}") })
    }

    fn breaks(&mut self) {
        while self.token == Token::Break {
            self.advance();
        }
    }

    fn is_symbol(&mut self, symbol: &str) -> bool {
        let is = matches!(self.token, Token::Symbol(s) if s == symbol);
        if is {
            self.advance();
        }
        is
    }

    fn symbol(&mut self, symbol: &'static str, context: &str) -> Parse<()> {
        if self.is_symbol(symbol) { Ok(()) } else { self.wanted(format_args!("`{symbol}` {context}")) }
    }

    fn is_word(&mut self, word: &str) -> bool {
        let is = matches!(self.token, Token::Word(w) if w == word);
        if is {
            self.advance();
        }
        is
    }

    fn number<N: FromStr>(&mut self, what: &str) -> Parse<N> {
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

    fn value(&mut self) -> Parse<Val> {
        self.number("a value").map(Val)
    }

    fn thread_number(&mut self) -> Parse<ThreadId> {
        self.number("a thread").map(ThreadId)
    }

    fn name(&mut self, kind: Kind) -> Parse<u16> {
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

    fn var(&mut self) -> Parse<VarId> {
        self.name(Kind::Var).map(VarId)
    }

    fn ctx(&mut self) -> Parse<CtxId> {
        self.name(Kind::Ctx).map(|n| CtxId(n.into()))
    }

    fn tok(&mut self) -> Parse<TokId> {
        self.name(Kind::Tok).map(TokId)
    }

    fn iter(&mut self) -> Parse<IterId> {
        self.name(Kind::Iter).map(IterId)
    }

    fn watcher(&mut self) -> Parse<WatchId> {
        self.name(Kind::Watch).map(WatchId)
    }

    fn handle(&mut self) -> Parse<Handle> {
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

    fn scenario(&mut self) -> Parse<Scenario> {
        self.breaks();
        if !self.is_word("scenario") {
            return self.wanted("`scenario NAME` on the first line");
        }
        let mut scenario = Scenario::default();
        if let Token::Word(name) = self.token {
            scenario.name = name.to_owned();
            self.advance();
        }
        self.step_end("the scenario's name")?;
        let mut specs = Specs::default();
        let mut section = Section::Head;
        loop {
            self.breaks();
            let (Token::Word(word), at) = (self.token, self.at) else {
                if self.token == Token::End {
                    scenario.specs = Arc::new(specs);
                    return Ok(scenario);
                }
                return self.wanted("a step, `init`, `thread` or `post`");
            };
            let opened = match word {
                "allocator" | "value" | "watcher" => Some(Section::Head),
                "init" => Some(Section::Init),
                "thread" => Some(Section::Thread),
                "post" => Some(Section::Post),
                "scenario" => {
                    return Err(Fault { at, message: "a second `scenario`: one text is one scenario".into() });
                }
                _ => None,
            };
            match opened {
                Some(new) if new < section || (new == section && matches!(new, Section::Init | Section::Post)) => {
                    let message = format!(
                        "`{word}` cannot stand here: the order is allocator, value and watcher, one init, threads, one post"
                    );
                    return Err(Fault { at, message });
                }
                Some(new) => {
                    self.advance();
                    match word {
                        "allocator" if self.is_word("reads") => scenario.allocator_reads = true,
                        "allocator" => return self.wanted("`reads` after `allocator`"),
                        "value" => self.value_spec(&mut specs, at)?,
                        "watcher" => self.watcher_spec(&mut specs, at)?,
                        "thread" => {
                            scenario.threads.push(Program { spawned: self.is_word("spawned"), steps: Vec::new() });
                        }
                        _ => {}
                    }
                    self.step_end("this line")?;
                    section = new;
                }
                None => {
                    let step = self.step(1)?;
                    match section {
                        Section::Head => {
                            let message =
                                format!("`{word}` outside a section: begin one by `init`, `thread` or `post`");
                            return Err(Fault { at, message });
                        }
                        Section::Init => scenario.init.push(step),
                        Section::Thread => scenario.threads.last_mut().expect("its section is open").steps.push(step),
                        Section::Post => scenario.post.push(step),
                    }
                }
            }
        }
    }

    fn value_spec(&mut self, specs: &mut Specs, at: usize) -> Parse<()> {
        let value = self.value()?;
        if specs.values.contains_key(&value) {
            return Err(Fault { at, message: format!("value {value} is described twice: put all on one line") });
        }
        let spec = specs.values.entry(value).or_default();
        loop {
            if self.is_word("equals-class") {
                spec.class = Some(self.number("a class")?);
            } else if self.is_word("holds") {
                spec.holds.push(self.handle()?);
                while self.is_symbol(",") {
                    spec.holds.push(self.handle()?);
                }
            } else if self.is_word("on-drop") {
                spec.on_drop = self.user_code()?;
            } else if self.is_word("on-equal") {
                spec.on_equal = self.user_code()?;
            } else if self.is_word("on-clone") {
                spec.on_clone = self.user_code()?;
            } else if matches!(self.token, Token::Break | Token::End) {
                return Ok(());
            } else {
                return self.wanted("`equals-class N`, `holds HANDLE`, `on-drop {`, `on-equal {` or `on-clone {`");
            }
        }
    }

    fn watcher_spec(&mut self, specs: &mut Specs, at: usize) -> Parse<()> {
        let watcher = self.watcher()?;
        if specs.watchers.contains_key(&watcher) {
            return Err(Fault { at, message: format!("watcher {watcher} is described twice") });
        }
        let code = if self.is_word("on-switch") { self.user_code()? } else { UserCode::default() };
        specs.watchers.insert(watcher, code);
        Ok(())
    }
}

/// How deep scopes may be nested.
pub(super) const MAX_DEPTH: usize = 8;
