//! Lifetimes: what something holds, what dies, and what then happens.
//!
//! References are counted, so an object dies at once when the last reference to it goes, and objects that hold each
//! other in a circle never die. A value dies before what it holds: its code runs while it still holds that.

use crate::op::{CtxId, Handle, IterId, ThreadId, TokId, Trigger, Val, VarId};
use crate::state::{Bindings, State, Token};
use crate::user_code::{Step, run_user_code};
use std::collections::{BTreeMap, BTreeSet};

/// Objects that something holds, and the values reachable through them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reachable {
    /// Variables.
    pub vars: BTreeSet<VarId>,
    /// Contexts.
    pub contexts: BTreeSet<CtxId>,
    /// Tokens.
    pub tokens: BTreeSet<TokId>,
    /// Iterators.
    pub iterators: BTreeSet<IterId>,
    /// Values.
    pub values: BTreeSet<Val>,
}

impl State {
    /// What exists: the objects that threads, operations in progress and abandoned contexts hold, and those that hold
    /// themselves in a circle. Every circle goes through a value that holds something: nothing else refers upwards.
    pub fn reachable(&self) -> Reachable {
        let mut found = Reachable::default();
        self.pinned.iter().for_each(|&value| found.value(self, value));
        self.in_use.iter().for_each(|&handle| found.handle(self, handle));
        self.abandoned.iter().for_each(|&ctx| found.context(self, ctx));
        for thread in self.threads.values() {
            thread.stack.iter().for_each(|&ctx| found.context(self, ctx));
            thread.held.iter().for_each(|&handle| found.handle(self, handle));
        }
        for &value in self.holdings.keys() {
            if !found.values.contains(&value) && self.held_by(value).values.contains(&value) {
                found.value(self, value);
            }
        }
        found
    }

    /// What a value holds, directly or through what it holds.
    fn held_by(&self, value: Val) -> Reachable {
        let mut held = Reachable::default();
        held.holdings(self, value);
        held
    }
}

impl Reachable {
    fn handle(&mut self, state: &State, handle: Handle) {
        match handle {
            Handle::Var(v) => self.variable(state, v),
            Handle::Ctx(c) => self.context(state, c),
            Handle::Tok(t) => self.token(state, t),
            Handle::Iter(i) => self.iterator(state, i),
        }
    }

    fn value(&mut self, state: &State, value: Val) {
        if self.values.insert(value) {
            self.holdings(state, value);
        }
    }

    fn holdings(&mut self, state: &State, value: Val) {
        state.holdings.get(&value).into_iter().flatten().for_each(|&handle| self.handle(state, handle));
    }

    fn variable(&mut self, state: &State, var: VarId) {
        if self.vars.insert(var) {
            state.vars[&var].into_iter().for_each(|value| self.value(state, value));
        }
    }

    fn bindings(&mut self, state: &State, map: &Bindings) {
        for (&var, &value) in map {
            self.variable(state, var);
            self.value(state, value);
        }
    }

    fn context(&mut self, state: &State, ctx: CtxId) {
        if self.contexts.insert(ctx) {
            self.bindings(state, &state.contexts[&ctx].map);
        }
    }

    fn token(&mut self, state: &State, token: TokId) {
        if self.tokens.insert(token) {
            let Token { var, ctx, old, .. } = state.tokens[&token];
            self.variable(state, var);
            self.context(state, ctx);
            old.into_iter().for_each(|value| self.value(state, value));
        }
    }

    fn iterator(&mut self, state: &State, iter: IterId) {
        if self.iterators.insert(iter) {
            self.bindings(state, &state.iterators[&iter].map);
        }
    }
}

/// Drops what nothing holds any more. A value is taken off [`State::live`] before its code runs, which cannot find it;
/// what it holds stays until that code is through, and is dropped then. Of the dead values those come first that no
/// other dead one holds: there are some, since circles count as living. Several that act are in no specified order, so
/// it does not matter that here all of them act before what they hold is dropped.
pub(crate) fn sweep(step: Step, state: &mut State, thread: ThreadId) {
    if !state.lifetimes {
        return;
    }
    loop {
        let mut found = state.reachable();
        let dead: Vec<Val> = state.live.difference(&found.values).copied().collect();
        let below: Vec<Reachable> = dead.iter().map(|&value| state.held_by(value)).collect();
        let held = |value: &Val| below.iter().any(|held| held.values.contains(value));
        let first: Vec<Val> = dead.iter().copied().filter(|value| !held(value)).collect();
        let code = |value: &Val| state.spec(*value).is_some_and(|spec| !spec.on_drop.ops.is_empty());
        let acts = |value: &&Val| code(value) || state.held_by(**value).values.iter().any(code);
        let acting: Vec<Val> = first.iter().filter(acts).copied().collect();
        // An enclosing release may still refer to a value, which then dies later.
        let late = |value: &Val| state.releasing.iter().any(|released| released.contains(value));
        if acting.len() > 1 || acting.iter().any(late) {
            state.unspecified = Some("the order in which several values are dropped is not specified");
        }
        dead.iter().for_each(|&value| found.holdings(state, value));
        let released = release(state, &found);
        state.live.retain(|value| !first.contains(value));
        if first.is_empty() {
            return;
        }
        state.releasing.push(released);
        let mark = state.in_use.len();
        // All at once: what one of them does must find what the others hold, whose turn is still to come.
        let held: Vec<_> = first.iter().filter_map(|value| state.holdings.remove(value)).flatten().collect();
        state.in_use.extend(held);
        for value in first {
            let code = state.spec(value).map(|spec| spec.on_drop.clone()).unwrap_or_default();
            run_user_code(step, state, thread, Trigger::Drop(value), &code);
        }
        state.releasing.pop();
        if state.in_use.len() == mark {
            return;
        }
        state.in_use.truncate(mark);
    }
}

/// Removes the objects that were not found; returns the values that they referred to.
fn release(state: &mut State, found: &Reachable) -> BTreeSet<Val> {
    let mut values = BTreeSet::new();
    keep(&mut state.vars, &found.vars, |default| values.extend(*default));
    keep(&mut state.contexts, &found.contexts, |context| values.extend(context.map.values()));
    keep(&mut state.tokens, &found.tokens, |token| values.extend(token.old));
    keep(&mut state.iterators, &found.iterators, |iterator| values.extend(iterator.map.values()));
    values
}

/// Keeps the objects with these names, and shows those that it removes.
fn keep<K: Ord, T>(objects: &mut BTreeMap<K, T>, names: &BTreeSet<K>, mut removed: impl FnMut(&T)) {
    objects.retain(|name, object| {
        let kept = names.contains(name);
        if !kept {
            removed(object);
        }
        kept
    });
}
