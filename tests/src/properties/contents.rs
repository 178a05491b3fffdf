//! What contexts can have contained.
//!
//! The contents of version `k` of a context follow from version 0 and the first `k` writes. Version 0 is empty, or, in
//! a copy, a version of its source: of a context that another thread was inside of during the copy several are
//! possible. These are the *candidates*. What is observed narrows them; a sound history never loses the last one,
//! because the true one is always among them.

use super::Judgement;
use super::replay::Replay;
use super::steps::{Change, Ctx, Source, Step};
use crate::limit;
use contextvars_model::{Op, Ret, Val};

/// More candidates than this are not followed.
const CANDIDATES: usize = 64;

/// The contents of one version: a value or nothing for each variable of the replay.
pub(super) type Row = [Option<Val>];

/// Nor are tables with more cells than this.
const CELLS: usize = 20_000_000;

/// The candidates of one context, each with all versions.
struct Table {
    versions: usize,
    cells: Vec<Option<Val>>,
    alive: Vec<bool>,
}

/// The candidates of all contexts whose contents can be known.
pub(super) struct Contents<'r, 'a> {
    replay: &'r Replay<'a>,
    tables: Vec<Result<Table, Unknown>>,
}

/// Why the contents of a context are not known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// The outcome does not determine them, for example because two threads were inside at once.
    Undetermined,
    /// It does, and there are more than [`CANDIDATES`], or [`CELLS`].
    TooMany,
}

impl<'r, 'a> Contents<'r, 'a> {
    /// Computes them in the order in which the contexts were made; `narrow` is called with each context whose contents
    /// are known, before any copy of it is looked at.
    pub(super) fn new(replay: &'r Replay<'a>, mut narrow: impl FnMut(&mut Self, usize)) -> Self {
        let mut contents = Contents { replay, tables: Vec::with_capacity(replay.contexts.len()) };
        for (index, ctx) in replay.contexts.iter().enumerate() {
            let known = replay.lost.is_none() && !ctx.overlap;
            let table = if known { contents.table(ctx) } else { Err(Unknown::Undetermined) };
            contents.tables.push(table);
            if contents.known(index) {
                narrow(&mut contents, index);
            }
        }
        contents
    }

    /// Whether the contents of the context are known, up to a choice of candidates.
    pub(super) fn known(&self, ctx: usize) -> bool {
        self.tables.get(ctx).is_some_and(Result::is_ok)
    }

    /// The candidates that agree with everything observed so far.
    pub(super) fn candidates(&self, ctx: usize) -> impl Iterator<Item = usize> + '_ {
        let alive = self.tables[ctx].iter().flat_map(|table| table.alive.iter().enumerate());
        alive.filter(|&(_, &alive)| alive).map(|(candidate, _)| candidate)
    }

    /// The contents of a version.
    pub(super) fn row(&self, ctx: usize, candidate: usize, version: usize) -> &Row {
        let width = self.replay.vars.len();
        self.tables[ctx].as_ref().map_or(&[], |table| {
            let at = (candidate * table.versions + version) * width;
            &table.cells[at..at + width]
        })
    }

    /// Keeps the candidates of which `keep` holds, unless there is none.
    pub(super) fn retain(&mut self, ctx: usize, keep: impl Fn(&Self, usize) -> bool) -> bool {
        let kept: Vec<usize> = self.candidates(ctx).filter(|&candidate| keep(self, candidate)).collect();
        if let (Ok(table), false) = (&mut self.tables[ctx], kept.is_empty()) {
            table.alive.iter_mut().for_each(|alive| *alive = false);
            kept.iter().for_each(|&candidate| table.alive[candidate] = true);
        }
        !kept.is_empty()
    }

    /// What a checker says that would have had to know the contents of a context which are not known.
    pub(super) fn left_open(&self, why: &'static str) -> Judgement {
        if self.tables.iter().any(|table| matches!(table, Err(Unknown::TooMany))) {
            return Judgement::OutOfBudget("a context may have had more contents than are followed");
        }
        Judgement::Inconclusive(why)
    }

    fn table(&self, ctx: &Ctx) -> Result<Table, Unknown> {
        let width = self.replay.vars.len();
        let mut initial: Vec<&Row> = Vec::new();
        let empty = vec![None; width];
        match ctx.source {
            None => initial.push(&empty),
            Some(Source { ctx: from, version }) => {
                self.tables[from].as_ref().map_err(|&why| why)?;
                let (first, last) = version.map_or_else(|| self.replay.current_during(from, ctx.made), |v| (v, v));
                for candidate in self.candidates(from) {
                    for row in (first..=last).map(|version| self.row(from, candidate, version)) {
                        if !initial.contains(&row) {
                            initial.push(row);
                        }
                        if initial.len() > CANDIDATES {
                            return Err(Unknown::TooMany);
                        }
                    }
                }
            }
        }
        let versions = ctx.writes.len() + 1;
        if initial.len() * versions * width > CELLS {
            return Err(Unknown::TooMany);
        }
        limit::spend(initial.len() * versions * width);
        let mut cells = Vec::with_capacity(initial.len() * versions * width);
        for row in &initial {
            let base = cells.len();
            cells.extend_from_slice(row);
            for write in &ctx.writes {
                cells.extend_from_within(cells.len() - width..);
                let at = cells.len() - width + write.var;
                cells[at] = match write.change {
                    Change::Bind(value) => Some(value),
                    Change::Restore(earlier) => cells[base + earlier * width + write.var],
                };
            }
        }
        Ok(Table { versions, cells, alive: vec![true; initial.len()] })
    }
}

/// Whether a step that reads (`Lookup`, `Contains`, `Len`, `Items`) answers as it must on these contents. What is not
/// an answer to such a question (it failed otherwise, it is pending) agrees with everything.
pub(super) fn agrees(replay: &Replay<'_>, step: &Step<'_>, row: &Row) -> bool {
    let value = |var| replay.find_var(var).and_then(|index| row[index]);
    let ret = &step.of.ret;
    match step.of.op {
        _ if !observes(step) => true,
        Op::Lookup { var, .. } => match *ret {
            Ret::Value(seen) => value(var) == Some(seen),
            _ => value(var).is_none(),
        },
        Op::Contains { var, .. } => *ret == Ret::Bool(value(var).is_some()),
        Op::Len { .. } => *ret == Ret::Count(row.iter().flatten().count()),
        _ => match ret {
            Ret::Items(items) => {
                items.len() == row.iter().flatten().count() && items.iter().all(|&(var, seen)| value(var) == Some(seen))
            }
            _ => true,
        },
    }
}

/// Whether the step read a context by its name and got an answer of the right kind.
pub(super) fn observes(step: &Step<'_>) -> bool {
    use contextvars_model::Error::NotInContext;
    let answer = matches!(
        (&step.of.op, &step.of.ret),
        (Op::Lookup { .. }, Ret::Value(_) | Ret::Err(NotInContext))
            | (Op::Contains { .. }, Ret::Bool(_))
            | (Op::Len { .. }, Ret::Count(_))
            | (Op::Items { .. }, Ret::Items(_))
    );
    answer && !step.pending()
}

#[derive(Clone, Copy, PartialEq)]
enum Fact {
    Unknown,
    Absent,
    Present,
    Bound(Val),
}

/// What is known of one version from several observations.
pub(super) struct Facts {
    vars: Vec<Fact>,
    len: Option<usize>,
    /// Two observations contradict each other, or one contradicts itself: no version is like that.
    pub(super) contradictory: bool,
}

impl Facts {
    /// Nothing is known.
    pub(super) fn none(replay: &Replay<'_>) -> Facts {
        Facts { vars: vec![Fact::Unknown; replay.vars.len()], len: None, contradictory: false }
    }

    /// This binding is in it.
    pub(super) fn bound(&mut self, replay: &Replay<'_>, binding: (contextvars_model::VarId, Val)) {
        self.know(replay.find_var(binding.0), Fact::Bound(binding.1));
    }

    /// It has that many bindings.
    pub(super) fn count(&mut self, len: usize) {
        self.contradictory |= self.len.is_some_and(|known| known != len);
        self.len = Some(len);
        self.weigh();
    }

    /// A step observed it.
    pub(super) fn observe(&mut self, replay: &Replay<'_>, step: &Step<'_>) {
        match (&step.of.op, &step.of.ret) {
            _ if !observes(step) => {}
            (&Op::Lookup { var, .. }, &Ret::Value(seen)) => self.bound(replay, (var, seen)),
            (&Op::Contains { var, .. }, Ret::Bool(true)) => self.know(replay.find_var(var), Fact::Present),
            (&(Op::Lookup { var, .. } | Op::Contains { var, .. }), _) => {
                self.know(replay.find_var(var), Fact::Absent);
            }
            (_, &Ret::Count(len)) => self.count(len),
            (_, Ret::Items(items)) => {
                items.iter().for_each(|&binding| self.bound(replay, binding));
                self.count(items.len());
            }
            _ => {}
        }
    }

    /// Whether contents are like that.
    pub(super) fn allow(&self, row: &Row) -> bool {
        let like = |(fact, cell): (&Fact, &Option<Val>)| match *fact {
            Fact::Unknown => true,
            Fact::Absent => cell.is_none(),
            Fact::Present => cell.is_some(),
            Fact::Bound(value) => *cell == Some(value),
        };
        let count = || self.len.is_none_or(|len| len == row.iter().flatten().count());
        !self.contradictory && self.vars.iter().zip(row).all(like) && count()
    }

    fn know(&mut self, var: Option<usize>, fact: Fact) {
        let Some(known) = var.map(|var| &mut self.vars[var]) else {
            self.contradictory |= matches!(fact, Fact::Bound(_) | Fact::Present);
            return;
        };
        match (*known, fact) {
            (a, b) if a == b => {}
            (Fact::Unknown, _) | (Fact::Present, Fact::Bound(_)) => *known = fact,
            (Fact::Bound(_), Fact::Present) => {}
            _ => self.contradictory = true,
        }
        self.weigh();
    }

    fn weigh(&mut self) {
        let Some(len) = self.len else { return };
        let at_least = self.vars.iter().filter(|f| matches!(f, Fact::Bound(_) | Fact::Present)).count();
        let at_most = self.vars.iter().filter(|&&f| f != Fact::Absent).count();
        self.contradictory |= len < at_least || len > at_most;
        if !self.contradictory && len == at_least {
            let unknown = self.vars.iter_mut().filter(|f| **f == Fact::Unknown);
            unknown.for_each(|fact| *fact = Fact::Absent);
        }
    }
}
