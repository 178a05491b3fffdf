//! A story as a picture: a lane for each thread, a bar for each operation from its invocation to its response, and on
//! the bars the moments at which the operations can have taken effect.

use super::escape::escape;
use crate::analysis::story::{Interval, Order, Story};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Width of a character in a bar; the style sheet asks for a font of that width.
const CHARACTER: f64 = 7.3;
/// Where the lanes begin; before it stand the names of the threads.
const LEFT: f64 = 84.0;
/// Height of a bar.
const BAR: f64 = 24.0;
/// From one bar to the one that is nested in it.
const NESTED: f64 = 46.0;
/// Room above a bar, for the number of its moment.
const ABOVE: f64 = 24.0;
/// Room below a bar, for what the model answers.
const BELOW: f64 = 26.0;
/// From one event to the next, at least.
const STEP: f64 = 16.0;

/// The picture; `id` makes its ids unique in the page.
pub fn timeline(story: &Story, id: &str) -> String {
    let places = places(story);
    let last = places.values().fold(LEFT, |most, place| most.max(*place));
    // An operation that never responds needs room for its label as well.
    let pending = story.operations.iter().filter(|operation| operation.responded.is_none());
    let needed = pending.map(|o| places[&o.invoked] + room(&label(o)));
    let open_end = needed.fold(last + STEP, f64::max);
    let width = open_end + STEP;
    let mut tops = Vec::new();
    let mut y = 8.0;
    for thread in &story.threads {
        tops.push(y + ABOVE);
        let depths = story.operations.iter().filter(|o| o.thread == *thread).map(|o| o.depth);
        y += ABOVE + BAR + BELOW + depths.max().unwrap_or(0) as f64 * NESTED;
    }
    let height = y + 4.0;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">"
    );
    let _ = writeln!(svg, "  <title id=\"{id}-title\">Timeline of `{}`</title>", escape(&story.scenario));
    let _ = writeln!(svg, "  <desc id=\"{id}-desc\">{}</desc>", escape(&description(story)));
    for (thread, top) in story.threads.iter().zip(&tops) {
        let middle = top + BAR / 2.0;
        let _ = writeln!(svg, "  <text class=\"thread\" x=\"4\" y=\"{:.1}\">thread {thread}</text>", middle + 4.0);
        let _ = writeln!(
            svg,
            "  <line class=\"lane\" x1=\"{LEFT}\" y1=\"{middle:.1}\" x2=\"{open_end:.1}\" y2=\"{middle:.1}\"/>"
        );
    }
    let moments = moments(story, &places, open_end);
    for (index, operation) in story.operations.iter().enumerate() {
        let lane = story.threads.iter().position(|thread| *thread == operation.thread).unwrap_or_default();
        let top = tops[lane] + operation.depth as f64 * NESTED;
        let from = places[&operation.invoked];
        let to = operation.responded.map_or(open_end, |responded| places[&responded]);
        let _ = writeln!(svg, "  <g class=\"{}\">", class(story, index));
        let _ = writeln!(svg, "    <title>{}</title>", escape(&in_words(story, index)));
        let _ = writeln!(
            svg,
            "    <rect x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"4\"/>",
            to - from
        );
        let text = escape(&label(operation));
        let _ = writeln!(svg, "    <text class=\"op\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>", from + 7.0, top + 16.5);
        if let Some((number, x)) = moments.get(&index) {
            let _ = writeln!(
                svg,
                "    <line class=\"moment\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\"/>",
                top - 6.0,
                top + 4.0
            );
            let _ = writeln!(svg, "    <text class=\"number\" x=\"{x:.1}\" y=\"{:.1}\">{number}</text>", top - 9.0);
        }
        if let Some(model) = model_answers(story, index) {
            let (x, y) = (from + 7.0, top + BAR + 15.0);
            let _ = writeln!(
                svg,
                "    <text class=\"model\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                escape(&in_model(model))
            );
        }
        let _ = writeln!(svg, "  </g>");
    }
    svg.push_str("</svg>\n");
    svg
}

/// What the numbers and marks mean, below the picture.
pub fn legend(story: &Story) -> &'static str {
    match story.order {
        Order::Found(_) => {
            "Each bar is an operation, from its invocation to its response. The numbered marks are moments at which \
             the operations can have taken effect, one after the other: the answers alone are possible."
        }
        Order::Refuted { .. } => {
            "Each bar is an operation, from its invocation to its response. No order explains all answers. The \
             numbered marks are the longest beginning of one; an operation marked ✗ could have come next, but \
             there the model answers otherwise."
        }
        Order::Unknown => "Each bar is an operation, from its invocation to its response.",
    }
}

fn label(operation: &Interval) -> String {
    match &operation.answer {
        Some(answer) => format!("{} → {answer}", operation.op),
        None => format!("{} …", operation.op),
    }
}

fn in_model(answer: &str) -> String {
    format!("✗ model: {answer}")
}

/// Room for a text in a bar.
fn room(text: &str) -> f64 {
    text.chars().count() as f64 * CHARACTER + 14.0
}

/// Where each event is drawn: in order, with room for the labels of the bars that end there.
fn places(story: &Story) -> BTreeMap<u64, f64> {
    let mut events: Vec<u64> = Vec::new();
    for operation in &story.operations {
        events.extend([Some(operation.invoked), operation.responded].into_iter().flatten());
    }
    events.sort_unstable();
    events.dedup();
    let mut places: BTreeMap<u64, f64> = BTreeMap::new();
    let mut x = LEFT;
    for event in events {
        for (index, ended) in story.operations.iter().enumerate().filter(|(_, o)| o.responded == Some(event)) {
            let model = model_answers(story, index).map_or(0.0, |model| room(&in_model(model)));
            x = x.max(places.get(&ended.invoked).copied().unwrap_or(LEFT) + room(&label(ended)).max(model));
        }
        places.insert(event, x);
        x += STEP;
    }
    places
}

/// For each operation of the order its number and where its moment is drawn: as early as its bar and those before it
/// allow.
fn moments(story: &Story, places: &BTreeMap<u64, f64>, open_end: f64) -> BTreeMap<usize, (usize, f64)> {
    let order = match &story.order {
        Order::Found(order) | Order::Refuted { longest: order, .. } => order.as_slice(),
        Order::Unknown => &[],
    };
    let mut x = 0.0_f64;
    let mut moments = BTreeMap::new();
    for (number, &index) in order.iter().enumerate() {
        let Some(operation) = story.operations.get(index) else { continue };
        let end = operation.responded.map_or(open_end, |responded| places[&responded]);
        x = (x + 12.0).max(places[&operation.invoked] + 8.0).min(end - 4.0);
        moments.insert(index, (number + 1, x));
    }
    moments
}

fn model_answers(story: &Story, index: usize) -> Option<&str> {
    let Order::Refuted { stuck, .. } = &story.order else { return None };
    let differs = |answer: &&(usize, String)| story.operations[index].answer.as_ref() != Some(&answer.1);
    stuck.iter().filter(|(operation, _)| *operation == index).find(differs).map(|(_, answer)| answer.as_str())
}

fn class(story: &Story, index: usize) -> &'static str {
    match story.conflict.iter().position(|operation| *operation == index) {
        Some(0) => "bar fault",
        Some(_) => "bar conflict",
        None => "bar",
    }
}

fn in_words(story: &Story, index: usize) -> String {
    let operation = &story.operations[index];
    let answer = operation.answer.as_ref().map_or("no answer".into(), |answer| format!("answer {answer}"));
    let part = match story.conflict.iter().position(|other| *other == index) {
        Some(0) => ", which shows the fault",
        Some(_) => ", which contradicts it",
        None => "",
    };
    format!("thread {}: `{}`, {answer}{part}", operation.thread, operation.op)
}

fn description(story: &Story) -> String {
    let each: Vec<String> = (0..story.operations.len()).map(|index| in_words(story, index)).collect();
    format!("{}. In the order of their invocations: {}.", story.sentence, each.join("; "))
}
