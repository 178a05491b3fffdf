//! The scenarios that the project ships, built into the program. `tests/scenarios/` holds their text.

use super::Scenario;

/// A scenario that the project ships.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shipped {
    /// What it is for: `issue`, `sequential`, `lifetimes`, `pairs` or `small`.
    pub group: &'static str,
    /// Its file below `tests/scenarios/`.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What the text says.
    pub scenario: Scenario,
}

macro_rules! files {
    ($($group:literal: $($file:literal)*;)*) => {
        &[$($(($group, $file, include_str!(concat!("../../scenarios/", $file)))),*),*]
    };
}

/// Group, file and text of all.
const FILES: &[(&str, &str, &str)] = files! {
    "issue":
        "issue-121546-decimal.scn"
        "issue-121546-pool.scn";
    "sequential":
        "sequential/2-1-dead-variable-drops-its-default.scn"
        "sequential/2-1-variable-keeps-its-default.scn"
        "sequential/2-1-variables-are-distinct.scn"
        "sequential/2-2-clone-panics.scn"
        "sequential/2-2-default-in-every-context.scn"
        "sequential/2-2-default-is-not-stored.scn"
        "sequential/2-2-equal-values-are-distinct.scn"
        "sequential/2-2-get-bound.scn"
        "sequential/2-2-get-fallback-before-default.scn"
        "sequential/2-2-get-unbound.scn"
        "sequential/2-2-set-same-value-gives-token.scn"
        "sequential/2-3-absent-again-by-its-token-only.scn"
        "sequential/2-3-failed-reset-keeps-token.scn"
        "sequential/2-3-finaliser-panics.scn"
        "sequential/2-3-finaliser-reads-the-new-value.scn"
        "sequential/2-3-finaliser-wins-over-reset-to-absent.scn"
        "sequential/2-3-finaliser-wins-over-reset.scn"
        "sequential/2-3-finaliser-wins-over-set.scn"
        "sequential/2-3-order-used-before-all.scn"
        "sequential/2-3-order-used-before-context.scn"
        "sequential/2-3-order-used-before-variable.scn"
        "sequential/2-3-order-variable-before-context.scn"
        "sequential/2-3-reset-after-reentry.scn"
        "sequential/2-3-reset-by-another-thread.scn"
        "sequential/2-3-reset-in-copy.scn"
        "sequential/2-3-reset-in-nested-context.scn"
        "sequential/2-3-reset-out-of-order.scn"
        "sequential/2-3-reset-outer-then-inner.scn"
        "sequential/2-3-reset-outside-run.scn"
        "sequential/2-3-reset-same-object.scn"
        "sequential/2-3-reset-to-absent-removes.scn"
        "sequential/2-3-reset-twice-after-reentry.scn"
        "sequential/2-3-reset-twice.scn"
        "sequential/2-3-reset-without-context.scn"
        "sequential/2-3-token-held-by-a-value.scn"
        "sequential/2-4-old-after-use.scn"
        "sequential/2-4-old-ignores-default.scn"
        "sequential/2-4-token-keeps-its-context.scn"
        "sequential/2-4-token-keeps-old-value.scn"
        "sequential/2-4-token-outlives-handles.scn"
        "sequential/2-4-token-scope-after-panic.scn"
        "sequential/2-4-token-scope-in-another-context.scn"
        "sequential/2-4-token-scope-nested.scn"
        "sequential/2-4-token-scope-twice.scn"
        "sequential/2-4-token-scope.scn"
        "sequential/2-5-clone-runs-after-the-read.scn"
        "sequential/2-5-context-keeps-its-variables.scn"
        "sequential/2-5-copy-current-in-scope.scn"
        "sequential/2-5-copy-current-is-new-each-time.scn"
        "sequential/2-5-copy-current-of-nothing.scn"
        "sequential/2-5-copy-is-a-snapshot.scn"
        "sequential/2-5-copy-is-not-entered.scn"
        "sequential/2-5-copy-keeps-its-values.scn"
        "sequential/2-5-copy-while-another-thread-is-inside.scn"
        "sequential/2-5-dead-context-drops-its-values.scn"
        "sequential/2-5-equal-asks-no-value-for-itself.scn"
        "sequential/2-5-equal-asks-the-left-value.scn"
        "sequential/2-5-equal-by-content.scn"
        "sequential/2-5-equal-identity-first.scn"
        "sequential/2-5-equal-other-variable.scn"
        "sequential/2-5-equal-pins-its-maps.scn"
        "sequential/2-5-equal-pins-the-right-map.scn"
        "sequential/2-5-equal-user-equality.scn"
        "sequential/2-5-equality-panics.scn"
        "sequential/2-5-exhausted-iterator-keeps-its-version.scn"
        "sequential/2-5-iterator-delivers-everything.scn"
        "sequential/2-5-iterator-keeps-its-version.scn"
        "sequential/2-5-iterator-of-nothing.scn"
        "sequential/2-5-iterator-outlives-context.scn"
        "sequential/2-5-iterators-are-independent.scn"
        "sequential/2-5-len-counts-variables.scn"
        "sequential/2-5-lookup-ignores-default.scn"
        "sequential/2-5-new-context-is-empty.scn"
        "sequential/2-5-reads-are-live.scn"
        "sequential/2-5-reads-by-another-thread.scn"
        "sequential/2-6-body-exits-its-own.scn"
        "sequential/2-6-body-leaves-and-enters-again.scn"
        "sequential/2-6-body-leaves-another-entered.scn"
        "sequential/2-6-loser-changes-nothing-inside.scn"
        "sequential/2-6-run-again-after-leaving.scn"
        "sequential/2-6-run-empty-panics.scn"
        "sequential/2-6-run-has-no-parent.scn"
        "sequential/2-6-run-keeps-its-values.scn"
        "sequential/2-6-run-on-another-thread.scn"
        "sequential/2-6-run-panics.scn"
        "sequential/2-6-run-reenter-direct.scn"
        "sequential/2-6-run-reenter-through-another.scn"
        "sequential/2-6-unbalanced-body-panics.scn"
        "sequential/2-6-value-holds-a-context.scn"
        "sequential/3-enter-exit-sequence.scn"
        "sequential/3-event-after-panic.scn"
        "sequential/3-events.scn"
        "sequential/3-exit-of-another-threads-context.scn"
        "sequential/3-exit-out-of-order.scn"
        "sequential/3-exit-without-handle.scn"
        "sequential/3-no-events.scn"
        "sequential/3-watcher-acts-after-the-exit.scn"
        "sequential/3-watcher-acts-after-the-switch.scn"
        "sequential/3-watcher-hears-every-thread.scn"
        "sequential/3-watcher-panics.scn"
        "sequential/3-watcher-slots.scn"
        "sequential/3-watchers-in-the-order-of-slots.scn"
        "sequential/4-1-end-drops-values.scn"
        "sequential/4-1-end-in-rounds.scn"
        "sequential/4-1-end-leaves-everything.scn"
        "sequential/4-1-end-leaves-nested.scn"
        "sequential/4-1-spawn-empty.scn"
        "sequential/4-1-spawn-inherit-from-scope.scn"
        "sequential/4-1-spawn-inherit-nothing.scn"
        "sequential/4-1-spawn-inherit-stays-there.scn"
        "sequential/4-1-spawn-inherit-token.scn"
        "sequential/4-1-spawn-inherit-while-inside.scn"
        "sequential/4-1-spawn-inherit.scn"
        "sequential/4-1-thread-in-entered-context.scn"
        "sequential/4-1-thread-in-given-context.scn"
        "sequential/4-1-thread-never-inherits.scn"
        "sequential/4-1-thread-without-context.scn"
        "sequential/4-1-to-thread.scn"
        "sequential/4-1-worker-shares-its-context.scn"
        "sequential/6-handle-given-up.scn"
        "sequential/6-handle-handed-over.scn";
    "lifetimes":
        "lifetimes/changed-while-away.scn"
        "lifetimes/context-dies-under-its-entry.scn"
        "lifetimes/entered-again-after-death.scn"
        "lifetimes/entered-again.scn"
        "lifetimes/entry-of-the-dead.scn"
        "lifetimes/inherited-and-replaced.scn"
        "lifetimes/next-thread.scn"
        "lifetimes/numbers-come-round.scn"
        "lifetimes/other-variable-after-the-end.scn"
        "lifetimes/snapshot-outlives-everything.scn"
        "lifetimes/thread-ends-before-variable.scn"
        "lifetimes/thread-ends-under-its-entry.scn"
        "lifetimes/token-dies-under-its-entry.scn"
        "lifetimes/value-that-sets-itself.scn"
        "lifetimes/variable-dies-before-thread.scn"
        "lifetimes/variable-dies-while-another-reads.scn";
    "pairs":
        "pairs/copy-twice.scn"
        "pairs/default-while-other-sets.scn"
        "pairs/drop-and-read.scn"
        "pairs/enter-same.scn"
        "pairs/exit-and-enter.scn"
        "pairs/exit-of-the-others.scn"
        "pairs/give-and-use.scn"
        "pairs/new-variables-with-defaults.scn"
        "pairs/new-variables.scn"
        "pairs/next-on-one-iterator.scn"
        "pairs/own-values.scn"
        "pairs/read-while-other-sets.scn"
        "pairs/reset-and-read.scn"
        "pairs/reset-from-outside.scn"
        "pairs/reset-same-token.scn"
        "pairs/set-and-copy.scn"
        "pairs/set-and-equal.scn"
        "pairs/set-and-items.scn"
        "pairs/set-and-iterate.scn"
        "pairs/set-and-len.scn"
        "pairs/set-and-lookup-twice.scn"
        "pairs/spawn-inherit.scn"
        "pairs/unwatch-same.scn"
        "pairs/value-dies-and-reads.scn"
        "pairs/variables-born-together.scn"
        "pairs/watch-both.scn";
    "small":
        "small/copies-of-one-base.scn"
        "small/drop-while-inside.scn"
        "small/hand-over-and-enter.scn"
        "small/inherit-and-diverge.scn"
        "small/opposite-nesting.scn"
        "small/run-same-context.scn"
        "small/scopes-in-one-context.scn"
        "small/set-reset-and-set.scn"
        "small/shared-iterator-and-writer.scn"
        "small/snapshots-do-not-change.scn"
        "small/token-in-two-hands.scn"
        "small/two-variables-one-version.scn"
        "small/variables-born-and-used.scn"
        "small/watchers-come-and-go.scn";
};

/// All scenarios that the project ships.
///
/// # Panics
///
/// If one of them is not a scenario; a test reads them all.
pub fn shipped() -> Vec<Shipped> {
    let read = |&(group, file, text): &(&'static str, &'static str, &'static str)| {
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        Shipped { group, file, text, scenario }
    };
    FILES.iter().map(read).collect()
}

/// The shipped scenarios of a group.
pub fn group(name: &str) -> Vec<Scenario> {
    shipped().into_iter().filter(|shipped| shipped.group == name).map(|shipped| shipped.scenario).collect()
}
