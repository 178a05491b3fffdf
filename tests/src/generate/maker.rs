//! Makes the things that steps name: new ones, ones that a thread holds, values, and user code.

use super::Source;
use super::actor::Actor;
use super::profile::Profile;
use contextvars_model::{CtxId, Handle, IterId, Op, Specs, TokId, UserCode, Val, ValueSpec, VarId, WatchId};

/// How much has been made.
#[derive(Default)]
pub(super) struct Made {
    pub(super) vars: u16,
    pub(super) ctxs: u16,
    toks: u16,
    iters: u16,
    pub(super) watchers: u16,
    values: u32,
    hooks: u32,
    pub(super) threads: u16,
}

pub(super) struct Maker<'a, S> {
    pub(super) source: &'a mut S,
    pub(super) profile: &'a Profile,
    pub(super) made: Made,
    pub(super) specs: Specs,
}

impl<S: Source> Maker<'_, S> {
    pub(super) fn new_var(&mut self, actor: &mut Actor) -> Op {
        let var = VarId(self.made.vars);
        self.made.vars += 1;
        let default = self.source.once_in(3).then(|| self.new_value(None));
        actor.gain(Handle::Var(var), None);
        Op::NewVar { var, default }
    }

    pub(super) fn new_ctx(&mut self) -> CtxId {
        self.made.ctxs += 1;
        CtxId(u32::from(self.made.ctxs) - 1)
    }

    pub(super) fn new_tok(&mut self) -> TokId {
        self.made.toks += 1;
        TokId(self.made.toks - 1)
    }

    pub(super) fn new_iter(&mut self) -> IterId {
        self.made.iters += 1;
        IterId(self.made.iters - 1)
    }

    /// A watcher, with user code sometimes.
    pub(super) fn new_watcher(&mut self, actor: &Actor) -> WatchId {
        let watcher = WatchId(self.made.watchers);
        self.made.watchers += 1;
        if self.profile.allow.hooks && self.source.once_in(2) {
            let code = self.user_code(actor, None);
            self.specs.watchers.insert(watcher, code);
        }
        watcher
    }

    /// A value that was not written before; with a class or user code sometimes, if the actor that writes it is told.
    pub(super) fn new_value(&mut self, actor: Option<&Actor>) -> Val {
        self.made.values += 1;
        let value = Val(self.made.values);
        let allow = &self.profile.allow;
        let class = (allow.classes && self.source.once_in(6)).then(|| self.source.below(2));
        let hooked = allow.hooks && self.made.hooks < self.profile.hooks;
        let mut spec = ValueSpec { class, ..ValueSpec::default() };
        if let (Some(actor), true) = (actor, hooked && self.source.once_in(self.profile.hook_rarity)) {
            self.made.hooks += 1;
            let code = self.user_code(actor, Some(value));
            match self.source.below(4) {
                0 | 3 => spec.on_drop = code,
                1 => spec.on_equal = code,
                _ => spec.on_clone = code,
            }
            if self.source.once_in(4) {
                spec.holds = self.holdings(actor);
            }
        }
        if spec != ValueSpec::default() {
            self.specs.values.insert(value, spec);
        }
        value
    }

    /// What user code writes: a plain value mostly; sometimes one with user code, its own value (`own`) among them.
    pub(super) fn value_of_user_code(&mut self, actor: &Actor, own: Option<Val>) -> Val {
        let known: Vec<Val> = self.specs.values.keys().copied().collect();
        match (self.source.below(6), own) {
            (3, Some(own)) => own,
            (4, _) if !known.is_empty() => self.source.pick(&known),
            (5, _) => self.new_value(Some(actor)),
            _ => self.plain_value(),
        }
    }

    /// One or two objects for a value to hold: contexts and tokens mostly, for these hold values in turn.
    fn holdings(&mut self, actor: &Actor) -> Vec<Handle> {
        let count = self.source.between((1, 2));
        (0..count).map(|_| self.a_handle(actor)).collect()
    }

    /// A value that is nothing but itself.
    pub(super) fn plain_value(&mut self) -> Val {
        self.made.values += 1;
        Val(self.made.values)
    }

    /// What a value (`own`) or a watcher does: one or two operations, mostly reads, for they may be performed several
    /// times; and sometimes a panic.
    pub(super) fn user_code(&mut self, actor: &Actor, own: Option<Val>) -> UserCode {
        let count = if actor.vars.is_empty() { 0 } else { self.source.between((1, 2)) };
        let ops = (0..count).map(|_| self.user_operation(actor, own)).collect();
        UserCode { ops, panics: self.source.once_in(4) }
    }

    fn user_operation(&mut self, actor: &Actor, own: Option<Val>) -> Op {
        let watcher = own.is_none();
        let var = self.a_var(actor);
        let ctx = (!actor.ctxs.is_empty()).then(|| self.a_ctx(actor));
        let writes = self.profile.hooks_write && self.source.once_in(2);
        match (if writes { 3 } else { self.source.below(10) }, ctx) {
            (0..=2, _) => Op::Get { var, fallback: None },
            (3..=4, _) => Op::Set { var, value: self.value_of_user_code(actor, own), token: None },
            (5, Some(ctx)) => Op::Lookup { ctx, var },
            (6, Some(ctx)) => Op::Items { ctx },
            (7, Some(ctx)) => Op::Len { ctx },
            (8, Some(ctx)) if !watcher => Op::Equal { left: ctx, right: self.a_ctx(actor) },
            (9, _) if !watcher && !actor.toks.is_empty() => {
                let (token, var) = self.a_tok(actor);
                Op::Reset { var, token }
            }
            (_, Some(ctx)) => Op::Contains { ctx, var },
            (_, None) => Op::Get { var, fallback: Some(self.plain_value()) },
        }
    }

    pub(super) fn a_var(&mut self, actor: &Actor) -> VarId {
        self.source.pick(&actor.vars)
    }

    pub(super) fn a_ctx(&mut self, actor: &Actor) -> CtxId {
        self.source.pick(&actor.ctxs)
    }

    pub(super) fn a_tok(&mut self, actor: &Actor) -> (TokId, VarId) {
        // Recent ones mostly: their context is likelier to be current.
        let recent = actor.toks.len().saturating_sub(3);
        if self.source.once_in(3) { self.source.pick(&actor.toks) } else { self.source.pick(&actor.toks[recent..]) }
    }

    /// A handle to drop or to hand over; a context mostly, the last variable rarely.
    pub(super) fn a_handle(&mut self, actor: &Actor) -> Handle {
        match self.source.below(4) {
            1 if !actor.toks.is_empty() => Handle::Tok(self.a_tok(actor).0),
            2 if !actor.iters.is_empty() => Handle::Iter(self.source.pick(&actor.iters)),
            3 if actor.vars.len() > 1 => Handle::Var(self.a_var(actor)),
            _ if !actor.ctxs.is_empty() => Handle::Ctx(self.a_ctx(actor)),
            _ => Handle::Var(self.a_var(actor)),
        }
    }
}
