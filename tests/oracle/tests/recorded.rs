//! The recorded traces: what interpreters answered, compared with the model and with every sound design. No interpreter
//! is needed.

use contextvars_check::designs::{DESIGNS, DesignEntry};
use contextvars_check_oracle::trace::Recorded;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn recorded() -> Vec<Recorded> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces/cpython.jsonl");
    let text = fs::read_to_string(&path).expect("the traces are there");
    let read = |(n, line)| Recorded::parse(line).unwrap_or_else(|error| panic!("line {}: {error}", n + 1));
    text.lines().enumerate().map(read).collect()
}

#[test]
fn the_model_answers_what_was_recorded() {
    let mut operations = BTreeMap::new();
    for run in recorded() {
        if let Err(trouble) = run.check() {
            panic!("{:?}: {trouble}\n{}", run.versions, run.plan.scenario);
        }
        for version in &run.versions {
            *operations.entry(version.digits()).or_insert(0) += run.plan.operations();
        }
    }
    assert!(operations.len() >= 7, "the versions {:?}", operations.keys());
    assert!(operations.values().all(|&operations| operations >= 2_000), "{operations:?}");
}

#[test]
fn every_sound_design_answers_what_was_recorded() {
    let sound: Vec<&DesignEntry> = DESIGNS.iter().filter(|entry| entry.is_safe()).collect();
    assert!(sound.len() >= 5);
    for run in recorded() {
        for &design in &sound {
            if let Some(difference) = run.check_design(design) {
                panic!("{difference}\n{}", run.plan.scenario);
            }
        }
    }
}

#[test]
fn a_forged_answer_is_noticed() {
    let line =
        r#"{"python":["3.11.7"],"scenario":"scenario x\ninit\n  var v0\n  get v0\n","turns":[],"answers":ANSWERS}"#;
    let parse = |answers: &str| Recorded::parse(&line.replace("ANSWERS", answers));
    let error = r#"[{"type":"LookupError","text":"<ContextVar name='v0' at 0x>","var":"v0"}]"#;
    let good = parse(&format!("[[null],{error},[null],[null]]")).expect("it can be read");
    assert_eq!(good.check(), Ok(3));
    for forged in [error.replace("Lookup", "Key"), error.replace("name='v0'", "name='v1'"), "[7]".to_owned()] {
        let run = parse(&format!("[[null],{forged},[null],[null]]")).expect("it can be read");
        assert!(run.check().is_err(), "{forged}");
    }
    assert!(parse("[[null]]").is_err(), "too few answers");
    assert!(parse("7").is_err());
}
