//! The report on the terminal.

use super::interleaving::{self, WIDTH, fill};
use super::paint::{Colour, Paint};
use super::story::Story;
use super::tell::tell;
use crate::check::Property;
use crate::suite::Report;
use crate::verdict::{Evidence, Verdict};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::fmt::Write;

/// The table of designs by properties.
pub fn table(reports: &[Report], properties: &[Property]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once("design".to_string()).chain(properties.iter().map(ToString::to_string)));
    for report in reports {
        let cell = |property: &Property| match report.verdict(*property) {
            Verdict::Ok(covered) => Cell::new(format!("ok {}", short(covered.executions))),
            Verdict::Violation(evidence) => Cell::new(format!("refuted @{}", evidence.execution)),
            Verdict::Unknown(covered, _) => Cell::new(format!("unknown {}", short(covered.executions))),
        };
        let cells = properties.iter().map(|p| cell(p).set_alignment(CellAlignment::Left));
        table.add_row(std::iter::once(Cell::new(report.entry.name)).chain(cells));
    }
    table.to_string()
}

/// What each engine explored.
pub fn coverage(reports: &[Report]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header(["design", "engine", "executions", "operations", "scenarios", "distinct outcomes", "digest"]);
    for report in reports {
        for findings in &report.findings {
            let covered = &findings.covered;
            table.add_row([
                report.entry.name.to_string(),
                findings.engine.to_string(),
                grouped(covered.executions),
                grouped(covered.operations),
                grouped(covered.scenarios),
                grouped(covered.outcomes),
                format!("{:016x}", covered.digest),
            ]);
        }
    }
    for column in 2..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// What each engine says of how complete it was, and what it could not do.
pub fn notes(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for findings in &report.findings {
            for note in &findings.notes {
                let _ = writeln!(text, "{} under {}: {note}", report.entry.name, findings.engine);
            }
            let unjudged = findings.not_judged.iter().map(|(property, count)| format!("{property} {count}"));
            let unjudged: Vec<_> = unjudged.collect();
            if !unjudged.is_empty() {
                let (name, engine) = (report.entry.name, findings.engine);
                let _ = writeln!(
                    text,
                    "{name} under {engine}: outcomes that leave a property open: {}",
                    unjudged.join(", ")
                );
            }
            if let Some(shortfall) = &findings.shortfall {
                let _ = writeln!(
                    text,
                    "{} under {}: NOT ALL THAT WAS PLANNED: {shortfall}",
                    report.entry.name, findings.engine
                );
            }
        }
    }
    text
}

/// Lines of a counterexample at most.
const LINES: usize = 25;

/// A counterexample, without colours.
pub fn counterexample(design: &str, evidence: &Evidence) -> String {
    story(design, &tell(evidence, None), Paint::PLAIN)
}

/// A counterexample: which cell, the sentence, the interleaving or else the scenario, what was expected and observed.
pub fn story(design: &str, story: &Story, paint: Paint) -> String {
    let Story { property, engine, scenario, .. } = story;
    let found = format!("found by {engine} in execution {}, scenario `{scenario}`", grouped(story.execution));
    let mut head = vec![paint.paint(Colour::Bold, &format!("{design} breaks {property}: {found}"))];
    head.extend(fill(&story.summary(), WIDTH, 2, 2).iter().map(|line| paint.paint(Colour::Red, line)));
    let mut tail = Vec::new();
    for (word, text) in [("expected: ", &story.expected), ("observed: ", &story.observed)] {
        tail.extend(fill(&format!("{word}{text}"), WIDTH, 2, 12));
    }
    let room = LINES.saturating_sub(head.len() + tail.len());
    let body = match &story.rows[..] {
        [] => {
            let lines = story.details.iter().map(String::as_str).chain(story.text.lines());
            lines.map(|line| format!("  | {line}\n")).collect()
        }
        _ => interleaving::table(story, room, paint),
    };
    format!("{}\n{body}{}\n", head.join("\n"), tail.join("\n"))
}

/// 1234567 as `1.2M`.
fn short(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..10_000_000 => format!("{}k", count / 1000),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// 1234567 as `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
