//! The report on the terminal.

use super::collect;
use super::paint::Paint;
use super::tell::tell;
use super::text::{self, grouped, short};
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
            let unjudged: Vec<_> = collect::left_open(findings).iter().map(ToString::to_string).collect();
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

/// Why cells are unknown: a line for each design and reason.
pub fn unknown(reports: &[Report], properties: &[Property]) -> String {
    let mut text = String::new();
    for report in reports {
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for &property in properties {
            let Verdict::Unknown(_, why) = report.verdict(property) else { continue };
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, ids)) => ids.push(property.id()),
                None => reasons.push((why, vec![property.id()])),
            }
        }
        for (why, ids) in reasons {
            let verb = if ids.len() == 1 { "is" } else { "are" };
            let _ = writeln!(text, "{} by {} {verb} unknown: {why}", report.entry.name, ids.join(", "));
        }
    }
    text
}

/// A counterexample, without colours.
pub fn counterexample(design: &str, evidence: &Evidence) -> String {
    text::story(design, &tell(evidence, None), Paint::PLAIN)
}
