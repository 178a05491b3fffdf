//! Results that are the same on every machine, with everything in them that a report can show.

use contextvars_check::analysis::results::{
    Cell, Definition, Design, Expectation, Explored, Found, Inconclusive, Machine, Results, Run, SCHEMA,
};
use contextvars_check::analysis::story::Story;

fn cell(property: &str, expectation: Expectation, outcome: Found, executions: u64) -> Cell {
    let property = property.to_string();
    Cell { property, expectation, outcome, surprise: false, executions, milliseconds: None, why: None, story: None }
}

fn explored(engine: &str, executions: u64) -> Explored {
    Explored {
        engine: engine.into(),
        executions,
        operations: 12 * executions,
        scenarios: 40,
        outcomes: executions / 7,
        digest: format!("{executions:016x}"),
        notes: vec!["118 of 120 searches of all schedules with at most 0, 1, …, 2 preemptions complete".into()],
        shortfall: None,
        inconclusive: Vec::new(),
    }
}

/// A complete run: a design that is refuted as expected, and one that holds.
pub(crate) fn complete(refuted: Story) -> Results {
    let racy = Cell {
        story: Some(refuted),
        milliseconds: Some(1_234),
        ..cell("ISO-1", Expectation::Refuted, Found::Refuted, 408)
    };
    let why = "loom: 4 of 15 scenarios of the group `small` in the time given";
    let unknown = Cell { why: Some(why.into()), ..cell("SNAP-1", Expectation::Unstated, Found::Unknown, 58_000) };
    let inconclusive = vec![Inconclusive { property: "SNAP-1".into(), outcomes: 3, out_of_budget: 1 }];
    let loom = Explored { shortfall: Some(why[6..].into()), inconclusive, ..explored("loom", 37_339) };
    let definition = |id: &str, definition: &str| Definition { id: id.into(), definition: definition.into() };
    Results {
        schema: SCHEMA,
        partial: None,
        run: Run {
            command: "cargo run --release --".into(),
            arguments: vec!["check".into(), "--budget".into(), "60s".into()],
            began: "2026-11-22T21:00:00Z".into(),
            milliseconds: 61_234,
            seed: 1,
            budget: "60s".into(),
            engines: vec!["loom".into(), "shuttle".into()],
            scenarios: 123,
            generated: true,
        },
        machine: Machine {
            version: "0.0.0".into(),
            rustc: Some("rustc 0.0.0".into()),
            system: "system".into(),
            architecture: "architecture".into(),
            processors: 2,
        },
        properties: vec![
            definition("ISO-1", "A get never returns a value of another context."),
            definition("SNAP-1", "A copy never changes."),
        ],
        designs: vec![
            Design {
                name: "shared-racy".into(),
                about: "three unsynchronised steps".into(),
                catalogue: None,
                refuted: vec!["ISO-1".into()],
                cells: vec![racy, unknown],
                engines: vec![explored("shuttle", 58_000), loom],
            },
            Design {
                name: "sound".into(),
                about: "holds".into(),
                catalogue: None,
                refuted: Vec::new(),
                cells: vec![
                    cell("ISO-1", Expectation::Holds, Found::Ok, 432_117),
                    cell("SNAP-1", Expectation::Holds, Found::Ok, 432_117),
                ],
                engines: vec![explored("shuttle", 432_117)],
            },
        ],
        maps: Vec::new(),
        surprises: Vec::new(),
    }
}

/// A run that was stopped, in which a design did not do what was expected; and names that mean something to HTML.
pub(crate) fn partial(refuted: Story) -> Results {
    let mut results = complete(refuted.clone());
    results.partial = Some("the run was stopped by SIGINT".into());
    results.machine.rustc = None;
    results.surprises = vec!["sound<T> is expected to keep SNAP-1 and does not".into()];
    let mut story = Story { property: "SNAP-1".into(), token: Some("cx1.sound.SNAP-1.TOKEN".into()), ..refuted };
    story.sentence = "SNAP-1 is refuted: `a < b && \"c\"`, where 'd' > e".into();
    let sound = &mut results.designs[1];
    sound.name = "sound<T>".into();
    sound.catalogue = Some("A1 & A2".into());
    sound.cells[1].story = Some(story);
    (sound.cells[1].outcome, sound.cells[1].surprise) = (Found::Refuted, true);
    sound.cells[0].outcome = Found::Unknown;
    sound.cells[0].why = Some("shuttle: not begun: stopped by SIGINT".into());
    results
}
