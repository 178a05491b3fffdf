//! A story as text.

use super::interleaving::{self, WIDTH, fill};
use super::paint::{Colour, Paint};
use super::story::Story;

/// Lines of a story at most.
const LINES: usize = 25;

/// Lines of these that are kept for where it was found.
const FOUND: usize = 3;

/// A story: what happened, where it was found, and what was done to make it small.
pub fn story(design: &str, story: &Story, paint: Paint) -> String {
    let Story { engine, scenario, .. } = story;
    let mut found = format!("found by {engine} in execution {}, scenario `{scenario}`", grouped(story.execution));
    if let Some(effort) = &story.effort {
        found = format!("{found}; {effort}");
    }
    let found = fill(&found, WIDTH, 2, 4);
    let found: String = found.iter().map(|line| format!("{}\n", paint.paint(Colour::Dim, line))).collect();
    what_happened(design, story, paint) + &found
}

/// What happened: the sentence, the interleaving or else the scenario, what was expected and what was observed. The
/// same whenever the same execution is told.
pub fn what_happened(design: &str, story: &Story, paint: Paint) -> String {
    let mut head = vec![paint.paint(Colour::Bold, &format!("{design} breaks {}", story.property))];
    head.extend(fill(&story.summary(), WIDTH, 2, 2).iter().map(|line| paint.paint(Colour::Red, line)));
    let mut tail = Vec::new();
    for (word, text) in [("expected: ", &story.expected), ("observed: ", &story.observed)] {
        tail.extend(fill(&format!("{word}{text}"), WIDTH, 2, 12));
    }
    let room = LINES.saturating_sub(head.len() + tail.len() + FOUND);
    let body = match &story.rows[..] {
        [] => {
            let lines = story.details.iter().map(String::as_str).chain(story.text.lines());
            lines.map(|line| format!("  | {line}\n")).collect()
        }
        _ => interleaving::table(story, room, paint),
    };
    format!("{}\n{body}{}\n", head.join("\n"), tail.join("\n"))
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

/// 1234567 as `1.2M`.
pub fn short(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..10_000_000 => format!("{}k", count / 1000),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}
