//! A scenario whose threads, but for one that reads, go on for long after what they did: with sets and resets, enters
//! and exits, copies, variables, and threads that come and go.
//!
//! For ever would be better; it is long enough for every get of the reader to be disturbed after each of the steps that
//! it may take.

use super::Source;
use crate::scenario::{Program, Scenario, Step};
use contextvars_model::{CtxId, Handle, Op, ThreadId, TokId, Val, VarId};

/// Rounds of what a thread does again and again.
const ROUNDS: u32 = 12;

/// Threads of a crowd.
const CROWD: u16 = 16;

/// What has a name already.
struct Names {
    vars: Vec<VarId>,
    ctxs: Vec<CtxId>,
    tok: u16,
    ctx: u32,
    value: u32,
}

impl Names {
    fn of(scenario: &Scenario) -> Names {
        let mut names = Names { vars: Vec::new(), ctxs: Vec::new(), tok: 0, ctx: 0, value: 0 };
        scenario.each(&mut |op| {
            match op.creates() {
                Some(Handle::Tok(tok)) => names.tok = names.tok.max(tok.0 + 1),
                Some(Handle::Ctx(ctx)) => names.ctx = names.ctx.max(ctx.0 + 1),
                _ => {}
            }
            op.brings().for_each(|value| names.value = names.value.max(value.0));
        });
        let known = scenario.specs.values.keys().map(|value| value.0).max();
        names.value = names.value.max(known.unwrap_or(0));
        for step in &scenario.init {
            match step {
                Step::Do(Op::NewVar { var, .. }, _) => names.vars.push(*var),
                Step::Do(Op::NewContext { ctx } | Op::CopyCurrent { ctx } | Op::Copy { to: ctx, .. }, _) => {
                    names.ctxs.push(*ctx);
                }
                _ => {}
            }
        }
        names
    }

    fn value(&mut self) -> Val {
        self.value += 1;
        Val(self.value)
    }

    fn new_ctx(&mut self) -> CtxId {
        self.ctx += 1;
        CtxId(self.ctx - 1)
    }

    fn new_tok(&mut self) -> TokId {
        self.tok += 1;
        TokId(self.tok - 1)
    }
}

/// The scenario with threads that go on; nothing if it has no variable that everybody knows.
pub fn endless<S: Source>(source: &mut S, scenario: &Scenario, reader: ThreadId) -> Option<Scenario> {
    let mut new = scenario.without_answers();
    let mut names = Names::of(scenario);
    if names.vars.is_empty() {
        return None;
    }
    let crowded = source.once_in(3);
    while new.threads.len() < 2 || crowded && new.threads.len() < usize::from(CROWD) {
        new.threads.push(Program { spawned: false, steps: Vec::new() });
    }
    let rounds = if crowded { 2 } else { ROUNDS };
    for (index, program) in new.threads.iter_mut().enumerate() {
        if ThreadId(index as u16 + 1) == reader {
            let gets = names.vars.iter().map(|&var| Step::Do(Op::Get { var, fallback: None }, None));
            program.steps.extend(gets.clone().chain(gets));
            continue;
        }
        // Some threads do one thing only, so that nothing else comes between.
        let only = source.once_in(2).then(|| source.below(5));
        for _ in 0..rounds {
            let kind = only.unwrap_or_else(|| source.below(5));
            round(source, &mut names, kind, &mut program.steps);
        }
    }
    Some(new)
}

/// Things that a thread does again and again.
fn round<S: Source>(source: &mut S, names: &mut Names, kind: u32, steps: &mut Vec<Step>) {
    let var = source.pick(&names.vars);
    let mut push = |op| steps.push(Step::Do(op, None));
    match kind {
        0 | 1 => {
            for _ in 0..2 {
                push(Op::Set { var, value: names.value(), token: None });
            }
        }
        2 => {
            let token = names.new_tok();
            push(Op::Set { var, value: names.value(), token: Some(token) });
            push(Op::Reset { var, token });
        }
        3 if !names.ctxs.is_empty() => {
            let ctx = source.pick(&names.ctxs);
            push(Op::Enter { ctx });
            push(Op::Set { var, value: names.value(), token: None });
            push(Op::Exit { ctx });
        }
        _ => {
            let ctx = names.new_ctx();
            push(Op::CopyCurrent { ctx });
            push(Op::Enter { ctx });
            push(Op::Set { var, value: names.value(), token: None });
            push(Op::Exit { ctx });
            push(Op::Drop { handle: Handle::Ctx(ctx) });
        }
    }
}
