//! Large scenarios, shaped: each shape makes one kind of number grow, so that what goes wrong beyond a number shows.
//!
//! A blind generator of long programs seldom reads the sixty-fifth variable after it bound the first. So each shape
//! does one thing many times and looks at all of it afterwards, in another order. Threads mostly stay in contexts of
//! their own: what depends on a size shows in one of them, and a history with few races is judged in a few steps.

use super::Source;
use super::profile::{Allow, Profile};
use crate::scenario::{Program, Scenario, Step};
use contextvars_model::{CtxId, Handle, IterId, Op, ThreadId, TokId, Val, VarId};

/// What large scenarios are called.
pub const NAME: &str = "generated-large";

/// Variables at most.
pub const VARIABLES: u32 = 200;

/// Enters of one thread, and contexts that it is in at once, at most.
pub const ENTERS: u32 = 60;

/// Operations of one thread at most.
pub const OPERATIONS: usize = 500;

/// Parallel threads at most; of the threads that start one after the other there may be as many as a scenario can have.
pub const THREADS: u32 = 8;

/// What a scenario does many times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Binds many variables in one context and reads them again in other orders.
    Reads,
    /// Enters and leaves again and again, and reads after each.
    Scopes,
    /// Enters one context inside the other, and reads on the way out.
    Depth,
    /// Takes many tokens, and resets with old ones and new ones.
    Tokens,
    /// Makes many copies and iterators, and looks at all of them later.
    Copies,
    /// Starts many threads, one after the other, each of which sets and reads.
    Starts,
    /// Does the same few operations on the same few variables all the time.
    Repeats,
    /// Makes variables, binds them and gives them up, so that more have been than there are.
    Turnover,
    /// A bit of everything, for long.
    Mixed,
}

impl Shape {
    /// All shapes, in the order in which they have their turn.
    pub const ALL: [Shape; 9] = [
        Shape::Reads,
        Shape::Scopes,
        Shape::Tokens,
        Shape::Copies,
        Shape::Depth,
        Shape::Starts,
        Shape::Repeats,
        Shape::Turnover,
        Shape::Mixed,
    ];

    /// The shape whose turn it is.
    pub fn of_turn(turn: usize) -> Shape {
        Shape::ALL[turn % Shape::ALL.len()]
    }
}

/// The profile of [`Shape::Mixed`].
const MIXED: Profile = Profile {
    threads: (1, 2),
    steps: (100, 250),
    init: (0, 20),
    post: (0, 20),
    variables: (2, 24),
    contexts: (0, 4),
    most: (40, 60),
    depth: 8,
    hooks: 0,
    hook_rarity: 1,
    hooks_write: false,
    allow: Allow { hooks: false, ..Allow::ALL },
};

/// Generates a large scenario of this shape, with at least so many parallel threads (but for [`Shape::Mixed`], which
/// has one or two).
pub fn large<S: Source>(source: &mut S, shape: Shape, least: u32) -> Scenario {
    if shape == Shape::Mixed {
        return Scenario { name: NAME.to_owned(), ..super::scenario(source, &MIXED) };
    }
    let (count, most) = match source.below(16) {
        _ if shape == Shape::Starts => (source.between((9, Scenario::MAX_THREADS as u32)), 30),
        0 => (THREADS, OPERATIONS),
        1 | 2 => (source.between((3, THREADS)), 150),
        4 => (least.max(1), OPERATIONS),
        // Long enough for most sizes, and more of them for the same effort.
        _ => (least.max(1), source.pick(&[160, 240, 350])),
    };
    let variables = match shape {
        Shape::Reads => source.between((20, VARIABLES)).min(most as u32 / 2),
        Shape::Copies => source.between((1, 40)),
        _ => source.between((1, 6)),
    };
    let mut names = Names { variables, ..Names::default() };
    let mut main = Writer { source, names: &mut names, steps: Vec::new(), most: usize::MAX };
    for n in 0..variables {
        let default = main.source.once_in(8).then(|| main.value());
        main.put(Op::NewVar { var: VarId(n as u16), default });
    }
    if shape == Shape::Starts {
        // Thread 0 is a thread as well.
        main.variables().into_iter().for_each(|var| main.set(var));
        main.variables().into_iter().for_each(|var| main.get(var));
    }
    let init = main.steps;
    let threads = (1..=count)
        .map(|n| {
            let mut writer = Writer { source: &mut *source, names: &mut names, steps: Vec::new(), most };
            match shape {
                Shape::Reads => writer.reads(),
                Shape::Scopes => writer.scopes(),
                Shape::Depth => writer.depth(),
                Shape::Tokens => writer.tokens(),
                Shape::Copies => writer.copies(),
                Shape::Starts => writer.starts((n < count).then_some(ThreadId(n as u16 + 1))),
                Shape::Repeats => writer.repeats(),
                Shape::Turnover | Shape::Mixed => writer.turnover(),
            }
            Program { spawned: shape == Shape::Starts && n > 1, steps: writer.steps }
        })
        .collect();
    let post = (0..variables).map(|n| Step::Do(Op::Get { var: VarId(n as u16), fallback: None }, None));
    let post = if shape == Shape::Starts { post.collect() } else { Vec::new() };
    Scenario { name: NAME.to_owned(), init, threads, post, ..Scenario::default() }
}

/// How many of everything have been named.
#[derive(Default)]
struct Names {
    variables: u32,
    contexts: u32,
    tokens: u16,
    iterators: u16,
    values: u32,
}

/// Writes the program of one thread.
struct Writer<'a, S> {
    source: &'a mut S,
    names: &'a mut Names,
    steps: Vec<Step>,
    most: usize,
}

impl<S: Source> Writer<'_, S> {
    /// Appends an operation while there is room: what is cut off at the end is only missing.
    fn put(&mut self, op: Op) {
        if self.has_room() {
            self.steps.push(Step::Do(op, None));
        }
    }

    fn has_room(&self) -> bool {
        self.steps.len() < self.most
    }

    fn value(&mut self) -> Val {
        self.names.values += 1;
        Val(self.names.values)
    }

    fn a_var(&mut self) -> VarId {
        VarId(self.source.below(self.names.variables) as u16)
    }

    fn get(&mut self, var: VarId) {
        self.put(Op::Get { var, fallback: None });
    }

    fn set(&mut self, var: VarId) {
        let value = self.value();
        self.put(Op::Set { var, value, token: None });
    }

    fn set_for_token(&mut self, var: VarId) -> TokId {
        let (value, token) = (self.value(), TokId(self.names.tokens));
        self.names.tokens += 1;
        self.put(Op::Set { var, value, token: Some(token) });
        token
    }

    fn name_ctx(&mut self) -> CtxId {
        self.names.contexts += 1;
        CtxId(self.names.contexts - 1)
    }

    fn new_ctx(&mut self) -> CtxId {
        let ctx = self.name_ctx();
        if self.source.once_in(2) {
            self.put(Op::NewContext { ctx });
        } else {
            self.put(Op::CopyCurrent { ctx });
        }
        ctx
    }

    /// The same things in another order: as they are, backwards, in strides, or shuffled.
    fn order<T: Copy>(&mut self, things: &[T]) -> Vec<T> {
        let mut order = things.to_vec();
        match self.source.below(4) {
            0 => {}
            1 => order.reverse(),
            2 => {
                let stride = self.source.between((2, 33)) as usize;
                let by_stride = |from| (from..things.len()).step_by(stride);
                order = (0..stride.min(things.len())).flat_map(by_stride).map(|at| things[at]).collect();
            }
            _ => {
                for at in (1..order.len()).rev() {
                    order.swap(at, self.source.below(at as u32 + 1) as usize);
                }
            }
        }
        order
    }

    fn variables(&self) -> Vec<VarId> {
        (0..self.names.variables as u16).map(VarId).collect()
    }

    /// Looks at all that the current context binds.
    fn look(&mut self) {
        let ctx = self.name_ctx();
        self.put(Op::CopyCurrent { ctx });
        self.put(Op::Len { ctx });
        self.put(Op::Items { ctx });
        if self.source.once_in(2) {
            self.go_through(ctx);
        }
    }

    /// Advances an iterator to its end, and once more.
    fn go_through(&mut self, ctx: CtxId) {
        let iter = IterId(self.names.iterators);
        self.names.iterators += 1;
        self.put(Op::Iterate { ctx, iter });
        for _ in 0..=self.names.variables {
            self.put(Op::Next { iter });
        }
    }

    /// Gives up a context, with which what it binds dies.
    fn give_up(&mut self, ctx: CtxId) {
        self.put(Op::Drop { handle: Handle::Ctx(ctx) });
    }

    fn reads(&mut self) {
        let all = self.variables();
        for var in self.order(&all) {
            self.set(var);
        }
        if self.source.once_in(2) {
            self.look();
        }
        while self.has_room() {
            match self.source.below(4) {
                0 => {
                    // An inner frame fills the cache as well, and is left again.
                    let ctx = self.new_ctx();
                    self.put(Op::Enter { ctx });
                    for _ in 0..self.source.between((1, 50)) {
                        let var = self.a_var();
                        if self.source.once_in(2) { self.set(var) } else { self.get(var) }
                    }
                    self.put(Op::Exit { ctx });
                    self.give_up(ctx);
                }
                1 => {
                    for _ in 0..self.source.between((1, 10)) {
                        let var = self.a_var();
                        self.set(var);
                    }
                }
                _ => {}
            }
            for var in self.order(&all) {
                self.get(var);
            }
            self.look();
        }
    }

    fn scopes(&mut self) {
        for var in self.variables() {
            self.set(var);
        }
        let count = self.source.between((1, 3));
        let mut ctxs: Vec<CtxId> = (0..count).map(|_| self.new_ctx()).collect();
        for _ in 0..ENTERS {
            let at = self.source.below(count) as usize;
            let ctx = ctxs[at];
            self.put(Op::Enter { ctx });
            for _ in 0..self.source.between((1, 3)) {
                let var = self.a_var();
                if self.source.once_in(3) { self.set(var) } else { self.get(var) }
            }
            self.put(Op::Exit { ctx });
            if self.source.once_in(3) {
                self.give_up(ctx);
                ctxs[at] = self.new_ctx();
            }
            for _ in 0..self.source.between((0, 2)) {
                let var = self.a_var();
                if self.source.once_in(6) { self.set(var) } else { self.get(var) }
            }
        }
    }

    fn depth(&mut self) {
        let deepest = self.source.between((8, ENTERS));
        let mut inside = Vec::new();
        for _ in 0..deepest {
            let ctx = self.new_ctx();
            self.put(Op::Enter { ctx });
            inside.push(ctx);
            for _ in 0..self.source.between((1, 2)) {
                let var = self.a_var();
                if self.source.once_in(3) { self.get(var) } else { self.set(var) }
            }
        }
        // Who is inside one further out may not leave it yet.
        let far_out = self.source.pick(&inside);
        self.put(Op::Exit { ctx: far_out });
        while let Some(ctx) = inside.pop() {
            for _ in 0..self.source.between((0, 2)) {
                let var = self.a_var();
                self.get(var);
            }
            self.put(Op::Exit { ctx });
        }
        for var in self.variables() {
            self.get(var);
        }
    }

    fn tokens(&mut self) {
        let count = self.source.between((self.most as u32 / 8, self.most as u32 * 2 / 5));
        let taken: Vec<(VarId, TokId)> = (0..count)
            .map(|_| {
                let var = self.a_var();
                (var, self.set_for_token(var))
            })
            .collect();
        for (var, token) in self.order(&taken) {
            match self.source.below(6) {
                0 => self.put(Op::TokenOld { token }),
                1 => self.put(Op::TokenVar { token }),
                _ => self.put(Op::Reset { var, token }),
            }
            if self.source.once_in(3) {
                self.get(var);
            }
            if self.source.once_in(8) {
                let (var, token) = self.source.pick(&taken);
                self.put(Op::Reset { var, token });
            }
        }
        // Whatever was used is used now.
        for (var, token) in self.order(&taken) {
            self.put(Op::Reset { var, token });
        }
    }

    fn copies(&mut self) {
        let count = self.source.between((10, self.most as u32 / 4));
        let mut copies = Vec::new();
        for _ in 0..count {
            let var = self.a_var();
            self.set(var);
            let to = self.name_ctx();
            if copies.is_empty() || !self.source.once_in(5) {
                self.put(Op::CopyCurrent { ctx: to });
            } else {
                let from = self.source.pick(&copies);
                self.put(Op::Copy { from, to });
            }
            copies.push(to);
        }
        let mut iterators = Vec::new();
        for ctx in self.order(&copies) {
            let var = self.a_var();
            match self.source.below(8) {
                0 => self.put(Op::Len { ctx }),
                1 => self.put(Op::Contains { ctx, var }),
                2 => {
                    let right = self.source.pick(&copies);
                    self.put(Op::Equal { left: ctx, right });
                }
                3 => {
                    let iter = IterId(self.names.iterators);
                    self.names.iterators += 1;
                    self.put(Op::Iterate { ctx, iter });
                    iterators.push(iter);
                }
                4 => {
                    self.put(Op::Enter { ctx });
                    self.get(var);
                    self.set(var);
                    self.put(Op::Exit { ctx });
                }
                5 => self.put(Op::Items { ctx }),
                _ => self.put(Op::Lookup { ctx, var }),
            }
        }
        while self.has_room() {
            if !iterators.is_empty() && self.source.once_in(2) {
                let iter = self.source.pick(&iterators);
                self.put(Op::Next { iter });
            } else {
                let ctx = self.source.pick(&copies);
                self.put(Op::Items { ctx });
            }
        }
    }

    /// Starts `next` at its end, so that the threads come one after the other, more or less.
    fn starts(&mut self, next: Option<ThreadId>) {
        self.most -= 1;
        let (first, count) = (self.a_var(), self.source.between((2, 14)));
        // What another thread left behind would show before this one has set anything.
        self.get(first);
        for _ in 0..count {
            let var = self.a_var();
            match self.source.below(4) {
                0 | 1 => self.set(var),
                2 => self.get(var),
                _ => {
                    let ctx = self.new_ctx();
                    self.put(Op::Enter { ctx });
                    self.get(var);
                    self.set(var);
                    if self.source.once_in(2) {
                        self.put(Op::Exit { ctx });
                    }
                }
            }
        }
        for var in self.variables() {
            self.get(var);
        }
        self.most += 1;
        if let Some(thread) = next {
            let inherit = self.source.once_in(3);
            self.put(Op::Spawn { thread, inherit });
        }
    }

    fn repeats(&mut self) {
        let all = self.variables();
        // Sets mostly, or reads mostly: a count of either may be what it takes.
        let sets = self.source.pick(&[1, 4, 7]);
        let mut last = None;
        while self.has_room() {
            let var = self.source.pick(&all);
            if self.source.below(8) < sets {
                if self.source.once_in(4) {
                    last = Some((var, self.set_for_token(var)));
                } else {
                    self.set(var);
                }
                self.get(var);
            } else {
                for _ in 0..self.source.between((1, 12)) {
                    self.get(var);
                }
            }
            if let Some((var, token)) = last.filter(|_| self.source.once_in(12)) {
                self.put(Op::Reset { var, token });
                self.get(var);
                last = None;
            }
            if self.source.once_in(20) {
                self.look();
            }
        }
    }

    fn turnover(&mut self) {
        let mut own = Vec::new();
        while self.has_room() {
            let var = VarId(self.names.variables as u16);
            if self.names.variables < VARIABLES && !self.source.once_in(4) {
                self.names.variables += 1;
                self.put(Op::NewVar { var, default: None });
                self.get(var);
                self.set(var);
                own.push(var);
            }
            if own.len() > 4 && self.source.once_in(3) {
                let at = self.source.below(own.len() as u32) as usize;
                let handle = Handle::Var(own.swap_remove(at));
                self.put(Op::Drop { handle });
            }
            if self.source.once_in(6) || own.is_empty() {
                // What is bound dies with its context, so that variables end, too.
                let ctx = self.new_ctx();
                self.put(Op::Enter { ctx });
            }
            for _ in 0..self.source.between((1, 3)).min(own.len() as u32) {
                let var = self.source.pick(&own);
                self.get(var);
            }
        }
    }
}
