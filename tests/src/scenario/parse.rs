//! From text to scenarios. `proofs-notes/scenarios.md` describes the text form on one page.

mod cursor;
mod step;

pub(super) use cursor::MAX_DEPTH;

use super::lex::{Names, Token, position};
use super::{ParseError, Program, Scenario};
use contextvars_model::{Specs, UserCode};
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

#[derive(PartialEq, PartialOrd)]
enum Section {
    Head,
    Init,
    Thread,
    Post,
}

impl Parser<'_> {
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
                "value" | "watcher" => Some(Section::Head),
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
                        "`{word}` cannot stand here: the order is value and watcher, one init, threads, one post"
                    );
                    return Err(Fault { at, message });
                }
                Some(new) => {
                    self.advance();
                    match word {
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
