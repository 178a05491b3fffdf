//! MAP-1, beside the designs: which maps are checked, and what is said of them.

use super::args::Check;
use contextvars_check::analysis::definitions;
use contextvars_check::analysis::results::{Cell, Design, Expectation, Explored, Found};
use contextvars_check::analysis::story::{Order, Story};
use contextvars_check::budget::Budget;
use contextvars_check_maps::explore::{self, Refuted};
use contextvars_check_maps::{ENGINE, ID, MapEntry, find};

/// The part of a run's budget that the map gets beside designs.
const SHARE: f64 = 0.02;

/// The part that each faulty map gets beside designs, at most: it is done as soon as it is refuted.
const SHARE_OF_A_FAULT: f64 = 0.1;

/// Why a map is not decided before it was its turn.
const NOT_YET: &str = "the run has not come so far";

/// Whether this is the id of the property of maps.
pub(super) fn is_property(name: &str) -> bool {
    name.eq_ignore_ascii_case(ID)
}

/// The maps that are asked for: `default` of a run that leaves out nothing, or that names the property or the engine.
pub(super) fn asked(check: &Check, default: impl Iterator<Item = &'static MapEntry>) -> Vec<&'static MapEntry> {
    let property = check.property.iter().any(|name| is_property(name));
    let engine = check.engine.iter().any(|name| name == ENGINE);
    if !(property || check.property.is_empty()) || !(engine || check.engine.is_empty()) {
        return Vec::new();
    }
    let named: Vec<_> = check.design.iter().filter_map(|name| find(name)).collect();
    let nothing_else = check.design.is_empty() && check.scenario.is_none();
    if named.is_empty() && (nothing_else || property || engine) { default.collect() } else { named }
}

/// Checks maps. The budget is that of the whole run, of which each gets a part if there are `designs` as well.
pub(super) fn check(maps: &[&'static MapEntry], budget: Budget, seed: u64, designs: bool) -> Vec<Design> {
    let share = |map: &MapEntry| match map.catalogue {
        _ if !designs => 1.0 / maps.len() as f64,
        Some(_) => SHARE_OF_A_FAULT,
        None => SHARE,
    };
    maps.iter().map(|map| row(map, Some(explore::explore(map.subject, budget.share(share(map)), seed)))).collect()
}

/// Maps that have not been checked yet.
pub(super) fn not_begun(maps: &[&'static MapEntry]) -> Vec<Design> {
    maps.iter().map(|map| row(map, None)).collect()
}

fn row(map: &MapEntry, explored: Option<explore::Explored>) -> Design {
    let expectation = if map.catalogue.is_some() { Expectation::Refuted } else { Expectation::Holds };
    let why = explored.as_ref().map_or_else(|| Some(NOT_YET.to_string()), |explored| explored.shortfall.clone());
    let refuted = explored.as_ref().and_then(|explored| explored.refuted.as_ref());
    let outcome = match (refuted, &why) {
        (Some(_), _) => Found::Refuted,
        (None, Some(_)) => Found::Unknown,
        (None, None) => Found::Ok,
    };
    let cases = explored.as_ref().map_or(0, |explored| explored.cases);
    let cell = Cell {
        property: ID.into(),
        expectation,
        outcome,
        surprise: matches!(
            (expectation, outcome),
            (Expectation::Holds, Found::Refuted) | (Expectation::Refuted, Found::Ok)
        ),
        executions: cases,
        milliseconds: None,
        why: why.filter(|_| outcome == Found::Unknown),
        story: refuted.map(|refuted| story(refuted, cases)),
    };
    Design {
        name: map.name.into(),
        about: map.about.into(),
        catalogue: map.catalogue.map(String::from),
        refuted: map.catalogue.iter().map(|_| ID.into()).collect(),
        cells: vec![cell],
        engines: explored.iter().map(engine).collect(),
    }
}

fn engine(explored: &explore::Explored) -> Explored {
    let reached = &explored.reached;
    Explored {
        engine: ENGINE.into(),
        executions: explored.cases,
        operations: reached.operations,
        scenarios: 0,
        outcomes: explored.cases,
        digest: format!("{:016x}", reached.digest),
        notes: vec![format!(
            "{} versions made, {} readings of earlier versions; deepest map {} levels, largest collision {} keys",
            reached.versions, reached.reread, reached.deepest, reached.largest_collision
        )],
        shortfall: explored.shortfall.clone(),
        inconclusive: Vec::new(),
    }
}

fn story(Refuted { violation, smallest, is_minimal }: &Refuted, case: u64) -> Story {
    let end = if *is_minimal { "1-minimal" } else { "not known to be 1-minimal" };
    Story {
        property: ID.into(),
        engine: ENGINE.into(),
        execution: case,
        sentence: format!("{ID} is refuted: {violation}"),
        cause: None,
        expected: definitions::definition(ID),
        observed: violation.to_string(),
        details: Vec::new(),
        threads: Vec::new(),
        rows: Vec::new(),
        operations: Vec::new(),
        order: Order::Unknown,
        conflict: Vec::new(),
        scenario: "map-operations".into(),
        text: smallest.to_string(),
        effort: Some(format!("{end}; programs of map operations have no token")),
        token: None,
    }
}

/// What is not as expected: the map of the designs refuted or not decided, a fault missed. Of a partial run, what was
/// to hold and was refuted.
pub(super) fn surprises(maps: &[Design], partial: bool) -> Vec<String> {
    let of = |map: &Design| {
        let (name, cell) = (&map.name, &map.cells[0]);
        match (cell.expectation, cell.outcome) {
            (Expectation::Holds, Found::Refuted) => Some(format!("{name} is expected to keep {ID} and does not")),
            _ if partial => None,
            (Expectation::Holds, Found::Unknown) => {
                Some(format!("{name}: {ID} unknown: {}", cell.why.as_deref().unwrap_or_default()))
            }
            (Expectation::Refuted, Found::Ok | Found::Unknown) => {
                Some(format!("{name}: {ID} is known to be refuted, and no counterexample was found"))
            }
            _ => None,
        }
    };
    maps.iter().filter_map(of).collect()
}
