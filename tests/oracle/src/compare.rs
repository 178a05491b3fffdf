//! The comparison: after every event the answer, the text of an error, what user code saw, which values exist, what
//! every context holds and which are equal; at probes tokens and reads, too.

use crate::dialect::{Dialect, Wording};
use crate::expected;
use crate::plan::{Act, Event, Plan};
use crate::wire;
use contextvars_check::scenario::{OpText, RetText};
use contextvars_model::{CtxId, Observation, Op, Ret, State, ThreadId, Trigger, Val, VarId, step_observed};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The rules that an interpreter is compared with: the model's, or wrong ones, for a control.
pub type Rules = fn(&mut State, ThreadId, &Op, Option<&Ret>) -> Ret;

/// The model's.
pub const RULES: Rules = step_observed;

/// Where the interpreter and the model part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The event, counted from 0.
    pub at: usize,
    /// Its thread.
    pub thread: ThreadId,
    /// What it did.
    pub act: Act,
    /// What differs.
    pub aspect: &'static str,
    /// What the model says.
    pub model: String,
    /// What the interpreter said.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { thread, act, aspect, model, got, .. } = self;
        write!(f, "{} of {thread}: {aspect}: the model has {model}, the interpreter {got}", act_text(act))
    }
}

/// An act in words.
pub(crate) fn act_text(act: &Act) -> String {
    match act {
        Act::Open { ctx, .. } => format!("`run {ctx}`"),
        Act::Leave(ctx) => format!("the end of `run {ctx}`"),
        Act::Do(op) => format!("`{}`", OpText(op)),
        Act::Fork => "the handing over to the threads".to_owned(),
        Act::Probe => "looking at everything".to_owned(),
    }
}

/// What came of comparing one run.
#[derive(Clone, Default, Debug)]
pub struct Comparison {
    /// Operations compared.
    pub operations: u64,
    /// The first difference.
    pub difference: Option<Difference>,
    /// Differences that the dialect explains, by their names.
    pub explained: BTreeMap<&'static str, u64>,
}

/// Compares what an interpreter told of a plan with the model. Fewer results than events are compared as far as they
/// go.
pub fn compare(plan: &Plan, told: &[Value], dialect: &Dialect, rules: Rules) -> Comparison {
    let mut seen = Seen {
        state: State::new(Arc::clone(&plan.scenario.specs)),
        dialect,
        rules,
        contents: BTreeMap::new(),
        current: BTreeMap::new(),
        equal: BTreeSet::new(),
        live: BTreeSet::new(),
        comparison: Comparison::default(),
    };
    let threads = plan.scenario.threads.len() as u16;
    for (at, (event, told)) in plan.events.iter().zip(told).enumerate() {
        let differs = seen.event(event, told, threads);
        seen.comparison.operations += u64::from(event.act.op().is_some());
        if let Err(Differs { aspect, model, got }) = differs {
            let (thread, act) = (event.thread, event.act);
            seen.comparison.difference = Some(Difference { at, thread, act, aspect, model, got });
            break;
        }
    }
    seen.comparison
}

/// What was seen of the interpreter's state, and the model beside it.
struct Seen<'a> {
    state: State,
    dialect: &'a Dialect,
    rules: Rules,
    contents: BTreeMap<CtxId, BTreeMap<VarId, Val>>,
    current: BTreeMap<ThreadId, BTreeMap<VarId, Val>>,
    equal: BTreeSet<(CtxId, CtxId)>,
    live: BTreeSet<Val>,
    comparison: Comparison,
}

struct Differs {
    aspect: &'static str,
    model: String,
    got: String,
}

fn differs(aspect: &'static str, model: impl fmt::Debug, got: impl fmt::Debug) -> Differs {
    Differs { aspect, model: format!("{model:?}"), got: format!("{got:?}") }
}

impl Seen<'_> {
    fn event(&mut self, event: &Event, told: &Value, threads: u16) -> Result<(), Differs> {
        let nothing = Value::Null;
        let (answer, changes) = (told.get(0).unwrap_or(&nothing), told.get(1).unwrap_or(&nothing));
        let unreadable = || differs("the form of the answer", "something else", told);
        if !told.is_array() {
            return Err(unreadable());
        }
        match event.act.op() {
            Some(op) => {
                let ret = self.answer(event.thread, &op, answer)?;
                if let Some(stated) = event.stated.as_ref().filter(|stated| **stated != ret) {
                    let (aspect, stated) = ("the answer that the scenario states", RetText(stated).to_string());
                    return Err(Differs { aspect, model: stated, got: RetText(&ret).to_string() });
                }
                self.seen(changes.get("s"))?;
            }
            None if event.act == Act::Fork => self.state.fork(threads),
            None => self.probe(event.thread, answer)?,
        }
        self.lives(changes.get("l")).ok_or_else(unreadable)?;
        if self.live != self.state.live {
            return Err(differs("the values that exist", &self.state.live, &self.live));
        }
        self.contexts(changes)?;
        if event.has_context {
            self.current(event.thread, changes.get("n"))?;
        }
        Ok(())
    }

    fn answer(&mut self, thread: ThreadId, op: &Op, told: &Value) -> Result<Ret, Differs> {
        let ret = wire::answer(op, told);
        let model = (self.rules)(&mut self.state, thread, op, ret.as_ref());
        match ret {
            Some(ret) if ret == model => {
                self.text(op, &ret, told)?;
                Ok(ret)
            }
            Some(ret) => {
                let (model, got) = (RetText(&model).to_string(), RetText(&ret).to_string());
                Err(Differs { aspect: "the answer", model, got })
            }
            None => Err(Differs { aspect: "the answer", model: RetText(&model).to_string(), got: told.to_string() }),
        }
    }

    /// The text of an error, and its argument.
    fn text(&mut self, op: &Op, ret: &Ret, told: &Value) -> Result<(), Differs> {
        let Ret::Err(error) = ret else { return Ok(()) };
        let Some((text, wording)) = expected::text(&self.state, op, *error, self.dialect) else { return Ok(()) };
        if told["text"] != *text {
            return Err(differs("the text of the error", text, &told["text"]));
        }
        if let (Op::Get { var, .. } | Op::Lookup { var, .. }, true) =
            (op, told["var"] != Value::Null || error_of_var(op))
            && wire::var(&told["var"]) != Some(*var)
        {
            return Err(differs("the argument of the error", var, &told["var"]));
        }
        if let Some(Wording { id, .. }) = wording {
            *self.comparison.explained.entry(id).or_default() += 1;
        }
        Ok(())
    }

    /// What user code saw.
    fn seen(&mut self, told: Option<&Value>) -> Result<(), Differs> {
        let model = std::mem::take(&mut self.state.seen);
        let told = told.and_then(Value::as_array).map_or(&[][..], |told| told);
        let read: Option<Vec<Observation>> = told.iter().map(|told| self.observation(told)).collect();
        // Which pair an iterator delivers is open; user code starts and moves none that others see.
        match read {
            Some(read) if read == model => Ok(()),
            Some(read) => Err(differs("what user code saw", model, read)),
            None => Err(differs("what user code saw", model, told)),
        }
    }

    fn observation(&self, told: &Value) -> Option<Observation> {
        let thread = ThreadId(u16::try_from(told.get(0)?.as_u64()?).ok()?);
        let trigger = wire::trigger(told.get(1)?, told.get(2)?, told.get(5)?)?;
        if told.get(3)?.is_null() {
            return Some(Observation { thread, trigger, op: None });
        }
        let specs = &self.state.specs;
        let code = match trigger {
            Trigger::Drop(value) => &specs.values.get(&value)?.on_drop,
            Trigger::Equal(value) => &specs.values.get(&value)?.on_equal,
            Trigger::Clone(value) => &specs.values.get(&value)?.on_clone,
            Trigger::Switched(watcher, _) => specs.watchers.get(&watcher)?,
        };
        let op = *code.ops.get(usize::try_from(told.get(3)?.as_u64()?).ok()?)?;
        Some(Observation { thread, trigger, op: Some((op, wire::answer(&op, told.get(4)?)?)) })
    }

    /// The values that were made and dropped, in order.
    fn lives(&mut self, told: Option<&Value>) -> Option<()> {
        let Some(told) = told else { return Some(()) };
        for n in told.as_array()? {
            let n = n.as_i64()?;
            let value = |n: i64| u32::try_from(n).ok().map(Val);
            if n >= 0 {
                self.live.insert(value(n)?);
            } else {
                self.live.remove(&value(-n - 1)?);
            }
        }
        Some(())
    }

    /// What every context holds, and which are equal.
    fn contexts(&mut self, changes: &Value) -> Result<(), Differs> {
        let changed = changes.get("c").and_then(Value::as_object);
        for (name, held) in changed.into_iter().flatten() {
            let Some(ctx) = wire::ctx(name) else { return Err(differs("contexts", "names", name)) };
            if held.is_null() {
                self.contents.remove(&ctx);
            } else {
                let read = wire::bindings(held);
                let read = read.ok_or_else(|| differs("what a context holds", "variables and values", held))?;
                if read.iter().map(|pair| pair.0).collect::<BTreeSet<_>>().len() != read.len() {
                    return Err(differs("what a context holds", "each variable once", held));
                }
                self.contents.insert(ctx, read.into_iter().collect());
            }
        }
        let model = expected::contexts(&self.state);
        if !model.eq(self.contents.iter().map(|(&ctx, held)| (ctx, held))) {
            let model: Vec<_> = expected::contexts(&self.state).collect();
            return Err(differs("what contexts hold", model, &self.contents));
        }
        let pair = |pair: &Value| {
            let (a, b) = (wire::ctx(pair.get(0)?.as_str()?)?, wire::ctx(pair.get(1)?.as_str()?)?);
            Some((a.min(b), a.max(b)))
        };
        let equal = changes.get("e").and_then(Value::as_array);
        if let Some(told) = equal {
            let read: Option<BTreeSet<_>> = told.iter().map(pair).collect();
            self.equal = read.ok_or_else(|| differs("which contexts are equal", "pairs", told))?;
        }
        if changed.is_some() || equal.is_some() {
            let model = expected::equal(&self.state);
            if !model.iter().eq(&self.equal) {
                return Err(differs("which contexts are equal", model, &self.equal));
            }
        }
        Ok(())
    }

    /// What the current context of a thread holds.
    fn current(&mut self, thread: ThreadId, told: Option<&Value>) -> Result<(), Differs> {
        if let Some(told) = told {
            let read = wire::bindings(told);
            let read = read.ok_or_else(|| differs("what the current context holds", "variables and values", told))?;
            self.current.insert(thread, read.into_iter().collect());
        }
        let model = self.state.current(thread).map(|ctx| &self.state.contexts[&ctx].map);
        let got = self.current.get(&thread);
        if model == got { Ok(()) } else { Err(differs("what the current context holds", model, got)) }
    }

    fn probe(&self, thread: ThreadId, told: &Value) -> Result<(), Differs> {
        let (tokens, variables) = expected::probe(&self.state, thread);
        if told.get(0).and_then(Value::as_object) != Some(&tokens) {
            let (aspect, got) = ("the tokens (variable, old value, used)", told.get(0).unwrap_or(&Value::Null));
            return Err(Differs { aspect, model: Value::Object(tokens).to_string(), got: got.to_string() });
        }
        let told = told.get(1).and_then(Value::as_array).map_or(&[][..], |told| told);
        let read = told.iter().filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.clone())));
        let read: serde_json::Map<String, Value> = read.collect();
        let text = |map| Value::Object(map).to_string();
        let same = read == variables;
        let differs = || Differs { aspect: "what variables read", model: text(variables), got: text(read) };
        if same { Ok(()) } else { Err(differs()) }
    }
}

/// Whether the error of a failed operation has the variable as its argument.
fn error_of_var(op: &Op) -> bool {
    matches!(op, Op::Get { .. } | Op::Lookup { .. })
}
