//! A story as text.

use super::interleaving::{self, WIDTH, fill};
use super::paint::{Colour, Paint};
use super::story::Story;

/// Lines of a counterexample at most.
const LINES: usize = 25;

/// A counterexample: which cell, the sentence, the interleaving or else the scenario, what was expected and observed.
pub fn story(design: &str, story: &Story, paint: Paint) -> String {
    let Story { property, engine, scenario, .. } = story;
    let found = format!("found by {engine} in execution {}, scenario `{scenario}`", grouped(story.execution));
    let title = fill(&format!("{design} breaks {property}: {found}"), WIDTH, 0, 2);
    let mut head: Vec<String> = title.iter().map(|line| paint.paint(Colour::Bold, line)).collect();
    head.extend(fill(&story.summary(), WIDTH, 2, 2).iter().map(|line| paint.paint(Colour::Red, line)));
    let mut tail = Vec::new();
    let effort = story.effort.iter().map(|effort| ("", effort));
    for (word, text) in [("expected: ", &story.expected), ("observed: ", &story.observed)].into_iter().chain(effort) {
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
