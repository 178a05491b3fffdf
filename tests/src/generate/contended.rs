//! Scenarios whose threads contend for one thing.
//!
//! In what [`scenario()`](super::scenario()) makes, three threads seldom meet at one object, and a writer seldom has
//! two readers. Here every thread has a part in the use of one context, iterator, token, or of the registry and the
//! list of watchers: two to four threads, mostly three, with few operations each, so that few schedules are enough.

use super::Source;
use crate::scenario::{Program, Scenario, Step};
use contextvars_model::{CtxId, IterId, Op, TokId, Val, VarId, WatchId};

/// What they contend for.
#[derive(Clone, Copy)]
enum Thing {
    /// What is in a context: one or two write it, the others read it by its name.
    Contents,
    /// Who is in a context.
    Context,
    /// Its next binding.
    Iterator,
    /// Its one use.
    Token,
    /// Numbers of variables, and slots of watchers.
    Registry,
}

const CTX: CtxId = CtxId(0);
const ITER: IterId = IterId(0);
const TOKEN: TokId = TokId(0);

/// Names that were not given yet.
struct Contended<'a, S> {
    source: &'a mut S,
    vars: u16,
    ctxs: u32,
    values: u32,
    watchers: u16,
}

/// Generates a scenario; always a valid one.
pub fn contended<S: Source>(source: &mut S) -> Scenario {
    // A writer with readers has the most ways to go wrong.
    let things = [Thing::Contents, Thing::Contents, Thing::Context, Thing::Iterator, Thing::Token, Thing::Registry];
    let (thing, threads) = (source.pick(&things), source.pick(&[2, 3, 3, 4]));
    let mut made = Contended { source, vars: 0, ctxs: 1, values: 0, watchers: 0 };
    let vars = if matches!(thing, Thing::Iterator) { made.source.between((2, 4)) } else { made.source.between((1, 2)) };
    let mut init: Vec<Step> = (0..vars).map(|_| made.new_var()).collect();
    init.push(step(Op::NewContext { ctx: CTX }));
    let (first, rest) = (made.set(VarId(0), Some(TOKEN)), 1..vars as u16);
    let bound = if matches!(thing, Thing::Iterator) { rest.len() } else { made.source.below(2) as usize };
    let rest: Vec<Step> = rest.take(bound).map(|var| made.set(VarId(var), None)).collect();
    init.push(made.inside(std::iter::once(first).chain(rest).collect()));
    init.push(step(Op::Iterate { ctx: CTX, iter: ITER }));
    let shared = made.vars;
    let writers = 1 + usize::from(made.source.once_in(4));
    let programs = (0..threads).map(|number| made.program(thing, number < writers, shared)).collect::<Vec<_>>();
    let post = vec![step(Op::Items { ctx: CTX }), step(Op::Next { iter: ITER })];
    let threads = programs.into_iter().map(|steps| Program { spawned: false, steps }).collect();
    Scenario { name: "contended".to_owned(), init, threads, post, ..Scenario::default() }
}

fn step(op: Op) -> Step {
    Step::Do(op, None)
}

impl<S: Source> Contended<'_, S> {
    /// The part of one thread.
    fn program(&mut self, thing: Thing, writer: bool, vars: u16) -> Vec<Step> {
        let count = self.source.between((1, 3));
        match thing {
            Thing::Contents if writer => {
                let body = (0..count).map(|_| self.write(vars)).collect();
                vec![self.inside(body)]
            }
            Thing::Contents => (0..count).map(|_| self.read(vars)).collect(),
            Thing::Context => (0..count.min(2)).flat_map(|_| self.visit(vars)).collect(),
            Thing::Iterator => (0..count.min(2)).map(|_| step(Op::Next { iter: ITER })).collect(),
            Thing::Token => self.reset(),
            Thing::Registry => (0..count).flat_map(|_| self.register()).collect(),
        }
    }

    fn new_var(&mut self) -> Step {
        self.vars += 1;
        step(Op::NewVar { var: VarId(self.vars - 1), default: None })
    }

    fn new_ctx(&mut self) -> CtxId {
        self.ctxs += 1;
        CtxId(self.ctxs - 1)
    }

    fn set(&mut self, var: VarId, token: Option<TokId>) -> Step {
        self.values += 1;
        step(Op::Set { var, value: Val(self.values), token })
    }

    fn inside(&mut self, body: Vec<Step>) -> Step {
        Step::Run { ctx: CTX, body, panics: false }
    }

    fn a_var(&mut self, vars: u16) -> VarId {
        VarId(self.source.below(u32::from(vars)) as u16)
    }

    /// A write in the context, also by the token with which the first binding was made there.
    fn write(&mut self, vars: u16) -> Step {
        if self.source.once_in(6) {
            return step(Op::Reset { var: VarId(0), token: TOKEN });
        }
        let var = self.a_var(vars);
        self.set(var, None)
    }

    /// A read of the context by its name.
    fn read(&mut self, vars: u16) -> Step {
        let var = self.a_var(vars);
        step(match self.source.below(8) {
            0..=3 => Op::Lookup { ctx: CTX, var },
            4 => Op::Items { ctx: CTX },
            5 => Op::Copy { from: CTX, to: self.new_ctx() },
            6 => Op::Contains { ctx: CTX, var },
            _ => Op::Len { ctx: CTX },
        })
    }

    /// In and out again, with something inside.
    fn visit(&mut self, vars: u16) -> Vec<Step> {
        let var = self.a_var(vars);
        let inner = if self.source.once_in(2) { self.set(var, None) } else { step(Op::Get { var, fallback: None }) };
        if self.source.once_in(2) {
            return vec![self.inside(vec![inner])];
        }
        vec![step(Op::Enter { ctx: CTX }), inner, step(Op::Exit { ctx: CTX })]
    }

    /// The use of the token where that is allowed, or where it is not.
    fn reset(&mut self) -> Vec<Step> {
        let reset = step(Op::Reset { var: VarId(0), token: TOKEN });
        match self.source.below(4) {
            0 => vec![reset],
            1 => vec![step(Op::Enter { ctx: CTX }), reset, step(Op::Exit { ctx: CTX })],
            _ => vec![self.inside(vec![reset, step(Op::Get { var: VarId(0), fallback: None })])],
        }
    }

    /// A new variable and its use, or a watcher.
    fn register(&mut self) -> Vec<Step> {
        if self.source.once_in(4) {
            self.watchers += 1;
            let watcher = WatchId(self.watchers - 1);
            return vec![step(Op::Watch { watcher }), step(Op::Unwatch { watcher })];
        }
        let new = self.new_var();
        let var = VarId(self.vars - 1);
        let (bind, read) = (self.set(var, None), step(Op::Get { var, fallback: None }));
        if self.source.once_in(2) { vec![new, bind, read] } else { vec![new, read, bind] }
    }
}
