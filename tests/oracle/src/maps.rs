//! The interpreter's own persistent map, with chosen hashes: the same cases as for ours (MAP-1), and the same answers,
//! the order of iteration included. CPython shows its map in a module for its own tests.

use crate::interpreter::{Failure, Interpreter};
use crate::trial::PATIENCE;
use contextvars::hamt::Wide;
use contextvars_check::deadline::Deadline;
use contextvars_check::generate::Seeded;
use contextvars_check_maps::{Hamt32, Keepers, MapCase, MapKey, MapOp, MapValue, Nodes, map_case, shrink};
use serde_json::{Value, json};

/// Cases of a batch.
const BATCH: usize = 50;

/// Smaller cases that are tried.
const ATTEMPTS: usize = 4_000;

/// A hash that CPython replaces by the one below, because it stands for an error.
const REPLACED: u32 = u32::MAX;

/// What came of comparing maps.
#[derive(Clone, Default, Debug)]
pub struct MapReport {
    /// Cases performed.
    pub cases: u64,
    /// Operations compared.
    pub operations: u64,
    /// Why less was done than was asked for.
    pub shortfall: Option<String>,
    /// The first difference, in the smallest case that shows one.
    pub different: Option<(MapCase, String)>,
}

/// Compares the answers of generated cases, until so many operations are done or the first difference.
///
/// # Errors
/// One line, if the interpreter cannot be started again after it died.
pub fn run(interpreter: &mut Interpreter, operations: u64, seed: u64, deadline: Deadline) -> Result<MapReport, String> {
    let (mut random, mut report) = (Seeded::new(seed), MapReport::default());
    while report.operations < operations && report.different.is_none() {
        if deadline.has_passed() {
            report.shortfall = Some(format!("{} of {operations} operations", report.operations));
            break;
        }
        let cases: Vec<MapCase> = (0..BATCH).map(|_| as_here(map_case(&mut random))).collect();
        let Some(told) = ask(interpreter, &cases, deadline)? else {
            let Some(case) = cases.iter().find(|case| differs(interpreter, case, deadline).is_some()) else { continue };
            report.different = Some(made_small(interpreter, case, deadline));
            break;
        };
        for (case, told) in cases.iter().zip(&told) {
            report.cases += 1;
            report.operations += case.ops.len() as u64;
            if difference(case, told).is_some() {
                report.different = Some(made_small(interpreter, case, deadline));
                break;
            }
        }
    }
    Ok(report)
}

/// The case in nodes of the width of CPython's, with hashes that it takes as they are.
fn as_here(case: MapCase) -> MapCase {
    let mut case = case.in_nodes(Nodes::Wide);
    case.hashes.iter_mut().filter(|hash| **hash == REPLACED).for_each(|hash| *hash -= 1);
    case
}

/// What the interpreter answers; nothing if it died or did not answer, and then there is a new one.
fn ask(interpreter: &mut Interpreter, cases: &[MapCase], deadline: Deadline) -> Result<Option<Vec<Value>>, String> {
    let cases: Vec<Value> = cases.iter().map(|case| json!({ "hashes": case.hashes, "ops": ops(case) })).collect();
    interpreter.ask(format!("{}\n", json!({ "maps": cases })));
    match interpreter.answer(PATIENCE.0, deadline) {
        Ok(mut told) => Ok(told["told"].as_array_mut().map(std::mem::take)),
        Err(Failure::Stopped) => Ok(None),
        Err(_) => interpreter.restart().map(|()| None),
    }
}

fn ops(case: &MapCase) -> Vec<Value> {
    let op = |op: &MapOp| match *op {
        MapOp::Insert { from, key, value } => json!(["insert", from, key, value]),
        MapOp::Remove { from, key } => json!(["remove", from, key]),
        MapOp::Clone { from } => json!(["clone", from]),
        MapOp::Get { of, key } => json!(["get", of, key]),
        MapOp::Iterate { of } => json!(["iterate", of]),
        MapOp::Equal { left, right } => json!(["equal", left, right]),
        MapOp::Cursor { of } => json!(["cursor", of]),
        MapOp::Next { cursor } => json!(["next", cursor]),
        MapOp::Drop { version } => json!(["drop", version]),
        MapOp::DropCursor { cursor } => json!(["drop-cursor", cursor]),
    };
    case.ops.iter().map(op).collect()
}

fn differs(interpreter: &mut Interpreter, case: &MapCase, deadline: Deadline) -> Option<String> {
    match ask(interpreter, std::slice::from_ref(case), deadline) {
        Ok(Some(told)) => difference(case, told.first().unwrap_or(&Value::Null)),
        Ok(None) if deadline.has_passed() => None,
        Ok(None) => Some("the interpreter died, or did not answer".to_owned()),
        Err(error) => Some(error),
    }
}

fn made_small(interpreter: &mut Interpreter, case: &MapCase, deadline: Deadline) -> (MapCase, String) {
    // The shrinker's first edit makes nodes narrow, which CPython has not.
    let (smallest, _) = shrink(case, ATTEMPTS, |case| {
        case.nodes == Nodes::Wide && as_here(case.clone()) == *case && differs(interpreter, case, deadline).is_some()
    });
    let difference = differs(interpreter, &smallest, deadline);
    (smallest, difference.unwrap_or_else(|| "it did not show again".to_owned()))
}

/// Where the interpreter's answers and ours part.
fn difference(case: &MapCase, told: &Value) -> Option<String> {
    let ours = answers(case);
    let lines: Vec<String> = case.lines().collect();
    let at = (0..ours.len()).find(|&at| told.get(at) != Some(&ours[at]))?;
    let theirs = told.get(at).unwrap_or(&Value::Null);
    Some(format!("`{}`: our map answers {}, the interpreter's {theirs}", lines[at], ours[at]))
}

/// What our map answers.
fn answers(case: &MapCase) -> Vec<Value> {
    type Version = Option<Hamt32<Wide>>;
    type Cursor = Box<dyn Iterator<Item = (MapKey, MapValue)>>;
    let values = Keepers::default();
    let key = |id: usize| MapKey { id, hash: case.hashes[id] };
    let mut versions: Vec<Version> = vec![Some(Hamt32::<Wide>::new())];
    let mut cursors: Vec<Option<Cursor>> = Vec::new();
    let mut told = Vec::with_capacity(case.ops.len());
    for op in &case.ops {
        let number = versions.len();
        let of = |version: usize| versions[version].clone().expect("a valid case uses what it has not dropped");
        let mut answer = Value::Null;
        match *op {
            MapOp::Insert { from, key: id, value } => {
                versions.push(Some(of(from).insert(key(id), values.value(number, value))));
            }
            MapOp::Remove { from, key: id } => {
                let removed = of(from).remove(&key(id));
                answer = json!(removed.is_some());
                let version = removed.unwrap_or_else(|| of(from));
                versions.push(Some(version));
            }
            MapOp::Clone { from } => versions.push(versions[from].clone()),
            MapOp::Get { of: version, key: id } => answer = json!(of(version).get(&key(id)).map(MapValue::id)),
            MapOp::Iterate { of: version } => answer = pairs(&of(version)),
            MapOp::Equal { left, right } => {
                let (left, right) = (of(left), of(right));
                let same = |(key, value): (&MapKey, &MapValue)| right.get(key).is_some_and(|other| other == value);
                answer = json!(left.len() == right.len() && left.iter().all(same));
            }
            MapOp::Cursor { of: version } => cursors.push(Some(Box::new(of(version).cursor()))),
            MapOp::Next { cursor } => {
                let pair = cursors[cursor].as_mut().and_then(Iterator::next);
                answer = json!(pair.map(|(key, value)| [key.id, value.id()]));
            }
            MapOp::Drop { version } => versions[version] = None,
            MapOp::DropCursor { cursor } => cursors[cursor] = None,
        }
        if let Some(from) = op.makes_version_from() {
            let read = |version: &Version| version.as_ref().map_or(Value::Null, pairs);
            answer = json!([answer, read(&versions[number]), read(&versions[from])]);
        }
        told.push(answer);
    }
    told
}

/// All pairs, in the order of iteration.
fn pairs(version: &Hamt32<Wide>) -> Value {
    json!(version.iter().map(|(key, value)| [key.id, value.id()]).collect::<Vec<_>>())
}
