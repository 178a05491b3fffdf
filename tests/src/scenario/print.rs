//! From scenarios to text. What is printed parses back to the same scenario.

use super::words::{error_word, keyword};
use super::{Scenario, Step};
use contextvars_model::{Op, Ret, UserCode, Val, ValueSpec};
use std::fmt::{Display, Formatter, Result};

/// An operation as the text form writes it.
#[derive(Clone, Copy, Debug)]
pub struct OpText<'a>(pub &'a Op);

impl Display for OpText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let word = keyword(self.0);
        match *self.0 {
            Op::NewVar { var, default } => write!(f, "{word} {var}{}", Opt(" default ", default)),
            Op::Get { var, fallback } => write!(f, "{word} {var}{}", Opt(" or ", fallback)),
            Op::Set { var, value, token } => write!(f, "{word} {var} {value}{}", Opt(" -> ", token)),
            Op::Reset { var, token } => write!(f, "{word} {var} {token}"),
            Op::TokenVar { token } | Op::TokenOld { token } => write!(f, "{word} {token}"),
            Op::CopyCurrent { ctx } => write!(f, "{word} -> {ctx}"),
            Op::Copy { from, to } => write!(f, "{word} {from} -> {to}"),
            Op::Lookup { ctx, var } | Op::Contains { ctx, var } => write!(f, "{word} {ctx} {var}"),
            Op::Equal { left, right } => write!(f, "{word} {left} {right}"),
            Op::Iterate { ctx, iter } => write!(f, "{word} {ctx} -> {iter}"),
            Op::Next { iter } => write!(f, "{word} {iter}"),
            Op::Drop { handle } => write!(f, "{word} {handle}"),
            Op::Give { handle, to } => write!(f, "{word} {handle} {}", to.0),
            Op::Spawn { thread, inherit } => {
                write!(f, "{word} {}{}", thread.0, if inherit { " inherit" } else { "" })
            }
            Op::NewContext { ctx } | Op::Enter { ctx } | Op::Exit { ctx } | Op::Len { ctx } | Op::Items { ctx } => {
                write!(f, "{word} {ctx}")
            }
            Op::Watch { watcher } | Op::Unwatch { watcher } => write!(f, "{word} {watcher}"),
            Op::End => f.write_str(word),
        }
    }
}

/// An answer as the text form writes it.
#[derive(Clone, Copy, Debug)]
pub struct RetText<'a>(pub &'a Ret);

impl Display for RetText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Ret::Done => f.write_str("done"),
            Ret::Value(value) | Ret::Old(Some(value)) => value.fmt(f),
            Ret::Old(None) => f.write_str("none"),
            Ret::Bool(yes) => yes.fmt(f),
            Ret::Count(n) => n.fmt(f),
            Ret::Var(var) => var.fmt(f),
            Ret::Items(items) => {
                f.write_str("{")?;
                for (n, (var, value)) in items.iter().enumerate() {
                    write!(f, "{}{var}: {value}", if n > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
            Ret::Item(Some((var, value))) => write!(f, "({var}, {value})"),
            Ret::Item(None) => f.write_str("end"),
            Ret::Slot(slot) => write!(f, "slot {slot}"),
            Ret::Err(error) => write!(f, "error {}", error_word(*error)),
        }
    }
}

/// An optional part with the words before it.
struct Opt<T>(&'static str, Option<T>);

impl<T: Display> Display for Opt<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.1 {
            Some(x) => write!(f, "{}{x}", self.0),
            None => Ok(()),
        }
    }
}

/// One line, also for a scope.
impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Step::Do(op, None) => OpText(op).fmt(f),
            Step::Do(op, Some(ret)) => write!(f, "{} => {}", OpText(op), RetText(ret)),
            Step::Run { ctx, body, panics } => {
                write!(f, "run {ctx}{} {{", if *panics { " panics" } else { "" })?;
                for (n, step) in body.iter().enumerate() {
                    write!(f, "{}{step}", if n > 0 { "; " } else { " " })?;
                }
                f.write_str(" }")
            }
        }
    }
}

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "scenario{}{}", if self.name.is_empty() { "" } else { " " }, self.name)?;
        if self.allocator_reads {
            writeln!(f, "allocator reads")?;
        }
        for (value, spec) in &self.specs.values {
            value_spec(f, *value, spec)?;
        }
        for (watcher, code) in &self.specs.watchers {
            write!(f, "watcher {watcher}")?;
            hook(f, "on-switch", code)?;
            writeln!(f)?;
        }
        section(f, "init", &self.init)?;
        for (n, program) in self.threads.iter().enumerate() {
            writeln!(f, "thread{}  # {}", if program.spawned { " spawned" } else { "" }, n + 1)?;
            lines(f, &program.steps, 1)?;
        }
        section(f, "post", &self.post)
    }
}

fn section(f: &mut Formatter<'_>, word: &str, steps: &[Step]) -> Result {
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(f, "{word}")?;
    lines(f, steps, 1)
}

fn lines(f: &mut Formatter<'_>, steps: &[Step], depth: usize) -> Result {
    for step in steps {
        for _ in 0..depth {
            f.write_str("  ")?;
        }
        match step {
            Step::Run { ctx, body, panics } if !body.is_empty() => {
                writeln!(f, "run {ctx}{} {{", if *panics { " panics" } else { "" })?;
                lines(f, body, depth + 1)?;
                writeln!(f, "{:1$}}}", "", 2 * depth)?;
            }
            _ => writeln!(f, "{step}")?,
        }
    }
    Ok(())
}

fn value_spec(f: &mut Formatter<'_>, value: Val, spec: &ValueSpec) -> Result {
    write!(f, "value {value}{}", Opt(" equals-class ", spec.class))?;
    for (n, handle) in spec.holds.iter().enumerate() {
        write!(f, "{} {handle}", if n > 0 { "," } else { " holds" })?;
    }
    for (word, code) in ["on-drop", "on-equal", "on-clone"].into_iter().zip(spec.code()) {
        hook(f, word, code)?;
    }
    writeln!(f)
}

fn hook(f: &mut Formatter<'_>, word: &str, code: &UserCode) -> Result {
    if code.is_empty() {
        return Ok(());
    }
    write!(f, " {word}{} {{", if code.panics { " panics" } else { "" })?;
    for (n, op) in code.ops.iter().enumerate() {
        write!(f, "{}{}", if n > 0 { "; " } else { " " }, OpText(op))?;
    }
    f.write_str(" }")
}
