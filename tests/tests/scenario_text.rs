//! The text form of scenarios, and the scenarios that are shipped in it.

#[path = "front_ends/proptest.rs"]
mod from_proptest;

use contextvars_check::generate::{Profile, Seeded, Source, scenario};
use contextvars_check::scenario::library::{group, shipped};
use contextvars_check::scenario::sequential::{Machine, Prediction, predict};
use contextvars_check::scenario::{ERRORS, Scenario, Step};
use contextvars_model::{CtxId, Handle, Op, Ret, ThreadId, Trigger, Val, VarId};
use from_proptest::scenarios;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

fn parse(text: &str) -> Scenario {
    Scenario::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn generated_scenarios_survive_printing_and_reading() {
    for (name, profile) in Profile::ALL {
        for seed in 0..400 {
            let scenario = scenario(&mut Seeded::new(seed), &profile);
            let text = scenario.to_string();
            assert_eq!(parse(&text), scenario, "{name} {seed}\n{text}");
            assert_eq!(parse(&text.replace('\n', " \r\n\n\t")), scenario);
        }
    }
}

proptest! {
    #[test]
    fn scenarios_with_answers_survive_printing_and_reading(mut scenario in scenarios(Profile::SEQUENTIAL)) {
        // Each operation of thread 0 states the model's answer; those of scopes have no place for one.
        let Prediction { events, .. } = predict(&scenario, &[]);
        let mut answers = events.into_iter().filter(|e| e.thread == ThreadId(0)).map(|e| (e.op, e.ret));
        for step in &mut scenario.init {
            match step {
                Step::Do(op, answer) => {
                    let (performed, ret) = answers.next().unwrap();
                    prop_assert_eq!(performed, *op);
                    *answer = Some(ret);
                }
                Step::Run { .. } => break,
            }
        }
        prop_assert_eq!(scenario.validate(), Ok(()));
        prop_assert_eq!(&parse(&scenario.to_string()), &scenario);
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place_in_it(
        text in "(scenario a|init|thread|x|v1|get|set|run c|[{};\n#=>-]|->|=>|é|[0-9]| ){0,40}"
    ) {
        if let Err(error) = Scenario::parse(&text) {
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert!(error.line >= 1 && error.line <= lines.len());
            prop_assert!(error.column >= 1 && error.column <= lines[error.line - 1].chars().count() + 1);
            prop_assert!(!error.message.contains('\n'));
        }
    }
}

#[test]
fn the_whole_language_is_read() {
    let scenario = parse(
        "# first line
        scenario two-threads ; value 5 equals-class 1   # value specs
        value 6 on-drop { set x 70; get x } on-equal { get x }
        value 9 on-clone { get x
            drop i }
        watcher w on-switch { get x }
        init
          var x
          var y default 5; context c
        thread                  # thread 1
          set x 10; set x 11 -> t
          get x => 11; get x or 3
          reset x t => error token-used; token-var t => x ; token-old t => none
          copy-current -> d ; copy c -> e
          enter c => error already-entered ; exit c => done
          run c panics { set x 12; run d {
          } }
          lookup c x ; contains c x => true; len c => 2; items c => {y: 2, x: 1}; equal c d => false
          iter c -> i; next i => (x, 1) ; next i => end
          drop x ; give c 2 ; spawn 2 inherit ; watch w => slot 0 ; unwatch w
        thread spawned
          give fresh 1
          context fresh
        post
          items c => {}",
    );
    let (x, c) = (VarId(0), CtxId(0));
    assert_eq!(scenario.validate(), Ok(()));
    assert_eq!(scenario.name, "two-threads");
    assert_eq!(scenario.specs.values.len(), 3);
    assert_eq!(scenario.threads.len(), 2);
    assert!(scenario.threads[1].spawned);
    let steps = &scenario.threads[0].steps;
    assert_eq!(steps[0], Step::Do(Op::Set { var: x, value: Val(10), token: None }, None));
    assert!(steps.contains(&Step::Do(Op::Items { ctx: c }, Some(Ret::Items(vec![(x, Val(1)), (VarId(1), Val(2))])))));
    assert!(matches!(&steps[11], Step::Run { body, panics: true, .. } if body.len() == 2));
    // A name is known also where its first use stands before the step that makes it.
    let (Step::Do(Op::Give { handle, .. }, _), Step::Do(Op::NewContext { ctx }, _)) =
        (&scenario.threads[1].steps[0], &scenario.threads[1].steps[1])
    else {
        panic!("{scenario}")
    };
    assert_eq!(*handle, Handle::Ctx(*ctx));
    assert_eq!(parse(&scenario.to_string()), scenario);
}

#[test]
fn numbered_names_keep_their_numbers() {
    let scenario = parse("scenario n\ninit\nvar x; var v3; var y; context c0; context other");
    let made: Vec<_> =
        scenario.init.iter().map(|s| if let Step::Do(op, _) = s { op.creates() } else { None }).collect();
    let expected = [Handle::Var(VarId(4)), Handle::Var(VarId(3)), Handle::Var(VarId(5))].map(Some);
    assert_eq!(made[..3], expected);
    assert_eq!(made[3..], [Handle::Ctx(CtxId(0)), Handle::Ctx(CtxId(1))].map(Some));
}

#[test]
fn errors_tell_line_and_column() {
    let cases = [
        ("", 1, 1, "expected `scenario NAME` on the first line, found the end of the text"),
        ("# nothing\n  init", 2, 3, "expected `scenario NAME` on the first line, found `init`"),
        ("scenario a\nget x", 2, 1, "`get` outside a section: begin one by `init`, `thread` or `post`"),
        ("scenario a\ninit\n  gett x", 3, 3, "unknown operation `gett`; did you mean `get`"),
        ("scenario a\ninit\n  frobnicate x", 3, 3, "unknown operation `frobnicate`; known are var, get, set"),
        ("scenario a\ninit\n  set x\n", 3, 8, "expected a value (a number), found the end of the step"),
        ("scenario a\ninit\n  set x ten", 3, 9, "expected a value (a number), found `ten`"),
        ("scenario a\ninit\n  set x 4294967296", 3, 9, "`4294967296` is too large for a value"),
        ("scenario a\ninit\n  set X 1", 3, 7, "`X` is not a name of a variable: a name is a small letter"),
        ("scenario a\ninit\n  var x\n  enter x", 4, 9, "`x` is a variable, but a context is needed here"),
        ("scenario a\ninit\n  enter v0", 3, 9, "`v0` is a variable, but a context is needed here"),
        ("scenario a\ninit\n  var v32768", 3, 7, "`v32768` has too high a number: names are numbered up to 32767"),
        ("scenario a\ninit\n  copy c d", 3, 10, "expected `->` and the name of the copy, found `d`"),
        ("scenario a\ninit\n  set x 1 t", 3, 11, "expected `;` or the end of the line after set, found `t`"),
        (
            "scenario a\nthread\n  get x => true",
            3,
            12,
            "expected a value such as `10` or `error KIND` as the answer of",
        ),
        (
            "scenario a\nthread\n  contains c x => 1",
            3,
            19,
            "expected `true` or `false` or `error KIND` as the answer of",
        ),
        (
            "scenario a\nthread\n  enter c => error unbound",
            3,
            20,
            "`enter` never fails with `unbound`: its errors are already-",
        ),
        (
            "scenario a\nthread\n  items c => {x: 1, x: 2}",
            3,
            14,
            "a variable is bound twice: each stands once in a context",
        ),
        (
            "scenario a\nthread\n  run c { get x",
            3,
            16,
            "expected `}` after the body of `run`, found the end of the text",
        ),
        ("scenario a\nthread\n  drop nothing", 3, 8, "nothing in this scenario makes `nothing`: make it by an earlier"),
        (
            "scenario a\nwatcher w\ninit\n drop w",
            4,
            7,
            "`w` is a watcher; only variables, contexts, tokens and iterators",
        ),
        (
            "scenario a\npost\ninit",
            3,
            1,
            "`init` cannot stand here: the order is allocator, value and watcher, one init",
        ),
        ("scenario a\nallocator writes", 2, 11, "expected `reads` after `allocator`, found `writes`"),
        ("scenario a\nvalue 1\nvalue 1", 3, 1, "value 1 is described twice: put all on one line"),
        (
            "scenario a\nvalue 1 on-drop { get x => 1 }",
            2,
            25,
            "expected `;`, a new line or `}`, for user code states no",
        ),
        (
            "scenario a\nvalue 1 on-drop panic { }",
            2,
            17,
            "expected `{` or `panics {` before what user code does, found",
        ),
        ("scenario a\nthread\n  run c panic { }", 3, 9, "expected `{` or `panics {` before the body of `run`, found"),
        ("scenario a\nvalue 1 on-drop { run c { } }", 2, 19, "`run` cannot stand here: user code consists of single"),
        (
            "scenario a\nvalue 1 on-death { }",
            2,
            9,
            "expected `equals-class N`, `holds HANDLE`, `on-drop {`, `on-equal {` or",
        ),
        ("scenario a\nscenario b", 2, 1, "a second `scenario`: one text is one scenario"),
        (
            "scenario a\ninit\n  # é\n  /* é */ get x",
            4,
            3,
            "expected a step, `init`, `thread` or `post`, found `/`, which has",
        ),
        ("scenario a\nthread\n  get x }", 3, 9, "expected a step, `init`, `thread` or `post`, found `}`"),
    ];
    for (text, line, column, message) in cases {
        let error = Scenario::parse(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}\n{error}");
        assert!(error.message.starts_with(message), "{text}\n{error}");
        assert_eq!(error.to_string(), format!("line {line}, column {column}: {}", error.message));
    }
    let deep = format!("scenario a\ninit\n{}", "run c {\n".repeat(100_000));
    let error = Scenario::parse(&deep).unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (11, "`run` is nested too deep: at most 8"));
}

#[test]
fn invalid_scenarios_are_refused_with_a_reason() {
    let threads = "thread\n".repeat(17);
    let cases = [
        ("scenario a_b", "the name `a_b` has other characters than letters, digits and `-`"),
        (&format!("scenario a\n{threads}"), "17 threads are too many: at most 16"),
        ("scenario a\ninit; var v0; var v0", "v0 is created twice: a name is given to one object"),
        (
            "scenario a\ninit; context c0\nthread\ncopy-current -> c0",
            "c0 is created twice: a name is given to one object",
        ),
        (
            "scenario a\nthread; set v0 1 -> t1\npost; set v0 2 -> t1",
            "t1 is created twice: a name is given to one object",
        ),
        ("scenario a\nthread; watch w0; watch w0", "w0 is added twice: a name is given to one watcher"),
        ("scenario a\nthread; give c0 2", "there is no thread 2"),
        ("scenario a\nthread; spawn 2", "there is no thread 2"),
        ("scenario a\nthread; spawn 0", "thread 0 is spawned but not declared by `thread spawned`"),
        ("scenario a\nthread; spawn 2\nthread", "thread 2 is spawned but not declared by `thread spawned`"),
        ("scenario a\nthread; spawn 2; spawn 2\nthread spawned", "thread 2 is spawned twice"),
        ("scenario a\nthread spawned; spawn 1", "thread 1 spawns itself"),
        (
            "scenario a\ninit; context c; run c {\ndrop c\n}",
            "c0 is dropped inside `run c0`, which holds it; drop it behind the closing brace",
        ),
        (
            "scenario a\nthread spawned\npost; spawn 1",
            "thread 1 is spawned by `init` or `post`, outside the parallel part",
        ),
        (
            "scenario a\nvalue 1 on-drop { set v0 2 -> t0 }",
            "user code may not perform `set v0 2 -> t0`: it creates no handles, for it may run several times",
        ),
        (
            "scenario a\nvalue 1 on-clone { enter c0 }",
            "user code may not perform `enter c0`: it enters, leaves, spawns and watches nothing",
        ),
        (
            "scenario a\nwatcher w0 on-switch { reset v0 t0 }",
            "user code may not perform `reset v0 t0`: a watcher gets, sets, and reads contexts",
        ),
    ];
    for (text, reason) in cases {
        assert_eq!(parse(text).validate().expect_err(text).to_string(), reason, "{text}");
    }
    // With the place, and with the names that the text uses.
    let cases = [
        ("scenario a_b", 1, 1, "the name `a_b`"),
        (&format!("scenario a\n{threads}"), 18, 1, "17 threads"),
        ("scenario a\ninit\n  var user\n  var user", 4, 3, "user is created twice"),
        ("scenario a\nthread\n  watch spy; watch spy", 3, 14, "spy is added twice"),
        ("scenario a\nthread\n  get x\n  spawn 2", 4, 3, "there is no thread 2"),
        ("scenario a\ninit; context here\n  run here {\n drop here\n}", 4, 2, "here is dropped inside `run here`"),
        (
            "scenario a\nvalue 1\nvalue 2 on-drop { get user; set user 2 -> mine }",
            3,
            29,
            "user code may not perform `set user 2 -> mine`: it creates no handles",
        ),
        (
            "scenario a\nwatcher spy on-switch {\n  get user\n  reset user mine\n}",
            4,
            3,
            "user code may not perform `reset user mine`: a watcher gets",
        ),
        ("scenario a\nwatcher spy\nwatcher spy", 3, 1, "watcher spy is described twice"),
    ];
    for (text, line, column, message) in cases {
        let error = Scenario::read(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}\n{error}");
        assert!(error.message.starts_with(message), "{text}\n{error}");
    }
    let mut scenario = parse("scenario a\nthread");
    scenario.threads[0].steps = vec![Step::Do(Op::End, None)];
    assert_eq!(scenario.validate().unwrap_err().to_string(), "`end` is a step: the end of a thread is implied");
    scenario.threads[0].steps = vec![Step::Do(Op::Len { ctx: CtxId(0) }, Some(Ret::Bool(true)))];
    assert_eq!(scenario.validate().unwrap_err().to_string(), "`len c0` never answers `true`");
    scenario.threads[0].steps = vec![Step::Do(Op::NewContext { ctx: CtxId(0x8000) }, None)];
    assert_eq!(scenario.validate().unwrap_err().to_string(), "c32768 has too high a number: at most 32767");
    let scope = |body| vec![Step::Run { ctx: CtxId(0), body, panics: false }];
    scenario.threads[0].steps = (0..8).fold(Vec::new(), |body, _| scope(body));
    assert_eq!(scenario.validate(), Ok(()));
    scenario.threads[0].steps = scope(std::mem::take(&mut scenario.threads[0].steps));
    assert_eq!(scenario.validate().unwrap_err().to_string(), "`run` is nested too deep: at most 8");
}

#[test]
fn the_library_is_the_directory() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = BTreeSet::new();
    let list = |path: &Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    for path in list(&root) {
        let found = if path.is_dir() { list(&path) } else { vec![path] };
        for file in found {
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            assert_eq!(
                shipped().iter().find(|s| s.file == name).map(|s| s.text.to_owned()),
                std::fs::read_to_string(file).ok(),
                "{name}"
            );
            files.insert(name);
        }
    }
    assert_eq!(shipped().iter().map(|s| s.file.to_owned()).collect::<BTreeSet<_>>(), files);
    assert_eq!(shipped().len(), files.len(), "a file is listed twice");
}

#[test]
fn shipped_scenarios_are_valid_and_named_after_their_file() {
    for shipped in shipped() {
        let file = Path::new(shipped.file);
        assert_eq!(file.file_stem().unwrap().to_str().unwrap(), shipped.scenario.name);
        let directory = file.parent().unwrap().to_str().unwrap();
        assert_eq!(shipped.group, if directory.is_empty() { "issue" } else { directory });
        assert_eq!(shipped.scenario.validate(), Ok(()), "{}", shipped.file);
        assert_eq!(parse(&shipped.scenario.to_string()), shipped.scenario, "{}", shipped.file);
        let (mut made, mut used, mut values) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let scenario = &shipped.scenario;
        each(&scenario.init, &mut |op| note(op, &mut made, &mut used, &mut values));
        scenario.threads.iter().for_each(|t| each(&t.steps, &mut |op| note(op, &mut made, &mut used, &mut values)));
        each(&scenario.post, &mut |op| note(op, &mut made, &mut used, &mut values));
        assert!(used.is_subset(&made), "{}: nothing makes {:?}", shipped.file, used.difference(&made));
        let most = match shipped.group {
            "pairs" => 2,
            "small" => 4,
            _ => continue,
        };
        assert_eq!(scenario.threads.len(), 2, "{}", shipped.file);
        for thread in &scenario.threads {
            let operations: usize = thread.steps.iter().map(Step::operations).sum();
            assert!((1..=most).contains(&operations), "{}", shipped.file);
        }
    }
    assert!(group("sequential").len() >= 40 && group("pairs").len() >= 14 && group("small").len() >= 8);
}

fn each(steps: &[Step], visit: &mut impl FnMut(&Op)) {
    for step in steps {
        match step {
            Step::Do(op, _) => visit(op),
            Step::Run { ctx, body, .. } => {
                visit(&Op::Enter { ctx: *ctx });
                each(body, visit);
            }
        }
    }
}

fn note(op: &Op, made: &mut BTreeSet<Handle>, used: &mut BTreeSet<Handle>, values: &mut BTreeSet<Val>) {
    made.extend(op.creates());
    used.extend(op.needs());
    values.extend(op.brings());
}

fn assert_expected(prediction: &Prediction, name: &str) {
    if let Some(event) = prediction.mismatch() {
        panic!("{name}: {}: {:?} answers {:?}, not {:?}", event.thread, event.op, event.ret, event.expected);
    }
    assert_eq!(prediction.state.unspecified, None, "{name}");
}

#[test]
fn the_model_gives_the_answers_that_shipped_scenarios_state() {
    let mut errors = BTreeSet::new();
    for shipped in shipped() {
        let prediction = predict(&shipped.scenario, &[]);
        assert_expected(&prediction, shipped.file);
        // At the end nothing is left alive but what the end of a thread gave up.
        let (live, given_up) = (&prediction.state.live, &prediction.state.abandoned);
        assert!(live.is_empty() || !given_up.is_empty(), "{}: {live:?}", shipped.file);
        let stated = prediction.events.iter().filter(|event| event.expected.is_some()).count();
        assert!(stated > 0 || shipped.group != "sequential", "{} states nothing", shipped.file);
        errors.extend(prediction.events.iter().filter_map(|e| match e.expected {
            Some(Ret::Err(error)) => Some(error),
            _ => None,
        }));
    }
    assert_eq!(errors.len(), ERRORS.len(), "each error is shown by a scenario: {errors:?}");
}

#[test]
fn what_small_scenarios_state_holds_in_every_interleaving() {
    let mut runs = 0;
    for shipped in shipped().iter().filter(|s| ["pairs", "small"].contains(&s.group)) {
        let mut open = vec![Machine::new(&shipped.scenario)];
        while let Some(machine) = open.pop() {
            let next: Vec<ThreadId> = machine.runnable().collect();
            if next.is_empty() {
                assert_expected(&machine.finish(), shipped.file);
                runs += 1;
                continue;
            }
            for thread in next {
                let mut after = machine.clone();
                after.advance(thread);
                open.push(after);
            }
        }
    }
    assert!(runs > 1000, "{runs}");
}

#[test]
fn the_issue_holds_in_random_interleavings() {
    for scenario in group("issue") {
        for seed in 0..100 {
            let (mut source, mut machine) = (Seeded::new(seed), Machine::new(&scenario));
            loop {
                let next: Vec<ThreadId> = machine.runnable().collect();
                if next.is_empty() {
                    break;
                }
                machine.advance(source.pick(&next));
            }
            assert_expected(&machine.finish(), &scenario.name);
        }
    }
}

#[test]
fn watchers_are_told_of_entry_and_exit() {
    let all = shipped();
    let events = &all.iter().find(|s| s.scenario.name == "3-events").unwrap().scenario;
    let (a, b) = (CtxId(0), CtxId(1));
    let seen = predict(events, &[]).state.seen;
    let told: Vec<Option<CtxId>> = seen
        .iter()
        .filter(|o| o.op.is_none())
        .map(|o| if let Trigger::Switched(_, ctx) = o.trigger { ctx } else { panic!("{o:?}") })
        .collect();
    assert_eq!(told, [Some(a), Some(b), Some(a), None]);
    let read: Vec<&Ret> = seen.iter().filter_map(|o| o.op.as_ref().map(|(_, ret)| ret)).collect();
    assert_eq!(read, [&Ret::Value(Val(5)); 4]);
    let silent = &all.iter().find(|s| s.scenario.name == "3-no-events").unwrap().scenario;
    assert_eq!(predict(silent, &[]).state.seen, []);
}

#[test]
fn threads_run_in_the_order_asked_for() {
    let scenario = parse(
        "scenario order\ninit\n var x; context c\nthread\n enter c\n spawn 2\nthread spawned\n enter c\n\
         thread\n enter c\n",
    );
    let order = |order: &[u16]| -> Vec<u16> {
        let order: Vec<ThreadId> = order.iter().copied().map(ThreadId).collect();
        let events = predict(&scenario, &order).events;
        events.iter().filter(|e| e.op == Op::Enter { ctx: CtxId(0) }).map(|e| e.thread.0).collect()
    };
    assert_eq!(order(&[]), [1, 2, 3]);
    assert_eq!(order(&[3]), [3, 1, 2]);
    // Thread 2 cannot run before thread 1 has started it.
    assert_eq!(order(&[2, 3, 1]), [3, 1, 2]);
    // Nobody starts thread 2: it never runs, but ends.
    let never = parse("scenario never\ninit\n var x\nthread spawned\n get x\nthread\n get x");
    let events = predict(&never, &[]).events;
    assert_eq!(events.iter().filter(|e| matches!(e.op, Op::Get { .. })).count(), 1);
    assert_eq!(events.iter().filter(|e| e.op == Op::End).count(), 3);
}
