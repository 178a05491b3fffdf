//! Steps: operations, their answers, scopes, and what user code does.

use super::cursor::{Fault, MAX_DEPTH, Parse, Parser};
use crate::scenario::Step;
use crate::scenario::lex::Token;
use crate::scenario::words::{ERRORS, KEYWORDS, Shape, can_fail, keyword};
use crate::suggest;
use contextvars_model::{Op, Ret, UserCode};

impl Parser<'_> {
    /// `{ op; op }` or `panics { op; op }`
    pub(super) fn user_code(&mut self) -> Parse<UserCode> {
        let panics = self.opened("before what user code does")?;
        let mut ops = Vec::new();
        loop {
            self.breaks();
            if self.is_symbol("}") {
                return Ok(UserCode { ops, panics });
            }
            let op = self.op()?;
            if self.token == Token::Symbol("=>") {
                return self.wanted("`;`, a new line or `}`, for user code states no answers");
            }
            self.step_end(keyword(&op))?;
            ops.push(op);
        }
    }

    /// `{` or `panics {`; whether it panics.
    fn opened(&mut self, context: &str) -> Parse<bool> {
        let panics = self.is_word("panics");
        if self.is_symbol("{") {
            return Ok(panics);
        }
        let form = if panics { "`{`" } else { "`{` or `panics {`" };
        self.wanted(format_args!("{form} {context}"))
    }

    /// One step with the break after it.
    pub(super) fn step(&mut self, depth: usize) -> Parse<Step> {
        let at = self.at;
        if self.is_word("run") {
            return self.run(depth, at);
        }
        let op = self.op()?;
        let expected = if self.is_symbol("=>") { Some(self.answer(&op)?) } else { None };
        if let Some(last) = self.ops.last_mut() {
            last.2.clone_from(&expected);
        }
        self.step_end(keyword(&op))?;
        Ok(Step::Do(op, expected))
    }

    fn run(&mut self, depth: usize, at: usize) -> Parse<Step> {
        if depth > MAX_DEPTH {
            let message = format!("`run` is nested too deep: at most {MAX_DEPTH}");
            return Err(Fault { at, message });
        }
        let ctx = self.ctx()?;
        let panics = self.opened("before the body of `run`")?;
        let mut body = Vec::new();
        loop {
            self.breaks();
            if self.is_symbol("}") {
                self.step_end("run")?;
                return Ok(Step::Run { ctx, body, panics });
            }
            if self.token == Token::End {
                return self.wanted("`}` after the body of `run`");
            }
            body.push(self.step(depth + 1)?);
        }
    }

    pub(super) fn step_end(&mut self, after: &str) -> Parse<()> {
        match self.token {
            Token::Break => self.advance(),
            Token::End | Token::Symbol("}") => {}
            _ => return self.wanted(format_args!("`;` or the end of the line after {after}")),
        }
        Ok(())
    }

    fn op(&mut self) -> Parse<Op> {
        let at = self.at;
        let op = self.operation()?;
        self.ops.push((at, op, None));
        Ok(op)
    }

    fn operation(&mut self) -> Parse<Op> {
        let (Token::Word(word), at) = (self.token, self.at) else { return self.wanted("an operation") };
        self.advance();
        Ok(match word {
            "var" => {
                Op::NewVar { var: self.var()?, default: self.is_word("default").then(|| self.value()).transpose()? }
            }
            "get" => Op::Get { var: self.var()?, fallback: self.is_word("or").then(|| self.value()).transpose()? },
            "set" => {
                let (var, value) = (self.var()?, self.value()?);
                Op::Set { var, value, token: self.is_symbol("->").then(|| self.tok()).transpose()? }
            }
            "reset" => Op::Reset { var: self.var()?, token: self.tok()? },
            "token-var" => Op::TokenVar { token: self.tok()? },
            "token-old" => Op::TokenOld { token: self.tok()? },
            "context" => Op::NewContext { ctx: self.ctx()? },
            "copy-current" => {
                self.symbol("->", "and the name of the copy")?;
                Op::CopyCurrent { ctx: self.ctx()? }
            }
            "copy" => {
                let from = self.ctx()?;
                self.symbol("->", "and the name of the copy")?;
                Op::Copy { from, to: self.ctx()? }
            }
            "enter" => Op::Enter { ctx: self.ctx()? },
            "exit" => Op::Exit { ctx: self.ctx()? },
            "lookup" => Op::Lookup { ctx: self.ctx()?, var: self.var()? },
            "contains" => Op::Contains { ctx: self.ctx()?, var: self.var()? },
            "len" => Op::Len { ctx: self.ctx()? },
            "items" => Op::Items { ctx: self.ctx()? },
            "equal" => Op::Equal { left: self.ctx()?, right: self.ctx()? },
            "iter" => {
                let ctx = self.ctx()?;
                self.symbol("->", "and the name of the iterator")?;
                Op::Iterate { ctx, iter: self.iter()? }
            }
            "next" => Op::Next { iter: self.iter()? },
            "drop" => Op::Drop { handle: self.handle()? },
            "give" => Op::Give { handle: self.handle()?, to: self.thread_number()? },
            "spawn" => Op::Spawn { thread: self.thread_number()?, inherit: self.is_word("inherit") },
            "watch" => Op::Watch { watcher: self.watcher()? },
            "unwatch" => Op::Unwatch { watcher: self.watcher()? },
            "run" => {
                let message = "`run` cannot stand here: user code consists of single operations".into();
                return Err(Fault { at, message });
            }
            _ => {
                return Err(Fault { at, message: suggest::unknown("operation", word, KEYWORDS.iter().copied()) });
            }
        })
    }

    fn answer(&mut self, op: &Op) -> Parse<Ret> {
        if self.is_word("error") {
            let at = self.at;
            let Token::Word(word) = self.token else { return self.wanted("the kind of the error") };
            let known = ERRORS.iter().filter(|(error, _)| can_fail(op, *error));
            if let Some((error, _)) = known.clone().find(|(_, name)| *name == word) {
                self.advance();
                return Ok(Ret::Err(*error));
            }
            let can: Vec<&str> = known.map(|(_, name)| *name).collect();
            let can = if can.is_empty() {
                "it has no errors".to_owned()
            } else {
                format!("its errors are {}", can.join(", "))
            };
            return Err(Fault { at, message: format!("`{}` never fails with `{word}`: {can}", keyword(op)) });
        }
        let shape = Shape::of(op);
        Ok(match (shape, self.token) {
            (Shape::Done, Token::Word("done")) => self.taken(Ret::Done),
            (Shape::Old, Token::Word("none")) => self.taken(Ret::Old(None)),
            (Shape::Bool, Token::Word("true")) => self.taken(Ret::Bool(true)),
            (Shape::Bool, Token::Word("false")) => self.taken(Ret::Bool(false)),
            (Shape::Item, Token::Word("end")) => self.taken(Ret::Item(None)),
            (Shape::Value, Token::Word(w)) if is_digit(w) => Ret::Value(self.value()?),
            (Shape::Old, Token::Word(w)) if is_digit(w) => Ret::Old(Some(self.value()?)),
            (Shape::Count, Token::Word(w)) if is_digit(w) => Ret::Count(self.number("a count")?),
            (Shape::Slot, Token::Word("slot")) => {
                self.advance();
                Ret::Slot(self.number("a slot")?)
            }
            (Shape::Var, Token::Word(_)) => Ret::Var(self.var()?),
            (Shape::Item, Token::Symbol("(")) => {
                self.advance();
                let var = self.var()?;
                self.symbol(",", "between variable and value")?;
                let value = self.value()?;
                self.symbol(")", "after the binding")?;
                Ret::Item(Some((var, value)))
            }
            (Shape::Items, Token::Symbol("{")) => self.items()?,
            _ => {
                return self.wanted(format_args!(
                    "{} or `error KIND` as the answer of `{}`",
                    shape.example(),
                    keyword(op)
                ));
            }
        })
    }

    fn taken(&mut self, ret: Ret) -> Ret {
        self.advance();
        ret
    }

    fn items(&mut self) -> Parse<Ret> {
        let at = self.at;
        self.advance();
        let mut items = Vec::new();
        while !self.is_symbol("}") {
            if !items.is_empty() {
                self.symbol(",", "or `}` after a binding")?;
            }
            let var = self.var()?;
            self.symbol(":", "between variable and value")?;
            items.push((var, self.value()?));
        }
        items.sort_unstable();
        if items.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Fault { at, message: "a variable is bound twice: each stands once in a context".into() });
        }
        Ok(Ret::Items(items))
    }
}

fn is_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}
