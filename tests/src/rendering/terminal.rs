//! Results on a terminal: a summary of one or two screens, and the details for who asks for them.

use super::interleaving::fill;
use super::style::{DIM, OK, REFUTED, UNKNOWN, styled};
use super::text;
use crate::analysis::results::{Cell, Design, Expectation, Found, Results};
use crate::analysis::story::Story;
use crate::counts::{counted, grouped, short};
use anstyle::Style;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Lines of a summary at most.
pub const LINES: usize = 60;

/// Lines of its table at most; one that would be longer is drawn in another way.
const TABLE: usize = 40;

/// The summary on a terminal of this width: the table, the shortest counterexample, what was not expected, and where
/// the rest is: `files` are lines that name it. At most [`LINES`] lines.
pub fn summary(results: &Results, files: &[String], width: usize) -> String {
    let verdicts = if results.designs.is_empty() { None } else { Some(table(results, width)) };
    let maps = results.maps_line().map(|line| fill(&line, width, 0, 2).join("\n"));
    let table = [verdicts, maps].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    let rest = rest(results, files, width);
    let room = LINES.saturating_sub(height(&table, width) + height(&rest, width) + 2);
    let blank = if rest.is_empty() { "" } else { "\n" };
    let story = shortest(results, room, width).map_or(String::new(), |story| format!("\n{story}"));
    format!("{table}\n{story}{blank}{rest}")
}

/// Everything that the summary leaves out: what was explored, notes, why cells are unknown, every counterexample.
pub fn details(results: &Results, width: usize) -> String {
    let mut text = format!("{}\n\n", explored(results));
    for (design, engine) in results.rows().flat_map(|d| d.engines.iter().map(move |engine| (d, engine))) {
        let remarks = engine.remarks().into_iter();
        text.extend(remarks.map(|remark| format!("{} under {}: {remark}\n", design.name, engine.engine)));
    }
    text.extend(unknown(results, &|_| true).into_iter().map(|line| line + "\n"));
    let told: Vec<(&Design, &Story)> = results.stories().collect();
    for (number, (design, story)) in told.iter().enumerate() {
        let is_same =
            |(other, before): &(&Design, &Story)| other.name == design.name && before.is_same_execution(story);
        text.push('\n');
        // In full the first of those that are one and the same execution.
        if told[..number].iter().any(is_same) {
            text.extend([design.name.as_str(), ": ", &story.sentence, "\n"]);
        } else {
            text.push_str(&text::story(&design.name, story, text::LINES, width.min(text::WIDTH)));
        }
        text.extend(["  again: ", &results.again(design, story), "\n"]);
    }
    text
}

/// Designs by properties: a matrix if it fits, else a row for each design, of many faults only with the properties that
/// they are for, and of too many designs a row for each property.
fn table(results: &Results, width: usize) -> String {
    let fits = |table: &String| height(table, width) == table.lines().count() && table.lines().count() <= TABLE;
    let shapes: [&dyn Fn() -> String; 4] =
        [&|| matrix(results, &in_words), &|| matrix_of_marks(results), &|| rows(results, width), &|| faults(results)];
    let table = shapes.into_iter().map(|shape| shape()).find(fits).unwrap_or_else(|| by_property(results, width));
    let lines = first(TABLE, table.lines().map(String::from).collect(), None, Style::new());
    coloured(&lines.join("\n"))
}

fn matrix(results: &Results, cell: &dyn Fn(&Cell) -> String) -> String {
    let mut table = bare();
    let property = |id: &str| id.replacen('-', "\n-", 1);
    let heads = results.properties.iter().map(|definition| property(&definition.id));
    let last = String::from("found by engine,\nexecutions, time");
    table.set_header(std::iter::once(String::from("design")).chain(heads).chain([last]));
    for design in &results.designs {
        let cells = design.cells.iter().map(cell);
        let found = design.first_found_by().unwrap_or_default();
        table.add_row(std::iter::once(design.name.clone()).chain(cells).chain([found]));
    }
    trimmed(&table)
}

/// The matrix in so few characters that marks need a legend.
fn matrix_of_marks(results: &Results) -> String {
    let legend = "a number: ok in that many executions that decide the property; ✗ refuted; ? unknown";
    format!("{}\n{legend}", matrix(results, &in_marks))
}

fn in_words(cell: &Cell) -> String {
    match cell.outcome {
        Found::Ok => format!("ok {}", short(cell.executions)),
        Found::Refuted => String::from("refuted"),
        Found::Unknown => format!("unknown {}", short(cell.executions)),
    }
}

/// A number of executions is enough for what is ok, and a mark for what is not.
fn in_marks(cell: &Cell) -> String {
    match cell.outcome {
        Found::Ok => short(cell.executions),
        Found::Refuted => String::from("✗"),
        Found::Unknown => String::from("?"),
    }
}

fn rows(results: &Results, width: usize) -> String {
    let mut table = bare();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width as u16);
    table.set_header(["design", "properties", "found by engine, executions, time"]);
    for design in &results.designs {
        let of = |found: Found| design.ids(found).join(" ");
        let mut outcome = vec![format!("{} ok", design.ids(Found::Ok).len())];
        for (word, ids) in [("refuted", of(Found::Refuted)), ("unknown", of(Found::Unknown))] {
            outcome.extend((!ids.is_empty()).then(|| format!("{word} {ids}")));
        }
        table.add_row([design.name.clone(), outcome.join(", "), design.first_found_by().unwrap_or_default()]);
    }
    trimmed(&table)
}

/// A row for each fault: of the properties that it is for, those that were refuted, and those that were not.
fn faults(results: &Results) -> String {
    let mut table = bare();
    table.set_header(["fault", "refuted, of what it is for", "not", "found by engine, executions, time"]);
    for design in &results.designs {
        let of = |refuted: bool| {
            let cells = design.cells.iter().filter(|cell| cell.expectation == Expectation::Refuted);
            cells.filter(move |cell| (cell.outcome == Found::Refuted) == refuted)
        };
        let first = of(true).min_by_key(|cell| (cell.milliseconds.unwrap_or(u64::MAX), cell.executions));
        let found = first.and_then(Cell::found_by).unwrap_or_default();
        let of = |refuted| of(refuted).map(|cell| cell.property.as_str()).collect::<Vec<_>>().join(" ");
        table.add_row([design.name.clone(), of(true), of(false), found]);
    }
    trimmed(&table)
}

fn by_property(results: &Results, width: usize) -> String {
    let mut table = bare();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width as u16);
    table.set_header(["property", "expected", "refuted", "unknown", "by", "latest: engine, executions, time"]);
    for (column, definition) in results.properties.iter().enumerate() {
        let cells = || results.designs.iter().filter_map(|design| Some((design, design.cells.get(column)?)));
        let count = |is: &dyn Fn(&Cell) -> bool| cells().filter(|(_, cell)| is(cell)).count().to_string();
        let engines = results.run.engines.iter().filter_map(|engine| {
            let of = |(_, cell): &(&Design, &Cell)| cell.story.as_ref().is_some_and(|story| story.engine == *engine);
            let count = cells().filter(of).count();
            (count > 0).then(|| format!("{engine} {count}"))
        });
        let latest =
            cells().filter_map(|(design, cell)| Some((cell.milliseconds, &design.name, cell.found_by()?))).max();
        table.add_row([
            definition.id.clone(),
            count(&|cell| cell.expectation == Expectation::Refuted),
            count(&|cell| cell.outcome == Found::Refuted),
            count(&|cell| cell.outcome == Found::Unknown && cell.expectation != Expectation::Unstated),
            engines.collect::<Vec<_>>().join(", "),
            latest
                .map_or(String::new(), |(_, name, found)| if width < 100 { found } else { format!("{name}: {found}") }),
        ]);
    }
    trimmed(&table)
}

/// What each engine explored.
fn explored(results: &Results) -> String {
    let mut table = bare();
    table.set_header(["design", "engine", "executions", "operations", "scenarios", "distinct outcomes", "digest"]);
    for (design, engine) in results.rows().flat_map(|d| d.engines.iter().map(move |engine| (d, engine))) {
        let counts = [engine.executions, engine.operations, engine.scenarios, engine.outcomes].map(grouped);
        table.add_row([&design.name, &engine.engine].into_iter().chain(&counts).chain([&engine.digest]));
    }
    for column in 2..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    trimmed(&table)
}

/// Why cells are unknown, of those that `matter`: a line for each design and reason.
fn unknown(results: &Results, matter: &dyn Fn(&Cell) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for design in results.rows() {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for cell in design.cells.iter().filter(|cell| cell.outcome == Found::Unknown && matter(cell)) {
            let why = cell.why.as_deref().unwrap_or_default();
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, ids)) => ids.push(&cell.property),
                None => reasons.push((why, vec![&cell.property])),
            }
        }
        lines.extend(
            reasons.into_iter().map(|(why, ids)| format!("{}: {} unknown: {why}", design.name, ids.join(", "))),
        );
    }
    lines
}

/// The shortest counterexample that has room, of one that was not expected if there is any, and how it is seen again.
fn shortest(results: &Results, room: usize, width: usize) -> Option<String> {
    let expected = |design: &Design, story: &Story| {
        !design.cells.iter().any(|cell| cell.surprise && cell.property == story.property)
    };
    let told = results.stories().map(|(design, story)| {
        let again = format!("  again: {}\n", results.again(design, story));
        let lines = room.saturating_sub(height(&again, width)).min(text::LINES);
        let text = text::story(&design.name, story, lines, width.min(text::WIDTH)) + &again;
        (expected(design, story), height(&text, width), text)
    });
    let fitting = told.filter(|(_, height, _)| *height <= room);
    fitting.min_by_key(|(expected, height, _)| (*expected, *height)).map(|(.., text)| text)
}

/// What was not expected, how much was done, and where the details are.
fn rest(results: &Results, files: &[String], width: usize) -> String {
    let not_expected = results.surprises.iter().map(|sentence| format!("NOT AS EXPECTED: {sentence}"));
    let mut lines = first(4, not_expected.collect(), Some(width), REFUTED);
    let stated = |cell: &Cell| cell.expectation != Expectation::Unstated;
    let why = unknown(results, &stated).into_iter().filter(|line| !results.surprises.contains(line));
    lines.extend(first(3, why.collect(), Some(width), Style::new()));
    let partial = results.partial.iter().map(|why| format!("PARTIAL: {why}"));
    lines.extend(first(1, partial.collect(), Some(width), UNKNOWN));
    if results.surprises.is_empty() && results.partial.is_none() {
        lines.push(styled(OK, "every outcome is the expected one"));
    }
    let run = &results.run;
    let executions = results.rows().flat_map(|design| &design.engines).map(|engine| engine.executions).sum();
    let (executions, seconds) = (counted(executions, "execution"), run.milliseconds as f64 / 1000.0);
    lines.push(format!("{executions} in {seconds:.1} s, budget {}, seed {}", run.budget, run.seed));
    lines.extend(first(4, files.to_vec(), None, Style::new()));
    let stories = counted(results.stories().count() as u64, "counterexample");
    lines.push(styled(DIM, &format!("{stories}, notes and counts: in the report, or with --verbose")));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// The first few of lines of one kind, each in at most two lines if a width is given, and how many there are more.
fn first(most: usize, mut lines: Vec<String>, width: Option<usize>, style: Style) -> Vec<String> {
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    let wrapped = |line: String| {
        let Some(width) = width else { return vec![line] };
        let mut parts = fill(&line, width - 2, 0, 2);
        if parts.len() > 2 {
            parts.truncate(2);
            parts[1].push_str(" …");
        }
        parts
    };
    let mut lines: Vec<String> = lines.into_iter().flat_map(wrapped).map(|line| styled(style, &line)).collect();
    lines.extend((more > 0).then(|| format!("… and {more} more, in the report or with --verbose")));
    lines
}

/// The lines that a text takes on a terminal of this width.
fn height(text: &str, width: usize) -> usize {
    let plain = super::style::plain(text);
    plain.lines().map(|line| line.chars().count().max(1).div_ceil(width.max(1))).sum()
}

fn bare() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

/// The table without what pads its lines: one column begins where the terminal does, and none ends in blanks.
fn trimmed(table: &Table) -> String {
    let lines = table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_string());
    lines.collect::<Vec<_>>().join("\n")
}

/// The verdicts of a table that is laid out already in their colours.
fn coloured(table: &str) -> String {
    let colour = |part: &str| {
        let word = part.trim_end();
        let style = match word {
            "refuted" | "✗" => REFUTED,
            "ok" => OK,
            "unknown" | "?" => UNKNOWN,
            _ => return part.to_string(),
        };
        styled(style, word) + &part[word.len()..]
    };
    table.split_inclusive([' ', '\n']).map(colour).collect()
}
