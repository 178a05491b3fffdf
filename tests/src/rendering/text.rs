//! A story as text, styled; [`plain`](super::style::plain) takes the styles out.

use super::interleaving::{self, fill};
use super::style::{DIM, HEADING, REFUTED, styled};
use crate::analysis::story::Story;
use crate::counts::grouped;

pub use super::interleaving::WIDTH;

/// Lines of a story at most, where there is room.
pub const LINES: usize = 25;

/// Lines of these that are kept for where it was found.
const FOUND: usize = 3;

/// A story in about `lines` lines of `width` characters: what happened, where it was found, and what was done to make
/// it small.
pub fn story(design: &str, story: &Story, lines: usize, width: usize) -> String {
    let Story { engine, scenario, .. } = story;
    let mut found = format!("found by {engine} in execution {}, scenario `{scenario}`", grouped(story.execution));
    if let Some(effort) = &story.effort {
        found = format!("{found}; {effort}");
    }
    let found = fill(&found, width, 2, 4);
    let found: String = found.iter().map(|line| format!("{}\n", styled(DIM, line))).collect();
    what_happened(design, story, lines, width) + &found
}

/// What happened: the sentence, the interleaving or else the scenario, what was expected and what was observed. The
/// same whenever the same execution is told.
pub fn what_happened(design: &str, story: &Story, lines: usize, width: usize) -> String {
    let mut head = vec![styled(HEADING, &format!("{design}: {} refuted", story.property))];
    head.extend(fill(&story.summary(), width, 2, 2).iter().map(|line| styled(REFUTED, line)));
    let mut tail = Vec::new();
    let observed = story.observation().map(|text| ("observed: ", text));
    for (word, text) in std::iter::once(("expected: ", story.expected.as_str())).chain(observed) {
        tail.extend(fill(&format!("{word}{text}"), width, 2, 12));
    }
    let room = lines.saturating_sub(head.len() + tail.len() + FOUND);
    let body = match &story.rows[..] {
        [] => {
            let lines = story.details.iter().map(String::as_str).chain(story.text.lines());
            lines.map(|line| format!("  | {line}\n")).collect()
        }
        _ => interleaving::table(story, room, width),
    };
    format!("{}\n{body}{}\n", head.join("\n"), tail.join("\n"))
}
