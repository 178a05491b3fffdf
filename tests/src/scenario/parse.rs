//! From text to scenarios. `proofs-notes/scenarios.md` describes the text form on one page.

mod cursor;
mod step;

pub(super) use cursor::MAX_DEPTH;

use super::lex::{Names, Token, position};
use super::{Invalid, ParseError, Program, Scenario};
use contextvars_model::{Handle, Op, Ret, Specs, UserCode};
use cursor::{Fault, Parse, Parser};
use std::str::FromStr;
use std::sync::Arc;

impl FromStr for Scenario {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Scenario, ParseError> {
        Scenario::parse(text)
    }
}

impl Scenario {
    /// Reads the text form. What it means is checked by [`Scenario::validate`], not here.
    ///
    /// # Errors
    /// Where the text is not a scenario, and why.
    pub fn parse(text: &str) -> Result<Scenario, ParseError> {
        parsed(text).map(|(scenario, _)| scenario)
    }

    /// Reads the text form of a scenario that makes sense.
    ///
    /// # Errors
    /// Where the text is not a scenario or makes no sense, and why, with the names that the text uses.
    pub fn read(text: &str) -> Result<Scenario, ParseError> {
        let (scenario, parser) = parsed(text)?;
        match scenario.validate() {
            Ok(()) => Ok(scenario),
            Err(invalid) => {
                Err(parser.error(Fault { at: parser.place(&invalid).unwrap_or(0), message: invalid.to_string() }))
            }
        }
    }
}

/// The scenario, and the parser that has read it.
fn parsed(text: &str) -> Result<(Scenario, Parser<'_>), ParseError> {
    let mut names = Names::default();
    let mut last = false;
    loop {
        let mut parser = Parser::new(text, std::mem::take(&mut names), last);
        match parser.scenario() {
            // A `drop` or `give` before the name's first use elsewhere: now all names are known.
            Ok(_) if parser.unknown && !last => (names, last) = (parser.names, true),
            Ok(scenario) => return Ok((scenario, parser)),
            Err(fault) => return Err(parser.error(fault)),
        }
    }
}

#[derive(PartialEq, PartialOrd)]
enum Section {
    Head,
    Init,
    Thread,
    Post,
}

impl Parser<'_> {
    fn error(&self, Fault { at, message }: Fault) -> ParseError {
        let (line, column) = position(self.text, at);
        ParseError { line, column, message: self.names.as_written(&message) }
    }

    /// Where the text makes no sense.
    fn place(&self, invalid: &Invalid) -> Option<usize> {
        let lines = |word: &'static str| {
            let begins = move |line: &&str| line.trim_start().starts_with(word);
            self.text
                .split_inclusive('\n')
                .filter(begins)
                .map(|line| line.as_ptr() as usize - self.text.as_ptr() as usize)
        };
        let ops = |is: &dyn Fn(&Op) -> bool| self.ops.iter().filter(|(_, op, _)| is(op)).map(|(at, ..)| *at).collect();
        let (ops, number): (Vec<usize>, usize) = match invalid {
            Invalid::UserCode(of, _) => (ops(&|op| op == of), 0),
            Invalid::Answer(of, ret) => {
                let same = |(_, op, answer): &&(usize, Op, Option<Ret>)| op == of && answer.as_ref() == Some(ret);
                (self.ops.iter().filter(same).map(|(at, ..)| *at).collect(), 0)
            }
            Invalid::CreatedTwice(handle) => (ops(&|op| op.creates() == Some(*handle)), 1),
            Invalid::WatchedTwice(of) => (ops(&|op| matches!(op, Op::Watch { watcher } if watcher == of)), 1),
            Invalid::SpawnedTwice(of) => (ops(&|op| matches!(op, Op::Spawn { thread, .. } if thread == of)), 1),
            Invalid::NotSpawned(of) | Invalid::SpawnsItself(of) | Invalid::SpawnedOutside(of) => {
                (ops(&|op| matches!(op, Op::Spawn { thread, .. } if thread == of)), 0)
            }
            Invalid::NoSuchThread(of) => {
                (ops(&|op| matches!(op, Op::Spawn { thread, .. } | Op::Give { to: thread, .. } if thread == of)), 0)
            }
            Invalid::DropsItsScope(of) => (ops(&|op| *op == Op::Drop { handle: Handle::Ctx(*of) }), 0),
            Invalid::TooManyThreads(_) => (lines("thread").collect(), Scenario::MAX_THREADS),
            Invalid::TooManyHolders(_) => (lines("value").collect(), Scenario::MAX_HOLDERS),
            // The name stands in the first line; of the others no text can be read.
            _ => return None,
        };
        ops.get(number).copied()
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
                        "`{word}` cannot stand here: the order is allocator, value and watcher, one init, threads, \
                         one post"
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
