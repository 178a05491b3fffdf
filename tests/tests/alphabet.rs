//! Every operation of the alphabet, and every way in which one can fail, on every platform: real threads, loom,
//! shuttle.
//!
//! The engines explore; this looks at breadth alone. Each shipped scenario is run once on each sound design and
//! platform. What a run may answer is for the model to say; that every operation was answered is asked here.

use contextvars_check::designs::DESIGNS;
use contextvars_check::explore::loom::THREADS;
use contextvars_check::harness::{PlatformThreads, SystemUnderTest};
use contextvars_check::outcome::Outcome;
use contextvars_check::platform::selected::{Backend, with_backend};
use contextvars_check::properties::{Judgement, Property, check};
use contextvars_check::scenario::library::shipped;
use contextvars_check::scenario::{ERRORS, KEYWORDS, Scenario, Step, error_word, keyword};
use contextvars_model::Ret;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// One run of a scenario on the threads of a platform.
fn once(subject: &'static dyn SystemUnderTest, scenario: &Arc<Scenario>, backend: Backend) -> Outcome {
    let outcome: Arc<Mutex<Option<Outcome>>> = Arc::default();
    let (into, scenario) = (Arc::clone(&outcome), Arc::clone(scenario));
    let run = move || {
        let outcome = subject.run(&scenario, Arc::new(PlatformThreads::default()));
        *into.lock().expect("no run panics") = Some(outcome);
    };
    with_backend(backend, || match backend {
        Backend::Native => run(),
        Backend::Loom => {
            let mut builder = loom::model::Builder::new();
            // loom counts the execution that it does not begin any more.
            (builder.max_permutations, builder.checkpoint_interval) = (Some(2), 1);
            builder.max_branches = 20_000;
            builder.check(run);
        }
        Backend::Shuttle => {
            let mut config = shuttle::Config::new();
            (config.silence_warnings, config.stack_size) = (true, 256 * 1024);
            shuttle::Runner::new(shuttle::scheduler::RandomScheduler::new_from_seed(1, 1), config).run(run);
        }
    });
    let outcome = outcome.lock().expect("no run panics").take();
    outcome.expect("it was run")
}

/// The keywords of what was answered, and the words of the errors met. A scope is an enter and an exit in a history.
fn answered(outcome: &Outcome) -> BTreeSet<&'static str> {
    let operations = outcome.history.init.iter().chain(&outcome.history.operations);
    let seen = outcome.seen.iter().filter_map(|seen| seen.op.as_ref());
    let all = operations.map(|operation| (&operation.op, &operation.ret)).chain(seen.map(|(op, ret)| (op, ret)));
    let words = all.map(|(op, ret)| match ret {
        Ret::Err(error) => error_word(*error),
        _ => keyword(op),
    });
    words.collect()
}

fn has_scopes(scenario: &Scenario) -> bool {
    fn any(steps: &[Step]) -> bool {
        steps.iter().any(|step| matches!(step, Step::Run { .. }))
    }
    any(&scenario.init) || any(&scenario.post) || scenario.threads.iter().any(|thread| any(&thread.steps))
}

fn works_on(backend: Backend) {
    for design in DESIGNS.iter().filter(|entry| entry.is_sound()) {
        let (mut known, mut scopes, mut runs) = (BTreeSet::new(), 0, 0);
        for shipped in
            shipped().iter().filter(|shipped| backend != Backend::Loom || shipped.scenario.threads.len() <= THREADS)
        {
            let scenario = Arc::new(shipped.scenario.clone());
            let outcome = once(design.subject, &scenario, backend);
            let judgement = check(Property::Mem1, &outcome);
            // Whether the end of a thread gave up what it had to is for the sequential engine to say.
            let judged = shipped.file != "lifetimes/value-that-sets-itself.scn";
            let holds =
                matches!(judgement, Judgement::Holds) || !judged && matches!(judgement, Judgement::Inconclusive(_));
            assert!(holds, "{} on {backend:?}: {judgement:?}", shipped.file);
            known.extend(answered(&outcome));
            scopes += usize::from(has_scopes(&scenario));
            runs += 1;
        }
        let errors = ERRORS.iter().map(|(_, word)| *word);
        for wanted in KEYWORDS.into_iter().filter(|word| *word != "run").chain(errors).chain(["end"]) {
            assert!(known.contains(wanted), "`{wanted}` never came about with {} on {backend:?}", design.name);
        }
        assert!(scopes > 20 && runs > 150, "{scopes} scenarios with scopes of {runs} on {backend:?}");
    }
}

#[test]
fn every_operation_and_every_error_comes_about_on_real_threads() {
    works_on(Backend::Native);
}

#[test]
fn every_operation_and_every_error_comes_about_under_loom() {
    works_on(Backend::Loom);
}

#[test]
fn every_operation_and_every_error_comes_about_under_shuttle() {
    works_on(Backend::Shuttle);
}
