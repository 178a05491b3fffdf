//! All small concurrent scenarios, up to the names of the two threads.

use crate::scenario::{Program, Scenario, Step};
use contextvars_model::{CtxId, Op, TokId, Val, VarId};

/// Which scenarios to enumerate: two threads, each with 1 to `steps` operations over one variable `v0` that is bound in
/// the context `c0`.
///
/// The alphabet is: get, set, copy the current context, and for `c0` enter, exit, items, copy; with `token`, the reset
/// of the token `t0` with which `v0` was bound; with `second`, enter, exit and items of a copy `c1` of `c0` and the
/// equality of both. Two scenarios that differ only in which thread is which count as one. With an alphabet of `a`
/// letters there are `p = a + a² + … + aˢᵗᵉᵖˢ` programs and `p(p + 1) / 2` scenarios:
///
/// | token | second | letters | 1 step | 2 steps | 3 steps |
/// |---|---|---|---|---|---|
/// | no | no | 7 | 28 | 1 596 | 79 800 |
/// | yes | no | 8 | 36 | 2 628 | 170 820 |
/// | no | yes | 11 | 66 | 8 778 | 1 070 916 |
/// | yes | yes | 12 | 78 | 12 246 | 1 775 670 |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Bounds {
    /// Operations per thread at most; 1 to 4.
    pub steps: u32,
    /// Whether there is a token to reset.
    pub token: bool,
    /// Whether there is a second context.
    pub second: bool,
}

impl Bounds {
    /// One operation of the alphabet; the names and values that it makes are fresh.
    fn op(self, letter: u64, thread: u32, at: u32) -> Op {
        let (var, c0, c1) = (VarId(0), CtxId(0), CtxId(1));
        let fresh = CtxId(2 + (thread - 1) * self.steps + at);
        let letter = if self.token || letter < 7 { letter } else { letter + 1 };
        match letter {
            0 => Op::Get { var, fallback: None },
            1 => Op::Set { var, value: Val(10 * thread + at), token: None },
            2 => Op::CopyCurrent { ctx: fresh },
            3 => Op::Enter { ctx: c0 },
            4 => Op::Exit { ctx: c0 },
            5 => Op::Items { ctx: c0 },
            6 => Op::Copy { from: c0, to: fresh },
            7 => Op::Reset { var, token: TokId(0) },
            8 => Op::Enter { ctx: c1 },
            9 => Op::Exit { ctx: c1 },
            10 => Op::Items { ctx: c1 },
            _ => Op::Equal { left: c0, right: c1 },
        }
    }

    fn letters(self) -> u64 {
        7 + u64::from(self.token) + if self.second { 4 } else { 0 }
    }

    /// How many programs a thread can have.
    fn programs(self) -> u64 {
        (1..=self.steps).map(|length| self.letters().pow(length)).sum()
    }

    /// How many scenarios there are.
    pub fn count(self) -> u64 {
        let programs = self.programs();
        programs * (programs + 1) / 2
    }

    /// Scenario number `index`, counted from 0; short programs come first.
    pub fn scenario(self, index: u64) -> Option<Scenario> {
        if index >= self.count() {
            return None;
        }
        // The pairs are numbered (0,0), (0,1), (1,1), (0,2), …: the second is the last whose triangle fits.
        let mut second = ((8.0 * index as f64 + 1.0).sqrt() as u64).saturating_sub(1) / 2;
        while second * (second + 1) / 2 > index {
            second -= 1;
        }
        while (second + 1) * (second + 2) / 2 <= index {
            second += 1;
        }
        let first = index - second * (second + 1) / 2;
        let (var, ctx) = (VarId(0), CtxId(0));
        let token = self.token.then_some(TokId(0));
        let bind = Step::Do(Op::Set { var, value: Val(1), token }, None);
        let mut init = vec![
            Step::Do(Op::NewVar { var, default: None }, None),
            Step::Do(Op::NewContext { ctx }, None),
            Step::Run { ctx, body: vec![bind], panics: false },
        ];
        let mut post = vec![Step::Do(Op::Items { ctx }, None)];
        if self.second {
            init.push(Step::Do(Op::Copy { from: ctx, to: CtxId(1) }, None));
            post.push(Step::Do(Op::Items { ctx: CtxId(1) }, None));
        }
        let threads = vec![self.program(first, 1), self.program(second, 2)];
        Some(Scenario { name: format!("small-{index}"), init, threads, post, ..Scenario::default() })
    }

    fn program(self, number: u64, thread: u32) -> Program {
        let letters = self.letters();
        let (mut number, mut length) = (number, 1);
        while number >= letters.pow(length) {
            number -= letters.pow(length);
            length += 1;
        }
        let step = |at| Step::Do(self.op(number / letters.pow(at) % letters, thread, at), None);
        Program { spawned: false, steps: (0..length).map(step).collect() }
    }
}

/// All scenarios within the bounds, short programs first.
pub fn enumerate(bounds: Bounds) -> impl Iterator<Item = Scenario> {
    (0..bounds.count()).filter_map(move |index| bounds.scenario(index))
}
