//! Making a scenario smaller: a fixed list of edits, the largest first.
//!
//! Every candidate is valid, states no expected answers (what is left of a scenario means something else), and is
//! smaller by [`measure`]; so repeated shrinking ends.

use crate::scenario::{Scenario, Step};
use contextvars_model::{CtxId, Handle, IterId, Op, Specs, ThreadId, TokId, UserCode, Val, ValueSpec, VarId, WatchId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The smaller scenarios that are one edit away, the boldest edits first.
pub fn smaller(scenario: &Scenario) -> impl Iterator<Item = Scenario> {
    edits(scenario).into_iter().filter_map(|edit| edit.apply(scenario))
}

/// The smallest scenario that still has a property which this one has, as far as single edits lead there; with the
/// number of candidates tried. `fails` is asked at most `attempts` times.
pub fn shrink(scenario: &Scenario, attempts: usize, mut fails: impl FnMut(&Scenario) -> bool) -> (Scenario, usize) {
    let (mut best, mut tried) = (scenario.clone(), 0);
    loop {
        let mut left = attempts - tried;
        let found = smaller(&best).take(left).find(|candidate| {
            left -= 1;
            fails(candidate)
        });
        tried = attempts - left;
        match found {
            Some(smaller) => best = smaller,
            None => return (best, tried),
        }
    }
}

/// How large a scenario is: threads, operations, user code, options, names, expected answers, numbers; compared in
/// this order.
pub fn measure(scenario: &Scenario) -> [usize; 7] {
    let mut size = [scenario.threads.len(), scenario.operations(), usize::from(scenario.allocator_reads), 0, 0, 0, 0];
    let mut names = Names::default();
    size[3] = scenario.threads.iter().filter(|t| t.spawned).count();
    for steps in sections(scenario) {
        each(steps, &mut |step| match step {
            Step::Do(op, answer) => {
                size[3] += usize::from(trimmed(op).is_some());
                size[5] += usize::from(answer.is_some());
                names.note(op);
            }
            Step::Run { ctx, panics, .. } => {
                size[3] += usize::from(*panics);
                names.handles.insert(Handle::Ctx(*ctx));
            }
        });
    }
    for (value, spec) in &scenario.specs.values {
        let panics = spec.code().into_iter().filter(|code| code.panics).count();
        size[2] += 1 + usize::from(spec.class.is_some()) + panics + spec.holds.len();
        names.values.insert(*value);
        names.handles.extend(&spec.holds);
    }
    names.watchers.extend(scenario.specs.watchers.keys());
    size[2] += scenario.specs.watchers.values().map(|code| 1 + usize::from(code.panics)).sum::<usize>();
    for op in hooks(&scenario.specs) {
        size[2] += 1;
        size[3] += usize::from(trimmed(op).is_some());
        names.note(op);
    }
    size[4] = names.handles.len() + names.values.len() + names.watchers.len();
    let handles = names.handles.iter().map(|&handle| number(handle) as usize);
    let values = names.values.iter().map(|value| value.0 as usize);
    size[6] = handles.chain(values).chain(names.watchers.iter().map(|w| usize::from(w.0))).sum();
    size
}

/// A change that may make a scenario smaller. Lists of steps count `init` as 0, the threads from 1, then `post`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// Drops a thread; those that only it starts begin by themselves.
    Thread(usize),
    /// Lets `init` do what a thread does; that starts no threads.
    Early(usize),
    /// Lets `post` do it.
    Late(usize),
    /// Drops a range of steps of a list.
    Range(usize, usize, usize),
    /// Drops a step, counted in the order of the text; a scope with all in it.
    Step(usize, usize),
    /// Puts the body of a scope in its place.
    Unwrap(usize, usize),
    /// Puts the entry into the context and the body in the place of a scope.
    Open(usize, usize),
    /// Lets a scope end without a panic.
    Calm(usize, usize),
    /// Takes an option from an operation: default, fallback, token, inheritance.
    Trim(usize, usize),
    /// Lets a thread begin by itself.
    Unspawned(usize),
    /// Lets the allocator read nothing.
    Unread,
    /// Makes a value plain.
    Plain(Val),
    /// Takes the class from a value.
    Classless(Val),
    /// Takes one operation from the user code of a value, counted over all of it.
    ValueCode(Val, usize),
    /// Lets the drop (0), the equality (1) or the clone (2) of a value end without a panic.
    ValueCalm(Val, usize),
    /// Takes an object from those that a value holds.
    Release(Val, usize),
    /// Takes the user code from a watcher.
    Quiet(WatchId),
    /// Takes one operation from the user code of a watcher.
    WatcherCode(WatchId, usize),
    /// Lets a watcher end without a panic.
    WatcherCalm(WatchId),
    /// Uses the first handle in place of the second.
    Merge(Handle, Handle),
    /// Numbers all names without gaps.
    Renumber,
}

/// The edits that may make this scenario smaller, the boldest first.
pub fn edits(scenario: &Scenario) -> Vec<Edit> {
    let mut edits: Vec<Edit> = (0..scenario.threads.len()).map(Edit::Thread).collect();
    edits.extend((0..scenario.threads.len()).flat_map(|n| [Edit::Early(n), Edit::Late(n)]));
    for (list, steps) in sections(scenario).enumerate() {
        let halves = std::iter::successors(Some(steps.len()), |size| Some(size.div_ceil(2)));
        for size in halves.take_while(|&size| size > 1) {
            edits.extend((0..steps.len()).step_by(size).map(|at| Edit::Range(list, at, (at + size).min(steps.len()))));
        }
    }
    edits.extend((0..scenario.threads.len()).filter(|&n| scenario.threads[n].spawned).map(Edit::Unspawned));
    edits.extend(scenario.allocator_reads.then_some(Edit::Unread));
    let mut small = Vec::new();
    for (list, steps) in sections(scenario).enumerate() {
        let mut at = 0;
        each(steps, &mut |step| {
            edits.push(Edit::Step(list, at));
            match step {
                Step::Run { panics, .. } => {
                    small.extend([Edit::Unwrap(list, at), Edit::Open(list, at)]);
                    small.extend(panics.then_some(Edit::Calm(list, at)));
                }
                Step::Do(op, _) => small.extend(trimmed(op).map(|_| Edit::Trim(list, at))),
            }
            at += 1;
        });
    }
    edits.extend(scenario.specs.values.keys().map(|&value| Edit::Plain(value)));
    edits.extend(scenario.specs.watchers.keys().map(|&watcher| Edit::Quiet(watcher)));
    edits.append(&mut small);
    for (&value, spec) in &scenario.specs.values {
        let ops = spec.code().into_iter().map(|code| code.ops.len()).sum::<usize>();
        edits.extend((0..ops).map(|n| Edit::ValueCode(value, n)));
        edits.extend((0..3).filter(|&n| spec.code()[n].panics).map(|n| Edit::ValueCalm(value, n)));
        edits.extend((0..spec.holds.len()).map(|n| Edit::Release(value, n)));
        edits.extend(spec.class.map(|_| Edit::Classless(value)));
    }
    for (&watcher, code) in &scenario.specs.watchers {
        edits.extend((0..code.ops.len()).map(|n| Edit::WatcherCode(watcher, n)));
        edits.extend(code.panics.then_some(Edit::WatcherCalm(watcher)));
    }
    let names = Names::of(scenario);
    for same in [|h: &Handle| matches!(h, Handle::Var(_)), |h: &Handle| matches!(h, Handle::Ctx(_))] {
        let handles: Vec<Handle> = names.handles.iter().copied().filter(same).collect();
        edits.extend(handles.iter().skip(1).map(|&gone| Edit::Merge(handles[0], gone)));
        edits.extend(handles.windows(2).skip(1).map(|pair| Edit::Merge(pair[0], pair[1])));
    }
    edits.push(Edit::Renumber);
    edits
}

impl Edit {
    /// The scenario after the edit, if it is valid and smaller.
    pub fn apply(&self, scenario: &Scenario) -> Option<Scenario> {
        let mut new = scenario.clone();
        match *self {
            Edit::Thread(n) => drop_thread(&mut new, n),
            Edit::Early(n) | Edit::Late(n) => {
                let mut steps = std::mem::take(&mut new.threads[n].steps);
                map_steps(&mut steps, &mut |op| (!matches!(op, Op::Spawn { .. })).then_some(op));
                match self {
                    Edit::Early(_) => new.init.append(&mut steps),
                    _ => drop(new.post.splice(0..0, steps)),
                }
                drop_thread(&mut new, n);
            }
            Edit::Range(list, from, to) => drop(list_mut(&mut new, list).drain(from..to)),
            Edit::Step(list, at) => edit_step(list_mut(&mut new, list), at, &mut |_| Vec::new()),
            Edit::Unwrap(list, at) => edit_step(list_mut(&mut new, list), at, &mut |step| match step {
                Step::Run { body, .. } => body,
                step => vec![step],
            }),
            Edit::Open(list, at) => edit_step(list_mut(&mut new, list), at, &mut |step| match step {
                Step::Run { ctx, mut body, .. } => {
                    body.insert(0, Step::Do(Op::Enter { ctx }, None));
                    body
                }
                step => vec![step],
            }),
            Edit::Calm(list, at) => edit_step(list_mut(&mut new, list), at, &mut |step| match step {
                Step::Run { ctx, body, .. } => vec![Step::Run { ctx, body, panics: false }],
                step => vec![step],
            }),
            Edit::Trim(list, at) => edit_step(list_mut(&mut new, list), at, &mut |step| match step {
                Step::Do(op, answer) => vec![Step::Do(trimmed(&op).unwrap_or(op), answer)],
                step => vec![step],
            }),
            Edit::Unspawned(n) => {
                let thread = ThreadId(n as u16 + 1);
                map_ops(&mut new, &mut |op| (!matches!(op, Op::Spawn { thread: t, .. } if t == thread)).then_some(op));
            }
            Edit::Unread => new.allocator_reads = false,
            Edit::Plain(value) => drop(Arc::make_mut(&mut new.specs).values.remove(&value)),
            Edit::Classless(value) => Arc::make_mut(&mut new.specs).values.get_mut(&value)?.class = None,
            Edit::ValueCode(value, n) => {
                let spec = Arc::make_mut(&mut new.specs).values.get_mut(&value)?;
                let mut left = n;
                for UserCode { ops, .. } in spec.code_mut() {
                    if left < ops.len() {
                        ops.remove(left);
                        break;
                    }
                    left -= ops.len();
                }
            }
            Edit::ValueCalm(value, n) => {
                Arc::make_mut(&mut new.specs).values.get_mut(&value)?.code_mut()[n].panics = false;
            }
            Edit::Release(value, n) => {
                Arc::make_mut(&mut new.specs).values.get_mut(&value)?.holds.remove(n);
            }
            Edit::Quiet(watcher) => drop(Arc::make_mut(&mut new.specs).watchers.remove(&watcher)),
            Edit::WatcherCode(watcher, n) => {
                Arc::make_mut(&mut new.specs).watchers.get_mut(&watcher)?.ops.remove(n);
            }
            Edit::WatcherCalm(watcher) => Arc::make_mut(&mut new.specs).watchers.get_mut(&watcher)?.panics = false,
            Edit::Merge(keep, gone) => {
                let swap = |handle| if handle == gone { keep } else { handle };
                map_ops(&mut new, &mut |op| (op.creates() != Some(gone)).then(|| rename(op, &swap)));
                map_other_names(&mut new, &swap);
            }
            Edit::Renumber => renumber(&mut new),
        }
        settle(&mut new);
        (measure(&new) < measure(scenario) && new.validate().is_ok()).then_some(new)
    }
}

/// The same scenario with the numbers of two parallel threads exchanged.
pub fn exchanged(scenario: &Scenario, a: ThreadId, b: ThreadId) -> Scenario {
    let mut new = scenario.clone();
    new.threads.swap(usize::from(a.0) - 1, usize::from(b.0) - 1);
    let other = |thread: ThreadId| match thread {
        thread if thread == a => b,
        thread if thread == b => a,
        thread => thread,
    };
    map_ops(&mut new, &mut |op| {
        Some(match op {
            Op::Give { handle, to } => Op::Give { handle, to: other(to) },
            Op::Spawn { thread, inherit } => Op::Spawn { thread: other(thread), inherit },
            op => op,
        })
    });
    new
}

/// Forgets the expected answers; a thread that nobody starts begins by itself.
fn settle(scenario: &mut Scenario) {
    let mut started = BTreeSet::new();
    for list in 0..scenario.threads.len() + 2 {
        each_mut(list_mut(scenario, list), &mut |step| {
            if let Step::Do(op, answer) = step {
                *answer = None;
                started.extend(if let Op::Spawn { thread, .. } = op { Some(thread.0) } else { None });
            }
        });
    }
    for (thread, n) in scenario.threads.iter_mut().zip(1..) {
        thread.spawned &= started.contains(&n);
    }
}

fn drop_thread(scenario: &mut Scenario, n: usize) {
    scenario.threads.remove(n);
    let gone = n as u16 + 1;
    let moved = |thread: ThreadId| ThreadId(thread.0 - u16::from(thread.0 > gone));
    map_ops(scenario, &mut |op| match op {
        Op::Give { to, .. } if to.0 == gone => None,
        Op::Spawn { thread, .. } if thread.0 == gone => None,
        Op::Give { handle, to } => Some(Op::Give { handle, to: moved(to) }),
        Op::Spawn { thread, inherit } => Some(Op::Spawn { thread: moved(thread), inherit }),
        op => Some(op),
    });
}

/// The operation without one of its options.
fn trimmed(op: &Op) -> Option<Op> {
    Some(match *op {
        Op::NewVar { var, default: Some(_) } => Op::NewVar { var, default: None },
        Op::Get { var, fallback: Some(_) } => Op::Get { var, fallback: None },
        Op::Set { var, value, token: Some(_) } => Op::Set { var, value, token: None },
        Op::Spawn { thread, inherit: true } => Op::Spawn { thread, inherit: false },
        _ => return None,
    })
}

fn renumber(scenario: &mut Scenario) {
    let names = Names::of(scenario);
    let rank = |handle: Handle| {
        let same = |other: &&Handle| std::mem::discriminant(*other) == std::mem::discriminant(&handle);
        let n = names.handles.iter().filter(same).take_while(|other| **other != handle).count() as u16;
        match handle {
            Handle::Var(_) => Handle::Var(VarId(n)),
            Handle::Ctx(_) => Handle::Ctx(CtxId(n.into())),
            Handle::Tok(_) => Handle::Tok(TokId(n)),
            Handle::Iter(_) => Handle::Iter(IterId(n)),
        }
    };
    let value = |value: Val| Val(names.values.iter().take_while(|other| **other != value).count() as u32 + 1);
    let watcher = |w: WatchId| WatchId(names.watchers.iter().take_while(|other| **other != w).count() as u16);
    map_ops(scenario, &mut |op| {
        Some(match rename(op, &rank) {
            Op::NewVar { var, default } => Op::NewVar { var, default: default.map(value) },
            Op::Get { var, fallback } => Op::Get { var, fallback: fallback.map(value) },
            Op::Set { var, value: written, token } => Op::Set { var, value: value(written), token },
            Op::Watch { watcher: w } => Op::Watch { watcher: watcher(w) },
            Op::Unwatch { watcher: w } => Op::Unwatch { watcher: watcher(w) },
            op => op,
        })
    });
    map_other_names(scenario, &rank);
    let specs = Arc::make_mut(&mut scenario.specs);
    specs.values = std::mem::take(&mut specs.values).into_iter().map(|(v, spec)| (value(v), spec)).collect();
    specs.watchers = std::mem::take(&mut specs.watchers).into_iter().map(|(w, ops)| (watcher(w), ops)).collect();
}

/// The operation with other handles.
fn rename(op: Op, to: &impl Fn(Handle) -> Handle) -> Op {
    let v = |var| if let Handle::Var(new) = to(Handle::Var(var)) { new } else { var };
    let c = |ctx| if let Handle::Ctx(new) = to(Handle::Ctx(ctx)) { new } else { ctx };
    let t = |tok| if let Handle::Tok(new) = to(Handle::Tok(tok)) { new } else { tok };
    let i = |iter| if let Handle::Iter(new) = to(Handle::Iter(iter)) { new } else { iter };
    match op {
        Op::NewVar { var, default } => Op::NewVar { var: v(var), default },
        Op::Get { var, fallback } => Op::Get { var: v(var), fallback },
        Op::Set { var, value, token } => Op::Set { var: v(var), value, token: token.map(t) },
        Op::Reset { var, token } => Op::Reset { var: v(var), token: t(token) },
        Op::TokenVar { token } => Op::TokenVar { token: t(token) },
        Op::TokenOld { token } => Op::TokenOld { token: t(token) },
        Op::NewContext { ctx } => Op::NewContext { ctx: c(ctx) },
        Op::CopyCurrent { ctx } => Op::CopyCurrent { ctx: c(ctx) },
        Op::Copy { from, to } => Op::Copy { from: c(from), to: c(to) },
        Op::Enter { ctx } => Op::Enter { ctx: c(ctx) },
        Op::Exit { ctx } => Op::Exit { ctx: c(ctx) },
        Op::Lookup { ctx, var } => Op::Lookup { ctx: c(ctx), var: v(var) },
        Op::Contains { ctx, var } => Op::Contains { ctx: c(ctx), var: v(var) },
        Op::Len { ctx } => Op::Len { ctx: c(ctx) },
        Op::Items { ctx } => Op::Items { ctx: c(ctx) },
        Op::Equal { left, right } => Op::Equal { left: c(left), right: c(right) },
        Op::Iterate { ctx, iter } => Op::Iterate { ctx: c(ctx), iter: i(iter) },
        Op::Next { iter } => Op::Next { iter: i(iter) },
        Op::Drop { handle } => Op::Drop { handle: to(handle) },
        Op::Give { handle, to: thread } => Op::Give { handle: to(handle), to: thread },
        Op::Spawn { .. } | Op::Watch { .. } | Op::Unwatch { .. } | Op::End => op,
    }
}

/// The names that a scenario uses.
#[derive(Default)]
struct Names {
    handles: BTreeSet<Handle>,
    values: BTreeSet<Val>,
    watchers: BTreeSet<WatchId>,
}

impl Names {
    fn of(scenario: &Scenario) -> Names {
        let mut names = Names::default();
        for steps in sections(scenario) {
            each(steps, &mut |step| match step {
                Step::Do(op, _) => names.note(op),
                Step::Run { ctx, .. } => drop(names.handles.insert(Handle::Ctx(*ctx))),
            });
        }
        hooks(&scenario.specs).for_each(|op| names.note(op));
        names.handles.extend(scenario.specs.values.values().flat_map(|spec| &spec.holds));
        names.values.extend(scenario.specs.values.keys());
        names.watchers.extend(scenario.specs.watchers.keys());
        names
    }

    fn note(&mut self, op: &Op) {
        self.handles.extend(op.needs().chain(op.creates()));
        self.values.extend(op.brings());
        if let Op::Watch { watcher } | Op::Unwatch { watcher } = op {
            self.watchers.insert(*watcher);
        }
    }
}

fn number(handle: Handle) -> u32 {
    match handle {
        Handle::Var(id) => id.0.into(),
        Handle::Ctx(id) => id.0,
        Handle::Tok(id) => id.0.into(),
        Handle::Iter(id) => id.0.into(),
    }
}

/// `init`, the threads, `post`.
fn sections(scenario: &Scenario) -> impl Iterator<Item = &Vec<Step>> {
    std::iter::once(&scenario.init).chain(scenario.threads.iter().map(|t| &t.steps)).chain([&scenario.post])
}

fn list_mut(scenario: &mut Scenario, list: usize) -> &mut Vec<Step> {
    let threads = scenario.threads.len();
    match list {
        0 => &mut scenario.init,
        n if n <= threads => &mut scenario.threads[n - 1].steps,
        _ => &mut scenario.post,
    }
}

fn hooks(specs: &Specs) -> impl Iterator<Item = &Op> {
    specs.values.values().flat_map(|spec| spec.code()).chain(specs.watchers.values()).flat_map(|code| &code.ops)
}

/// Visits every step, scopes before what is in them.
fn each(steps: &[Step], visit: &mut impl FnMut(&Step)) {
    for step in steps {
        visit(step);
        if let Step::Run { body, .. } = step {
            each(body, visit);
        }
    }
}

fn each_mut(steps: &mut [Step], visit: &mut impl FnMut(&mut Step)) {
    for step in steps {
        visit(step);
        if let Step::Run { body, .. } = step {
            each_mut(body, visit);
        }
    }
}

/// Puts something in the place of step `at`, counted in the order of the text.
fn edit_step(steps: &mut Vec<Step>, at: usize, edit: &mut impl FnMut(Step) -> Vec<Step>) {
    fn walk(steps: &mut Vec<Step>, left: &mut usize, edit: &mut impl FnMut(Step) -> Vec<Step>) -> bool {
        for n in 0..steps.len() {
            if *left == 0 {
                let new = edit(steps.remove(n));
                steps.splice(n..n, new);
                return true;
            }
            *left -= 1;
            if let Step::Run { body, .. } = &mut steps[n]
                && walk(body, left, edit)
            {
                return true;
            }
        }
        false
    }
    let mut left = at;
    walk(steps, &mut left, edit);
}

fn map_steps(steps: &mut Vec<Step>, map: &mut impl FnMut(Op) -> Option<Op>) {
    steps.retain_mut(|step| match step {
        Step::Do(op, _) => map(*op).map(|new| *op = new).is_some(),
        Step::Run { body, .. } => {
            map_steps(body, map);
            true
        }
    });
}

/// Changes or drops every operation, those of user code too.
fn map_ops(scenario: &mut Scenario, map: &mut impl FnMut(Op) -> Option<Op>) {
    for list in 0..scenario.threads.len() + 2 {
        map_steps(list_mut(scenario, list), map);
    }
    let mut code = |code: &mut UserCode| code.ops.retain_mut(|op| map(*op).map(|new| *op = new).is_some());
    let specs = Arc::make_mut(&mut scenario.specs);
    specs.values.values_mut().flat_map(ValueSpec::code_mut).for_each(&mut code);
    specs.watchers.values_mut().for_each(code);
}

/// The contexts of scopes, and what values hold.
fn map_other_names(scenario: &mut Scenario, to: &impl Fn(Handle) -> Handle) {
    for list in 0..scenario.threads.len() + 2 {
        each_mut(list_mut(scenario, list), &mut |step| {
            if let Step::Run { ctx, .. } = step
                && let Handle::Ctx(new) = to(Handle::Ctx(*ctx))
            {
                *ctx = new;
            }
        });
    }
    let held = Arc::make_mut(&mut scenario.specs).values.values_mut().flat_map(|spec| &mut spec.holds);
    held.for_each(|handle| *handle = to(*handle));
}
