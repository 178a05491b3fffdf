//! Results as one page: no script, nothing from the network.
//!
//! It is a function of the results alone, so that a page made later from a results file is the same.

use super::escape::anchor;
use super::interleaving::{self, Line, Mark};
use super::svg;
use crate::analysis::results::{Cell, Design, Found, Results};
use crate::analysis::story::Story;
use crate::counts::grouped;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// The page.
pub fn render(results: &Results) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "contextvars: what was checked" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { h1 { "contextvars: what was checked" } (banner(results)) (facts(results)) }
                main {
                    (verdicts(results))
                    @if results.stories().next().is_some() {
                        section #counterexamples {
                            h2 { "Counterexamples" }
                            @for (design, story) in results.stories() { (counterexample(results, design, story)) }
                        }
                    }
                    (explored(results))
                    (definitions(results))
                }
            }
        }
    };
    // A line for each block: a page is compared with others, too.
    let mut text = page.into_string();
    for block in ["<section", "<article", "<tr>", "<li>", "<dt", "<h2", "</main>"] {
        text = text.replace(block, &format!("\n{block}"));
    }
    text + "\n"
}

/// Text in which backquotes mark what is code.
fn prose(text: &str) -> Markup {
    let balanced = text.matches('`').count().is_multiple_of(2);
    html! {
        @if balanced {
            @for (at, part) in text.split('`').enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } }
        } @else { (text) }
    }
}

/// What may be wider than the window, and is then moved sideways.
fn scroll(label: &str, content: &Markup) -> Markup {
    html! { div .scroll tabindex="0" role="region" aria-label=(label) { (content) } }
}

fn banner(results: &Results) -> Markup {
    html! {
        @if let Some(why) = &results.partial {
            div .banner.partial {
                p {
                    strong { "Partial:" } " " (why) ". What was not finished is unknown; below stands what was covered."
                }
            }
        }
        @if !results.surprises.is_empty() {
            div .banner.bad {
                p { strong { "Not as expected:" } }
                ul { @for surprise in &results.surprises { li { (prose(surprise)) } } }
            }
        } @else if results.partial.is_none() {
            div .banner.good { p { "Every outcome is the expected one." } }
        }
    }
}

fn facts(results: &Results) -> Markup {
    let (run, machine) = (&results.run, &results.machine);
    let generated = if run.generated { ", and generated ones" } else { "" };
    let rustc = machine.rustc.as_deref().map_or(String::new(), |rustc| format!(", built by {rustc}"));
    let plain = |text: String| html! { (text) };
    let facts = [
        ("Command", html! { code { (results.command()) } }),
        ("Begun", plain(run.began.clone())),
        ("Took", plain(format!("{:.1} s", run.milliseconds as f64 / 1000.0))),
        ("Budget", plain(format!("{}, seed {}", run.budget, run.seed))),
        ("Engines", plain(run.engines.join(", "))),
        ("Scenarios", plain(format!("{} named ones{generated}", run.scenarios))),
        ("Version", plain(format!("{}{rustc}", machine.version))),
        ("Machine", plain(format!("{} processors, {}, {}", machine.processors, machine.system, machine.architecture))),
    ];
    html! { dl .facts { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

fn verdicts(results: &Results) -> Markup {
    let table = html! {
        table .matrix {
            thead { tr {
                th scope="col" { "design" }
                @for property in &results.properties {
                    th scope="col" { a href={ "#" (anchor(&["property", &property.id])) } { (property.id) } }
                }
                th scope="col" { "found by" }
            } }
            tbody { (rows(&results.designs)) }
        }
    };
    let maps = html! {
        p .soft { "The map that all designs share is judged by programs of map operations. The numbers count them." }
        table {
            thead { tr { th scope="col" { "map" } th scope="col" { "MAP-1" } th scope="col" { "found by" } } }
            tbody { (rows(&results.maps)) }
        }
    };
    html! {
        section #verdicts {
            h2 { "Designs by properties" }
            p .soft {
                strong { "ok" } ": no counterexample was found, and every engine that judges the property did what was \
                 planned; that is no proof. " strong { "refuted" } ": a counterexample was found; follow the link. "
                strong { "unknown" } ": less was explored than was planned, a checker ran out of its budget, or no \
                 execution decides the property. The numbers count executions: those that decide the property, or up \
                 to the one that refuted it. " strong { "found by" } ": of the counterexample that was found first the \
                 engine, its executions and how long it took."
            }
            (scroll("Designs by properties", &table))
            @if !results.maps.is_empty() { (maps) }
        }
    }
}

fn rows(designs: &[Design]) -> Markup {
    html! {
        @for design in designs {
            tr {
                th scope="row" { a href={ "#" (anchor(&["design", &design.name])) } { (design.name) } }
                @for cell in &design.cells { (verdict(design, cell)) }
                td .by { (design.first_found_by().unwrap_or_default()) }
            }
        }
    }
}

fn verdict(design: &Design, cell: &Cell) -> Markup {
    let executions = grouped(cell.executions);
    let (class, title) = match cell.outcome {
        Found::Ok => ("ok", None),
        Found::Refuted => ("refuted", cell.found_by()),
        Found::Unknown => ("unknown", cell.why.clone()),
    };
    html! {
        td .cell .(class) .surprise[cell.surprise] title=[title] {
            @match cell.outcome {
                Found::Ok => { "✓ ok" small { (executions) } }
                Found::Refuted => {
                    a href={ "#" (anchor(&[&design.name, &cell.property])) } { "✗ refuted" }
                    small { "at " (executions) }
                }
                Found::Unknown => { "? unknown" small { (executions) } }
            }
            @if cell.surprise { small { "not expected" } }
        }
    }
}

fn counterexample(results: &Results, design: &Design, story: &Story) -> Markup {
    let (id, label) = (anchor(&[&design.name, &story.property]), format!("{}, {}", design.name, story.property));
    let scenario = if story.text.is_empty() { story.details.join("\n") } else { story.text.clone() };
    html! {
        article .story id=(id) {
            h3 { (design.name) ": " (story.property) " refuted" }
            p .sentence { (prose(&story.sentence)) }
            @if let Some(cause) = &story.cause { p { "Here " (prose(cause)) "." } }
            dl .facts {
                dt { "Expected" } dd { (prose(&story.expected)) }
                @if let Some(observed) = story.observation() { dt { "Observed" } dd { (prose(observed)) } }
                dt { "Found by" }
                dd {
                    (story.engine) " in execution " (grouped(story.execution)) ", scenario " code { (story.scenario) }
                    @if let Some(effort) = &story.effort { "; " (prose(effort)) }
                }
            }
            @if !story.operations.is_empty() {
                (scroll(&format!("Timeline: {label}"), &PreEscaped(svg::timeline(story, &id))))
                p .soft { (PreEscaped(svg::legend(story))) }
            }
            (trace(story, &label))
            @if !scenario.is_empty() { p .soft { "The scenario:" } pre { (scenario.trim_end()) } }
            p .soft { "To see it again:" }
            pre .command { (results.again(design, story)) }
            p .soft.back { a href="#verdicts" { "Back to the table" } }
        }
    }
}

fn trace(story: &Story, label: &str) -> Markup {
    let lines = interleaving::lines(story, false);
    if lines.is_empty() {
        return html! {};
    }
    let table = html! {
        table .trace {
            caption { "What happened, from top to bottom" }
            thead { tr { @for thread in &story.threads { th scope="col" { "thread " (thread) } } } }
            tbody { @for line in &lines { tr {
                @for column in 0..story.threads.len() { @if column == line.column { (step(line)) } @else { td {} } }
            } } }
        }
    };
    scroll(&format!("Interleaving: {label}"), &table)
}

fn step(line: &Line) -> Markup {
    let (class, mark) = match line.mark {
        Mark::Fault => (Some("fault"), " ✗"),
        Mark::Conflict => (Some("conflict"), ""),
        Mark::Plain => (None, ""),
    };
    let text = html! {
        (line.text) (mark)
        @if let Some(switch) = &line.switch { " " span .switch { "· " (switch) } }
    };
    // The style sheet knows three levels: user code inside user code is deeper nowhere.
    html! {
        td class=[class] {
            @match line.depth.min(3) { 0 => (text), depth => span class={ "depth-" (depth) } { (text) } }
        }
    }
}

fn explored(results: &Results) -> Markup {
    let engines = || results.rows().flat_map(|d| d.engines.iter().map(move |engine| (d, engine)));
    let columns = ["design", "engine", "executions", "operations", "scenarios", "distinct outcomes", "digest"];
    let table = html! {
        table {
            thead { tr { @for column in columns { th scope="col" { (column) } } } }
            tbody { @for (design, engine) in engines() { tr {
                th scope="row" { (design.name) }
                td { (engine.engine) }
                @for count in [engine.executions, engine.operations, engine.scenarios, engine.outcomes] {
                    td .number { (grouped(count)) }
                }
                td { code { (engine.digest) } }
            } } }
        }
    };
    html! {
        section #explored {
            h2 { "What was explored" }
            (scroll("What was explored", &table))
            ul .notes { @for (design, engine) in engines() { @for remark in engine.remarks() {
                li { (design.name) " under " (engine.engine) ": " (prose(&remark)) }
            } } }
        }
    }
}

fn definitions(results: &Results) -> Markup {
    let rows = |design: &Design| design.catalogue.as_ref().map(|rows| format!("; a fault of the catalogue: {rows}"));
    let known = |design: &Design| match &design.refuted[..] {
        [] => "expected to keep every property".to_string(),
        refuted => format!("known to be refuted: {}", refuted.join(", ")),
    };
    html! {
        section #designs {
            h2 { "The designs" }
            dl .facts { @for design in results.rows() {
                dt id=(anchor(&["design", &design.name])) { (design.name) }
                dd { (prose(&design.about)) (rows(design).unwrap_or_default()) ". " (known(design)) "." }
            } }
        }
        section #properties {
            h2 { "The properties" }
            dl .facts { @for property in &results.properties {
                dt id=(anchor(&["property", &property.id])) { (property.id) }
                dd { (prose(&property.definition)) }
            } }
        }
    }
}
