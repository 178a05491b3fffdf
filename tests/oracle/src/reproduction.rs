//! A finding as a Python program that stands alone: paste it, run it. It performs the steps one by one, says what each
//! should answer, and exits with 1 if something differs.

use crate::compare::act_text;
use crate::expected;
use crate::found::Found;
use crate::plan::{Act, Event, Plan};
use crate::trial::Trouble;
use contextvars_model::{Error, Handle, Observation, Op, Ret, State, ThreadId, Trigger, Val, step};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What every such program begins with.
const HEAD: &str = include_str!("reproduction.py");

/// The program of a finding.
pub fn program(found: &Found) -> String {
    let plan = &found.plan;
    let whole = plan.events.len();
    let last = match &found.trouble {
        Trouble::Different(difference) => (difference.at + 1).min(whole),
        _ => whole,
    };
    let parts = Parts::of(plan, &plan.events[..last]);
    let mut text = format!("# {}, compared with the reference model of context variables:\n", found.version);
    for line in wrapped(&found.trouble.to_string()) {
        let _ = writeln!(text, "#   {line}");
    }
    text.push_str("# Prints what each step answers and what it should; exit status 1 if something differs.\n");
    head(&mut text, &parts);
    values(&mut text, plan);
    let state = State::new(Arc::clone(&plan.scenario.specs));
    let mut writer = Writer { text, state, parts };
    for event in &plan.events[..last] {
        writer.event(event, plan.scenario.threads.len() as u16);
    }
    plan.events[..last].last().into_iter().for_each(|event| writer.everything(event));
    writer.text.push_str("\nsys.exit(1 if differences else 0)\n");
    writer.text
}

/// Which parts of the beginning a program needs.
struct Parts {
    threads: bool,
    entering: bool,
    equality: bool,
}

impl Parts {
    fn of(plan: &Plan, events: &[Event]) -> Parts {
        let any = |is: &dyn Fn(&Op) -> bool| {
            let code = plan.scenario.specs.values.values().flat_map(|spec| spec.code()).flat_map(|code| &code.ops);
            events.iter().filter_map(|event| event.act.op()).any(|op| is(&op)) || code.into_iter().any(is)
        };
        let contexts = events.iter().filter_map(|event| event.act.op()?.creates());
        let contexts = contexts.filter(|handle| matches!(handle, Handle::Ctx(_))).count();
        Parts {
            // The end of a thread can be seen from another one alone.
            threads: events.iter().any(|event| event.thread != ThreadId(0) || event.act == Act::Do(Op::End)),
            entering: any(&|op| matches!(op, Op::Enter { .. } | Op::Exit { .. })),
            equality: contexts > 1 || any(&|op| matches!(op, Op::Equal { .. })),
        }
    }

    fn need(&self, part: &str) -> bool {
        match part {
            "threads" => self.threads,
            "one thread" => !self.threads,
            "entering" => self.entering,
            "entering or threads" => self.entering || self.threads,
            "entering and threads" => self.entering && self.threads,
            "equality" => self.equality,
            _ => true,
        }
    }
}

/// The parts of the beginning that are needed.
fn head(text: &mut String, parts: &Parts) {
    let mut needed = true;
    for line in HEAD.lines() {
        match line.strip_prefix("#: ") {
            Some(part) => needed = parts.need(part),
            None if needed => {
                let _ = writeln!(text, "{line}");
            }
            None => {}
        }
    }
}

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a program: whether it shows the fault (it says so, or dies), and what it printed.
pub fn run(python: &Path, program: &str) -> (bool, String) {
    let started = Command::new(python)
        .args(["-I", "-c", program])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return (false, format!("it cannot be started: {error}")),
    };
    let output = child.stdout.take();
    let listener = std::thread::spawn(move || {
        let mut text = Vec::new();
        // What came until an error is shown.
        let _ = output.map(|output| output.take(1 << 16).read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(10)),
            _ => break None,
        }
    };
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let printed = listener.join().unwrap_or_default();
    match status {
        Some(status) if status.success() => (false, printed),
        // One that Python cannot perform at all prints no step that differs.
        Some(status) if status.code() == Some(1) => (printed.contains("\n! ") || printed.starts_with("! "), printed),
        Some(status) => (status.code().is_none(), format!("{printed}it ended with {status}\n")),
        None => (false, format!("{printed}it did not end within {} s\n", PATIENCE.as_secs())),
    }
}

/// Lines of comments.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if line.len() + word.len() > 100 && !line.is_empty() {
            lines.push(word.to_owned());
        } else {
            let space = if line.is_empty() { "" } else { " " };
            let _ = write!(line, "{space}{word}");
        }
    }
    lines
}

/// How the values behave.
fn values(text: &mut String, plan: &Plan) {
    for (value, spec) in &plan.scenario.specs.values {
        for (word, code) in [("drop", &spec.on_drop), ("equal", &spec.on_equal)] {
            if !code.ops.is_empty() {
                let ops: Vec<_> = code.ops.iter().map(|op| format!("{:?}", source(op))).collect();
                let _ = writeln!(text, "{word}[{value}] = [{}]", ops.join(", "));
            }
            if code.panics {
                let word = if word == "drop" { "drop" } else { "equality" };
                let _ = writeln!(text, "raises.add((\"{word}\", {value}))");
            }
        }
        if let Some(class) = spec.class {
            let _ = writeln!(text, "equals[{value}] = {class}");
        }
        if !spec.holds.is_empty() {
            let holds: Vec<_> = spec.holds.iter().map(|handle| format!("\"{handle}\"")).collect();
            let _ = writeln!(text, "holds[{value}] = [{}]", holds.join(", "));
        }
    }
}

struct Writer {
    text: String,
    state: State,
    parts: Parts,
}

impl Writer {
    fn event(&mut self, event: &Event, threads: u16) {
        let thread = event.thread;
        match event.act {
            Act::Fork => self.state.fork(threads),
            Act::Probe => {}
            _ => event.act.op().into_iter().for_each(|op| self.operation(thread, &op, &event.act)),
        }
    }

    /// One step of the program.
    fn step(&mut self, n: u16, source: &str, expected: &str) {
        let thread = if self.parts.threads { format!("{n}, ") } else { String::new() };
        let _ = writeln!(self.text, "step({thread}{source:?}, {expected:?})");
    }

    fn operation(&mut self, thread: ThreadId, op: &Op, act: &Act) {
        let all: BTreeSet<Handle> = self.state.threads.values().flat_map(|of| of.held.iter().copied()).collect();
        let ret = step(&mut self.state, thread, op);
        let seen = std::mem::take(&mut self.state.seen);
        let ThreadId(n) = thread;
        match *op {
            _ if ret == Ret::Err(Error::NoHandle) => {
                let _ = writeln!(self.text, "# thread {n} does not hold what {} needs", act_text(act));
            }
            Op::Drop { handle } if self.state.threads.values().any(|other| other.held.contains(&handle)) => {
                let _ = writeln!(self.text, "# thread {n} gives up {handle}, which another thread holds");
            }
            Op::Watch { watcher } | Op::Unwatch { watcher } => {
                let _ = writeln!(self.text, "# {watcher} comes or goes: watchers are in the C interface alone");
            }
            Op::Give { handle, to } => {
                let _ = writeln!(self.text, "# thread {n} gives {handle} to thread {}", to.0);
            }
            Op::Spawn { thread: started, inherit } => {
                self.step(n, &format!("spawn({}, {})", started.0, python(inherit)), "None");
            }
            Op::End => {
                let _ = writeln!(self.text, "end({n})");
                if n == 0 {
                    let names: Vec<_> = all.iter().map(|handle| format!("\"{handle}\"")).collect();
                    let _ = writeln!(self.text, "forget({})", names.join(", "));
                }
            }
            _ => self.step(n, &source(op), &told(op, &ret)),
        }
        if !seen.is_empty() {
            let told: Vec<_> = seen.iter().map(|seen| format!("{:?}", observation(seen))).collect();
            let _ = writeln!(self.text, "user_code_saw([{}])", told.join(", "));
        }
    }

    /// What can be seen of the state at the end.
    fn everything(&mut self, event: &Event) {
        let ThreadId(n) = event.thread;
        let ended = event.act == Act::Do(Op::End);
        let n = if ended { 0 } else { n };
        self.text.push_str("\n# What there is now.\n");
        let live: Vec<_> = self.state.live.iter().map(|value| value.0).collect();
        self.step(n, "sorted(live)", &format!("{live:?}"));
        if ended {
            return;
        }
        let held = self.state.threads.get(&ThreadId(n)).map(|thread| thread.held.clone()).unwrap_or_default();
        let current = self.state.current(ThreadId(n)).map(|ctx| self.state.contexts[&ctx].map.clone());
        if let Some(map) = &current {
            let items = Ret::Items(map.iter().map(|(&var, &value)| (var, value)).collect());
            self.step(n, "dict(copy_context().items())", &answer(&items));
        }
        for handle in held {
            let (source, expected) = match handle {
                Handle::Var(var) => {
                    let bound = current.as_ref().and_then(|map| map.get(&var));
                    let bound = bound.map_or_else(|| "unbound".to_owned(), Val::to_string);
                    (format!("{var}.get(unbound)"), bound)
                }
                Handle::Ctx(ctx) => {
                    let map = &self.state.contexts[&ctx].map;
                    let items = Ret::Items(map.iter().map(|(&var, &value)| (var, value)).collect());
                    (format!("dict({ctx}.items())"), answer(&items))
                }
                Handle::Tok(token) => {
                    let old = self.state.tokens[&token].old;
                    (format!("{token}.old_value"), answer(&Ret::Old(old)))
                }
                Handle::Iter(_) => continue,
            };
            self.step(n, &source, &expected);
        }
        for (left, right) in expected::equal(&self.state) {
            self.step(n, &format!("quietly_equal({left}, {right})"), "True");
        }
    }
}

fn python(yes: bool) -> &'static str {
    if yes { "True" } else { "False" }
}

/// An operation in Python.
fn source(op: &Op) -> String {
    match *op {
        Op::NewVar { var, default: None } => format!("{var} = ContextVar('{var}')"),
        Op::NewVar { var, default: Some(default) } => {
            format!("{var} = ContextVar('{var}', default=value({default}))")
        }
        Op::Get { var, fallback: None } => format!("{var}.get()"),
        Op::Get { var, fallback: Some(value) } => format!("{var}.get(value({value}))"),
        Op::Set { var, value, token: None } => format!("{var}.set(value({value}))"),
        Op::Set { var, value, token: Some(token) } => format!("{token} = {var}.set(value({value}))"),
        Op::Reset { var, token } => format!("{var}.reset({token})"),
        Op::TokenVar { token } => format!("{token}.var"),
        Op::TokenOld { token } => format!("{token}.old_value"),
        Op::NewContext { ctx } => format!("{ctx} = Context()"),
        Op::CopyCurrent { ctx } => format!("{ctx} = copy_context()"),
        Op::Copy { from, to } => format!("{to} = {from}.copy()"),
        Op::Enter { ctx } => format!("enter('{ctx}')"),
        Op::Exit { ctx } => format!("leave('{ctx}')"),
        Op::Lookup { ctx, var } => format!("{ctx}[{var}]"),
        Op::Contains { ctx, var } => format!("{var} in {ctx}"),
        Op::Len { ctx } => format!("len({ctx})"),
        Op::Items { ctx } => format!("dict({ctx}.items())"),
        Op::Equal { left, right } => format!("{left} == {right}"),
        Op::Iterate { ctx, iter } => format!("{iter} = iter({ctx}.items())"),
        Op::Next { iter } => format!("next({iter}, None)"),
        Op::Drop { handle } => format!("del {handle}"),
        Op::Give { .. } | Op::Spawn { .. } | Op::Watch { .. } | Op::Unwatch { .. } | Op::End => "None".to_owned(),
    }
}

/// The answer to an operation as the program shows it.
fn told(op: &Op, ret: &Ret) -> String {
    match (op, ret) {
        (Op::Set { token: None, .. }, Ret::Done) => "a token".to_owned(),
        _ => answer(ret),
    }
}

/// An answer as the program shows it.
fn answer(ret: &Ret) -> String {
    match ret {
        Ret::Done | Ret::Item(None) => "None".to_owned(),
        Ret::Value(value) | Ret::Old(Some(value)) => value.to_string(),
        Ret::Old(None) => "<Token.MISSING>".to_owned(),
        Ret::Bool(yes) => python(*yes).to_owned(),
        Ret::Count(n) => n.to_string(),
        Ret::Var(var) => var.to_string(),
        Ret::Items(items) => {
            let items: Vec<_> = items.iter().map(|(var, value)| format!("{var}: {value}")).collect();
            format!("{{{}}}", items.join(", "))
        }
        Ret::Item(Some((var, value))) => format!("({var}, {value})"),
        Ret::Slot(slot) => slot.to_string(),
        Ret::Err(error) => match error {
            Error::Unbound => "LookupError",
            Error::NotInContext => "KeyError",
            Error::TokenUsed | Error::AlreadyEntered | Error::NotEntered | Error::NotCurrent => "RuntimeError",
            Error::OtherVariable | Error::OtherContext => "ValueError",
            Error::NoHandle => "NameError",
            _ => "UserPanic",
        }
        .to_owned(),
    }
}

/// What user code saw, as the program notes it.
fn observation(seen: &Observation) -> String {
    let who = match seen.trigger {
        Trigger::Drop(value) => format!("drop of {value}"),
        Trigger::Equal(value) => format!("equality of {value}"),
        Trigger::Clone(value) => format!("copy of {value}"),
        Trigger::Switched(watcher, _) => format!("{watcher}"),
    };
    match &seen.op {
        Some((op, ret)) => format!("{who}: {} -> {}", source(op), told(op, ret)),
        None => who,
    }
}
