//! A story as text: one column for each thread, one line for each step, from top to bottom as it happened.

use super::style::{DIM, HEADING, REFUTED, UNKNOWN, styled};
use crate::analysis::story::{Row, Story, What};

/// Characters in a line at most, where there is no terminal that has fewer.
pub const WIDTH: usize = 100;

/// Characters before the first column.
const MARGIN: usize = 2;

/// A column is at least so wide; with more threads than fit, each line names its thread instead.
const NARROWEST: usize = 22;

/// A column is at most so wide.
const WIDEST: usize = 48;

/// One step, or several of one operation that nobody came between.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The column: index into the threads of the story.
    pub column: usize,
    /// How deep it is inside operations.
    pub depth: usize,
    /// In words.
    pub text: String,
    /// Why another thread goes on after it.
    pub switch: Option<String>,
    /// How it matters.
    pub mark: Mark,
}

/// How a line matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// The answer that shows the fault.
    Fault,
    /// It belongs to the operations that contradict each other.
    Conflict,
    /// Other operations.
    Plain,
}

/// The steps of a story, made shorter where nothing is lost: an answer stands beside its operation if nobody came
/// between, and accesses of operations that are not in conflict stand in one line. If it is to be `compact`, all do.
pub fn lines(story: &Story, compact: bool) -> Vec<Line> {
    // Each line with the row that it begins with, and the steps in it.
    let mut lines: Vec<(Line, Row, Vec<String>)> = Vec::new();
    for row in &story.rows {
        let mark = match row.what {
            What::End | What::Whole if story.conflict.first() == Some(&row.operation) => Mark::Fault,
            _ if story.is_in_conflict(row) => Mark::Conflict,
            _ => Mark::Plain,
        };
        let Row { column, depth, .. } = *row;
        let line = Line { column, depth, text: row.text.clone(), switch: row.switch.clone(), mark };
        let begin =
            lines.iter().rposition(|(_, other, _)| other.operation == row.operation && other.what == What::Begin);
        if row.what == What::End
            && let Some(begin) = begin
            && lines[begin..].iter().all(|(other, ..)| other.column == column && other.switch.is_none())
        {
            (lines[begin].0.text, lines[begin].0.mark) = (line.text, mark);
            if let Some((last, ..)) = lines.last_mut() {
                last.switch = line.switch;
            }
            continue;
        }
        match lines.last_mut() {
            Some((last, first, steps)) if joins(story, first, row, compact) && last.switch.is_none() => {
                steps.push(row.text.clone());
                (last.text, last.switch) = (said(steps), line.switch);
            }
            _ => lines.push((line, row.clone(), vec![row.text.clone()])),
        }
    }
    lines.into_iter().map(|(line, ..)| line).collect()
}

/// Whether two steps go into one line.
fn joins(story: &Story, one: &Row, next: &Row, compact: bool) -> bool {
    let accesses = one.what == What::Access && next.what == What::Access;
    let lock = one.text.strip_prefix("locks ").is_some_and(|what| next.text.strip_prefix("unlocks ") == Some(what));
    accesses && one.operation == next.operation && (lock || compact || !story.is_in_conflict(one))
}

/// Several accesses in one line: a lock that is taken and given back is one step, and a verb stands once.
fn said(steps: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for step in steps {
        let locked = parts.last().and_then(|last| last.strip_prefix("locks "));
        if step.strip_prefix("unlocks ").is_some_and(|unlocked| locked == Some(unlocked)) {
            parts.pop();
            parts.push(step.replacen("unlocks ", "locks and unlocks ", 1));
        } else {
            parts.push(step.clone());
        }
    }
    parts.dedup();
    let mut text = parts.first().cloned().unwrap_or_default();
    for pair in parts.windows(2) {
        let (before, part) = (&pair[0], &pair[1]);
        let same_verb =
            ["reads ", "writes "].into_iter().find(|verb| before.starts_with(verb) && part.starts_with(verb));
        let Some(verb) = same_verb else {
            text = format!("{text}; {part}");
            continue;
        };
        text = match (before.split_once(": "), part.split_once(": ")) {
            // The same object again.
            (Some((one, _)), Some((again, value))) if one == again => format!("{text} then {value}"),
            _ => format!("{text}, {}", &part[verb.len()..]),
        };
    }
    text
}

/// The table in at most `most` lines of `width` characters, more compact if it must be; of a longer story the first and
/// the last ones.
pub fn table(story: &Story, most: usize, width: usize) -> String {
    let full = rendered(&lines(story, false), story, width);
    let (heading, mut out) = if full.1.len() > most { rendered(&lines(story, true), story, width) } else { full };
    let room = most.max(heading + 3);
    if out.len() > room {
        let (head, tail) = (heading + (room - heading) / 3, room - heading - (room - heading) / 3 - 1);
        let left_out = out.len() - head - tail;
        let note = format!("{:MARGIN$}… {left_out} lines more: the report has them all …", "");
        out.splice(head..out.len() - tail, [styled(DIM, &note)]);
    }
    out.iter().map(|line| format!("{line}\n")).collect()
}

/// The lines of the table, and how many of them are its heading.
fn rendered(lines: &[Line], story: &Story, line_width: usize) -> (usize, Vec<String>) {
    let mut columns: Vec<usize> = lines.iter().map(|line| line.column).collect();
    columns.sort_unstable();
    columns.dedup();
    let gaps = 2 * columns.len().saturating_sub(1);
    let width = (line_width - MARGIN).saturating_sub(gaps) / columns.len().max(1);
    let name = |column: &usize| format!("thread {}", story.threads[*column]);
    let mut out: Vec<String> = Vec::new();
    if width < NARROWEST {
        let wide = columns.iter().map(|column| name(column).len()).max().unwrap_or_default() + 2;
        for line in lines {
            for part in wrapped(line, line_width - MARGIN - wide) {
                let text = coloured(line, &part);
                out.push(format!("{:MARGIN$}{:<wide$}{text}", "", name(&line.column)));
            }
        }
        return (0, out);
    }
    let width = width.min(WIDEST);
    let row = |cells: Vec<String>| format!("{:MARGIN$}{}", "", cells.join("  ").trim_end());
    let names = columns.iter().map(|column| format!("{:<width$}", name(column)));
    out.push(styled(HEADING, &row(names.collect())));
    out.push(row(columns.iter().map(|_| "─".repeat(width)).collect()));
    for line in lines {
        let before = columns.iter().take_while(|column| **column != line.column).count();
        for part in wrapped(line, width) {
            out.push(format!("{:1$}{2}", "", MARGIN + before * (width + 2), coloured(line, &part)));
        }
    }
    (2, out)
}

/// A line in parts that fit a column; those after the first are indented further.
fn wrapped(line: &Line, width: usize) -> Vec<String> {
    let indent = (2 * line.depth).min(width / 3);
    // What belongs together is not broken where it is short.
    let whole = |part: &str| if part.len() <= width / 2 { part.replace(' ', UNBROKEN) } else { part.to_string() };
    let mut words = line.text.split(", ").map(whole).collect::<Vec<_>>().join(", ");
    if line.mark == Mark::Fault {
        words.push_str(UNBROKEN);
        words.push('✗');
    }
    if let Some(switch) = &line.switch {
        words = format!("{words} {}", whole(&format!("· {switch}")));
    }
    fill(&words, width, indent, indent + 4).into_iter().map(|part| part.replace(UNBROKEN, " ")).collect()
}

/// A space at which no line is refuted.
const UNBROKEN: &str = "\u{A0}";

/// Breaks text at spaces.
pub fn fill(text: &str, width: usize, first: usize, others: usize) -> Vec<String> {
    let mut lines = vec![" ".repeat(first)];
    let mut bare = true;
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a line");
        let space = usize::from(!bare);
        if !bare && last.chars().count() + space + word.chars().count() > width {
            lines.push(format!("{:others$}{word}", ""));
        } else {
            last.push_str(&" ".repeat(space));
            last.push_str(word);
        }
        bare = false;
    }
    let clip = |line: String| match line.chars().count() {
        count if count > width => line.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        _ => line.trim_end().to_string(),
    };
    lines.into_iter().map(clip).collect()
}

fn coloured(line: &Line, part: &str) -> String {
    match line.mark {
        Mark::Fault => styled(REFUTED, part),
        Mark::Conflict => styled(UNKNOWN, part),
        Mark::Plain => part.to_string(),
    }
}
