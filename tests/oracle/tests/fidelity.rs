//! The model and an interpreter: they agree, a wrong rule is found, faults and crashes are told with their scenarios.
//! What needs an interpreter says aloud that it did not run if there is none.

mod common;

use common::interpreters;
use contextvars_check::deadline::Deadline;
use contextvars_check_oracle::campaign;
use contextvars_check_oracle::compare::{RULES, Rules};
use contextvars_check_oracle::dialect::Fault;
use contextvars_check_oracle::interpreter::{Failure, Interpreter};
use contextvars_check_oracle::trial::{Job, Trouble};
use contextvars_check_oracle::{maps, profile, reproduction, stated, wire};
use contextvars_model::{Op, Ret, State, ThreadId, step_observed};
use std::time::Instant;

fn job(operations: u64, rules: Rules) -> Job<'static> {
    let deadline = Deadline::after(120.0);
    Job { operations, deadline, seed: 3, generator: profile::varied, rules, seek: &[], findings: 3 }
}

#[test]
fn the_model_and_the_interpreter_agree() {
    for mut interpreter in interpreters("the comparison of the model with CPython") {
        let report = campaign::run(&mut interpreter, &job(40_000, RULES)).expect("it can be started");
        let found: Vec<_> = report.found.iter().map(|found| found.trouble.to_string()).collect();
        assert!(found.is_empty(), "{}: {found:?}", report.version);
        assert!(report.operations >= 40_000 && report.shortfall.is_none());
        assert!(report.whole * 10 > report.scenarios * 7, "{} of {} to their end", report.whole, report.scenarios);
    }
}

#[test]
fn stated_answers_are_the_interpreters() {
    for mut interpreter in interpreters("the answers that the shipped scenarios state") {
        let stated = stated::check(&mut interpreter, &job(1, RULES)).expect("it can be started");
        let found: Vec<_> = stated.report.found.iter().map(|found| found.trouble.to_string()).collect();
        assert!(found.is_empty(), "{}: {found:?}", interpreter.version());
        assert!(stated.answers > 600, "{} answers", stated.answers);
    }
}

/// Reset checks the context before the variable.
fn context_before_variable(state: &mut State, thread: ThreadId, op: &Op, observed: Option<&Ret>) -> Ret {
    if let Op::Reset { token, .. } = *op
        && op.needs().all(|handle| state.holds(thread, handle))
        && let Some(held) = state.tokens.get(&token)
        && state.current(thread) != Some(held.ctx)
    {
        let held = held.var;
        return step_observed(state, thread, &Op::Reset { var: held, token }, observed);
    }
    step_observed(state, thread, op, observed)
}

#[test]
fn a_wrong_rule_is_found_and_made_small() {
    for mut interpreter in interpreters("the control with a wrong rule") {
        let began = Instant::now();
        let report = {
            let wrong = Job { findings: 2, ..job(100_000, context_before_variable) };
            campaign::run(&mut interpreter, &wrong).expect("it can be started")
        };
        let took = began.elapsed().as_secs_f64();
        let smallest = report.smallest().expect("it is found");
        assert!(smallest.plan.scenario.operations() <= 4, "{}", smallest.plan.scenario);
        assert!(took < 5.0, "it took {took:.1} s");
        println!("wrong rule found and shrunk in {took:.2} s, {} operations", smallest.plan.scenario.operations());
        let Trouble::Different(difference) = &smallest.trouble else { panic!("{}", smallest.trouble) };
        assert_eq!((&*difference.model, &*difference.got), ("error other-context", "error other-variable"));
    }
}

#[test]
fn a_fault_of_the_interpreter_is_found_and_its_program_shows_it() {
    let fault = Fault::named("A7").expect("it is in the list");
    for mut interpreter in interpreters("the search for A7") {
        let sought = Job { generator: profile::restless, seek: &[fault], ..job(100_000, RULES) };
        let report = campaign::run(&mut interpreter, &sought).expect("it can be started");
        if !fault.is_in(interpreter.version()) {
            assert!(report.found.is_empty(), "{} is said not to have it", interpreter.version());
            continue;
        }
        let smallest = report.smallest().expect("it is found");
        assert!(smallest.touches(fault), "{}", smallest.plan.scenario);
        assert!(smallest.plan.scenario.operations() <= 5, "{}", smallest.plan.scenario);
        let (shows, printed) = reproduction::run(interpreter.path(), &reproduction::program(smallest));
        assert!(shows, "{printed}");
    }
}

#[test]
fn a_crash_is_a_verdict_with_its_scenario_and_the_run_goes_on() {
    for sound in interpreters("the control with an interpreter that crashes") {
        let dies = "\"len\": lambda actor, context: actor.held[context] is ctypes.string_at(1) or len(";
        let program = wire::PROGRAM.replace("\"len\": lambda actor, context: len(", dies);
        assert_ne!(program, wire::PROGRAM);
        let mut interpreter = Interpreter::start_as(sound.path(), &program).expect("it starts");
        let sought = Job { findings: 2, ..job(5_000, RULES) };
        let report = campaign::run(&mut interpreter, &sought).expect("it can be started again");
        let smallest = report.smallest().expect("it is found");
        let Trouble::Failed(Failure::Died(_, Some(11), _)) = smallest.trouble else { panic!("{}", smallest.trouble) };
        let operations = smallest.plan.scenario.operations();
        assert!(smallest.again && operations == 2, "{}", smallest.plan.scenario);
        assert_eq!(smallest.performed, 1, "the context was made");
        assert_eq!(report.found.len(), 2, "the run went on");
    }
}

#[test]
fn a_hung_scenario_is_told_and_killed() {
    for sound in interpreters("the control with an interpreter that hangs") {
        let hangs = "\"len\": lambda actor, context: MAIN.acquire() or len(";
        let program = wire::PROGRAM.replace("\"len\": lambda actor, context: len(", hangs);
        let mut interpreter = Interpreter::start_as(sound.path(), &program).expect("it starts");
        let deadline = Deadline::after(3.0);
        let began = Instant::now();
        let report = campaign::run(&mut interpreter, &Job { deadline, ..job(5_000, RULES) }).expect("it ends");
        assert!(report.shortfall.is_some(), "less than was planned");
        assert!(began.elapsed().as_secs_f64() < 10.0, "the deadline is kept");
    }
}

#[test]
fn the_interpreters_own_map_answers_as_ours() {
    for mut interpreter in interpreters("the comparison of maps").into_iter().filter(Interpreter::has_maps) {
        let report = maps::run(&mut interpreter, 10_000, 1, Deadline::after(60.0)).expect("it can be started");
        assert!(report.different.is_none(), "{}: {:?}", interpreter.version(), report.different);
        assert!(report.operations >= 10_000);
    }
}

#[test]
fn a_map_that_forgets_to_remove_is_found_and_made_small() {
    for sound in interpreters("the control with a wrong map").into_iter().filter(Interpreter::has_maps) {
        let program = wire::PROGRAM.replace("versions.append(old.delete(keys[arguments[1]]))", "versions.append(old)");
        assert_ne!(program, wire::PROGRAM);
        let mut interpreter = Interpreter::start_as(sound.path(), &program).expect("it starts");
        let report = maps::run(&mut interpreter, 10_000, 1, Deadline::after(60.0)).expect("it can be started");
        let (case, difference) = report.different.expect("it is found");
        assert!(case.ops.len() == 2 && difference.contains("remove"), "{difference}\n{case}");
    }
}

/// Wrong interpreters: what is otherwise in the child's program, and what then differs.
const WRONG: [(&str, &str, &str); 12] = [
    ("var.set(value)\n", "var.set(value) if value.n % 3 else None\n", ""),
    (
        "return actor.held[var].reset(actor.held[token])",
        "return actor.held[var].reset(actor.held[token]) or 7",
        "answer",
    ),
    ("return None if old is MISSING else name_of(old)", "return None", "answer"),
    ("actor.held[context].copy()", "actor.held[context]", ""),
    ("keep(actor, name, contextvars.copy_context())", "keep(actor, name, contextvars.Context())", "hold"),
    ("ADDRESS.sub(\"0x\", str(error))", "ADDRESS.sub(\"0x\", str(error)).replace(\"cannot\", \"can't\")", "text"),
    ("told[\"var\"] = error.args[0].name", "told[\"var\"] = \"v77\"", "argument"),
    ("run.lives.append(-n - 1)", "run.lives.append(n)", "exist"),
    ("self.seen.append([actor.number, who[0], who[1], at, answer, current])", "pass", "user code"),
    ("if alive[m][1] == context:", "if alive[m][1] is context:", "equal"),
    ("used = repr(handle).startswith(\"<Token used \")", "used = False", "tokens"),
    ("variables.append([name, None if value is UNBOUND", "variables.append([name, 5 if value is UNBOUND", "variables"),
];

#[test]
fn every_kind_of_wrong_answer_is_noticed() {
    for sound in interpreters("the controls with wrong interpreters") {
        for (right, wrong, aspect) in WRONG {
            assert!(wire::PROGRAM.contains(right), "{right}");
            let program = wire::PROGRAM.replace(right, wrong);
            let mut interpreter = Interpreter::start_as(sound.path(), &program).expect("it starts");
            let sought = Job { findings: 1, ..job(20_000, RULES) };
            let report = campaign::run(&mut interpreter, &sought).expect("it can be started");
            let found = report.smallest().unwrap_or_else(|| panic!("`{wrong}` is not noticed"));
            assert!(found.trouble.to_string().contains(aspect), "`{wrong}`: {}", found.trouble);
        }
    }
}
