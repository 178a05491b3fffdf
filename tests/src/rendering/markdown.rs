//! The verdicts of a run as a block of the notes.

use super::generated_blocks::Block;
use crate::analysis::results::{Cell, Found, Results};
use crate::counts::{grouped, short};
use std::fmt::Write;

/// The block of the verdicts.
pub const VERDICTS: Block<'_> = Block { command: "ctxcheck", name: "verdicts" };

/// The block of the counterexamples. Notes may leave it out.
pub const COUNTEREXAMPLES: Block<'_> = Block { command: "ctxcheck", name: "counterexamples" };

/// Notes with their blocks brought up to date.
///
/// # Errors
/// A line that says what is wrong with the marks.
pub fn updated(notes: &str, results: &Results) -> Result<String, String> {
    let text = VERDICTS.replaced(notes, &verdicts(results))?;
    if COUNTEREXAMPLES.check(&text).is_err() {
        return Ok(text);
    }
    COUNTEREXAMPLES.replaced(&text, &counterexamples(results))
}

/// A line for each counterexample: its sentence, and how it is seen again.
fn counterexamples(results: &Results) -> String {
    let mut text = String::new();
    for (design, story) in results.stories() {
        let (name, property, sentence) = (&design.name, &story.property, story.summary());
        let _ = writeln!(text, "- `{name}` by {property}: {sentence}\n  `{}`", results.again(design, story));
    }
    text
}

/// The table of designs by properties.
fn verdicts(results: &Results) -> String {
    let mut text = String::from("| design |");
    let ids = || results.properties.iter().map(|property| property.id.as_str());
    ids().for_each(|id| text.extend([" ", id, " |"]));
    text.push_str(" found by |\n|---|");
    ids().for_each(|_| text.push_str("---|"));
    text.push_str("---|");
    for design in &results.designs {
        let _ = write!(text, "\n| `{}` |", design.name);
        design.cells.iter().for_each(|of| text.extend([" ", &cell(of), " |"]));
        text.extend([" ", design.first_found_by().as_deref().unwrap_or("–"), " |"]);
    }
    text.push('\n');
    text.extend(results.maps_line().map(|line| format!("\n{line}.\n")));
    let run = &results.run;
    let rustc = results.machine.rustc.as_deref().unwrap_or("an unknown compiler");
    let _ = writeln!(
        text,
        "\n`ok` with the number of executions that decide the property; of the first counterexample the engine, its \
         executions and how long it took. Budget {}, seed {}, {} executions in {} s on {} processors, {rustc}.",
        run.budget,
        run.seed,
        grouped(results.rows().flat_map(|design| &design.engines).map(|engine| engine.executions).sum()),
        run.milliseconds / 1000,
        results.machine.processors,
    );
    text
}

fn cell(cell: &Cell) -> String {
    match cell.outcome {
        Found::Ok => format!("ok {}", short(cell.executions)),
        Found::Refuted => "**refuted**".into(),
        Found::Unknown => format!("unknown {}", short(cell.executions)),
    }
}
