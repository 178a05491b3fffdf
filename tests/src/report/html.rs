//! Results as one page: no script, nothing from the network.
//!
//! It is a function of the results alone, so that a page made later from a results file is the same.

use super::escape::{anchor, escape};
use super::interleaving::{self, Line, Mark};
use super::results::{Cell, Design, Found, Results};
use super::story::Story;
use super::svg;
use super::text::grouped;
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

/// The page.
pub fn render(results: &Results) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>contextvars: what was checked</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>contextvars: what was checked</h1>\n"
    );
    banner(&mut page, results);
    facts(&mut page, results);
    page.push_str("</header>\n<main>\n");
    verdicts(&mut page, results);
    if results.stories().next().is_some() {
        page.push_str("<section id=\"counterexamples\">\n<h2>Counterexamples</h2>\n");
        for (design, story) in results.stories() {
            counterexample(&mut page, results, design, story);
        }
        page.push_str("</section>\n");
    }
    explored(&mut page, results);
    definitions(&mut page, results);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Text in which backquotes mark what is code.
fn prose(text: &str) -> String {
    let parts = escape(text);
    let code = |(at, part): (usize, &str)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_string() };
    match parts.matches('`').count() % 2 {
        0 => parts.split('`').enumerate().map(code).collect(),
        _ => parts,
    }
}

fn banner(page: &mut String, results: &Results) {
    if let Some(why) = &results.partial {
        let _ = writeln!(
            page,
            "<div class=\"banner partial\"><p><strong>Partial:</strong> {}. What was not finished is <em>unknown</em>; \
             below stands what was covered.</p></div>",
            escape(why)
        );
    }
    match &results.surprises[..] {
        [] if results.partial.is_some() => {}
        [] => page.push_str("<div class=\"banner good\"><p>Every outcome is the expected one.</p></div>\n"),
        surprises => {
            page.push_str("<div class=\"banner bad\"><p><strong>Not as expected:</strong></p>\n<ul>\n");
            for surprise in surprises {
                let _ = writeln!(page, "<li>{}</li>", prose(surprise));
            }
            page.push_str("</ul></div>\n");
        }
    }
}

fn facts(page: &mut String, results: &Results) {
    let (run, machine) = (&results.run, &results.machine);
    let command = std::iter::once("ctxcheck").chain(run.arguments.iter().map(String::as_str)).collect::<Vec<_>>();
    let generated = if run.generated { ", and generated ones" } else { "" };
    let rustc = machine.rustc.as_deref().map_or(String::new(), |rustc| format!(", built by {rustc}"));
    let facts = [
        ("Command", format!("<code>{}</code>", escape(&command.join(" ")))),
        ("Begun", escape(&run.began)),
        ("Took", format!("{:.1} s", run.milliseconds as f64 / 1000.0)),
        ("Budget", format!("{}, seed {}", escape(&run.budget), run.seed)),
        ("Engines", escape(&run.engines.join(", "))),
        ("Scenarios", format!("{} named ones{generated}", run.scenarios)),
        ("Version", escape(&format!("{}{rustc}", machine.version))),
        (
            "Machine",
            escape(&format!("{} processors, {}, {}", machine.processors, machine.system, machine.architecture)),
        ),
    ];
    page.push_str("<dl class=\"facts\">\n");
    for (name, value) in facts {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{value}</dd>");
    }
    page.push_str("</dl>\n");
}

fn verdicts(page: &mut String, results: &Results) {
    page.push_str(
        "<section id=\"verdicts\">\n<h2>Designs by properties</h2>\n\
         <p class=\"soft\"><strong>ok</strong>: nothing was found, and every engine that judges the property did what \
         was planned; that is no proof. <strong>refuted</strong>: a counterexample was found; follow the link. \
         <strong>unknown</strong>: less was explored than was planned, a checker ran out of its budget, or nothing \
         decides the property. The numbers count executions: those that decide the property, or up to the one that \
         refuted.</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Designs by properties\">\n<table>\n\
         <thead><tr><th scope=\"col\">design</th>",
    );
    for property in &results.properties {
        let id = escape(&property.id);
        let _ = write!(page, "<th scope=\"col\"><a href=\"#{}\">{id}</a></th>", anchor(&["property", &property.id]));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for design in &results.designs {
        let (target, name) = (anchor(&["design", &design.name]), escape(&design.name));
        let _ = write!(page, "<tr><th scope=\"row\"><a href=\"#{target}\">{name}</a></th>");
        for cell in &design.cells {
            verdict(page, design, cell);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn verdict(page: &mut String, design: &Design, cell: &Cell) {
    let executions = grouped(cell.executions);
    let (class, text) = match cell.outcome {
        Found::Ok => ("ok", format!("✓ ok<small>{executions}</small>")),
        Found::Refuted => {
            let target = anchor(&[&design.name, &cell.property]);
            ("refuted", format!("<a href=\"#{target}\">✗ refuted</a><small>at {executions}</small>"))
        }
        Found::Unknown => ("unknown", format!("? unknown<small>{executions}</small>")),
    };
    let (surprise, mark) = if cell.surprise { (" surprise", "<small>not expected</small>") } else { ("", "") };
    let why = cell.why.as_ref().map_or(String::new(), |why| format!(" title=\"{}\"", escape(why)));
    let _ = write!(page, "<td class=\"cell {class}{surprise}\"{why}>{text}{mark}</td>");
}

fn counterexample(page: &mut String, results: &Results, design: &Design, story: &Story) {
    let id = anchor(&[&design.name, &story.property]);
    let (name, property) = (escape(&design.name), escape(&story.property));
    let _ = writeln!(page, "<article class=\"story\" id=\"{id}\">\n<h3>{name} breaks {property}</h3>");
    let _ = writeln!(page, "<p class=\"sentence\">{}</p>", prose(&story.sentence));
    if let Some(cause) = &story.cause {
        let _ = writeln!(page, "<p>Here {}.</p>", prose(cause));
    }
    let _ = writeln!(
        page,
        "<dl class=\"facts\">\n<dt>Expected</dt><dd>{}</dd>\n<dt>Observed</dt><dd>{}</dd>\n\
         <dt>Found by</dt><dd>{} in execution {}, scenario <code>{}</code>{}</dd>\n</dl>",
        prose(&story.expected),
        prose(&story.observed),
        escape(&story.engine),
        grouped(story.execution),
        escape(&story.scenario),
        story.effort.as_ref().map_or(String::new(), |effort| format!("; {}", prose(effort))),
    );
    if !story.operations.is_empty() {
        let region = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline: {name}, {property}\">"
        );
        let _ = writeln!(page, "{region}\n{}</div>", svg::timeline(story, &id));
        let _ = writeln!(page, "<p class=\"soft\">{}</p>", svg::legend(story));
    }
    trace(page, story, &format!("{name}, {property}"));
    let text = match &story.text[..] {
        "" => story.details.join("\n"),
        text => text.to_string(),
    };
    if !text.is_empty() {
        let _ = writeln!(page, "<p class=\"soft\">The scenario:</p>\n<pre>{}</pre>", escape(text.trim_end()));
    }
    if let Some(token) = &story.token {
        let _ = writeln!(page, "<p class=\"soft\">The token:</p>\n<pre class=\"command\">{}</pre>", escape(token));
    }
    let again = escape(&results.again(design, story));
    let _ = writeln!(
        page,
        "<p class=\"soft\">To see it again:</p>\n<pre class=\"command\">cargo run --release -- {again}</pre>"
    );
    page.push_str("<p class=\"soft back\"><a href=\"#verdicts\">Back to the table</a></p>\n</article>\n");
}

fn trace(page: &mut String, story: &Story, label: &str) {
    let lines = interleaving::lines(story, false);
    if lines.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Interleaving: {label}\">\n\
         <table class=\"trace\">\n<caption>What happened, from top to bottom</caption>\n<thead><tr>"
    );
    for thread in &story.threads {
        let _ = write!(page, "<th scope=\"col\">thread {thread}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for line in &lines {
        page.push_str("<tr>");
        for column in 0..story.threads.len() {
            if column == line.column { step(page, line) } else { page.push_str("<td></td>") }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

fn step(page: &mut String, line: &Line) {
    let (class, mark) = match line.mark {
        Mark::Fault => (" class=\"fault\"", " ✗"),
        Mark::Conflict => (" class=\"conflict\"", ""),
        Mark::Plain => ("", ""),
    };
    let switch = match &line.switch {
        Some(switch) => format!(" <span class=\"switch\">· {}</span>", escape(switch)),
        None => String::new(),
    };
    let text = format!("{}{mark}{switch}", escape(&line.text));
    // The style sheet knows three levels: user code inside user code is deeper nowhere.
    let text = match line.depth.min(3) {
        0 => text,
        depth => format!("<span class=\"depth-{depth}\">{text}</span>"),
    };
    let _ = write!(page, "<td{class}>{text}</td>");
}

fn explored(page: &mut String, results: &Results) {
    page.push_str(
        "<section id=\"explored\">\n<h2>What was explored</h2>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"What was explored\">\n<table>\n<thead><tr>",
    );
    let columns = ["design", "engine", "executions", "operations", "scenarios", "distinct outcomes", "digest"];
    for column in columns {
        let _ = write!(page, "<th scope=\"col\">{column}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for design in &results.designs {
        for engine in &design.engines {
            let (name, engine_name) = (escape(&design.name), escape(&engine.engine));
            let _ = write!(page, "<tr><th scope=\"row\">{name}</th><td>{engine_name}</td>");
            for count in [engine.executions, engine.operations, engine.scenarios, engine.outcomes] {
                let _ = write!(page, "<td class=\"number\">{}</td>", grouped(count));
            }
            let _ = writeln!(page, "<td><code>{}</code></td></tr>", escape(&engine.digest));
        }
    }
    page.push_str("</tbody>\n</table>\n</div>\n<ul class=\"notes\">\n");
    for design in &results.designs {
        for engine in &design.engines {
            let who = format!("{} under {}", design.name, engine.engine);
            for note in &engine.notes {
                let _ = writeln!(page, "<li>{}</li>", prose(&format!("{who}: {note}")));
            }
            if !engine.left_open.is_empty() {
                let each = engine.left_open.iter().map(ToString::to_string);
                let each = each.collect::<Vec<_>>().join(", ");
                let _ = writeln!(
                    page,
                    "<li>{}</li>",
                    escape(&format!("{who}: outcomes that leave a property open: {each}"))
                );
            }
            if let Some(shortfall) = &engine.shortfall {
                let text = prose(&format!("{who}: not all that was planned: {shortfall}"));
                let _ = writeln!(page, "<li><strong>{text}</strong></li>");
            }
        }
    }
    page.push_str("</ul>\n</section>\n");
}

fn definitions(page: &mut String, results: &Results) {
    page.push_str("<section id=\"designs\">\n<h2>The designs</h2>\n<dl class=\"facts\">\n");
    for design in &results.designs {
        let (id, name, about) = (anchor(&["design", &design.name]), escape(&design.name), escape(&design.about));
        let rows =
            design.catalogue.as_ref().map_or(String::new(), |rows| format!("; a fault of the catalogue: {rows}"));
        let breaks = match &design.breaks[..] {
            [] => "expected to keep every property".to_string(),
            breaks => format!("known to break {}", breaks.join(", ")),
        };
        let _ = writeln!(page, "<dt id=\"{id}\">{name}</dt><dd>{about}{}. {}.</dd>", escape(&rows), escape(&breaks));
    }
    page.push_str("</dl>\n</section>\n");
    page.push_str("<section id=\"properties\">\n<h2>The properties</h2>\n<dl class=\"facts\">\n");
    for property in &results.properties {
        let (id, definition) = (escape(&property.id), escape(&property.definition));
        let _ = writeln!(page, "<dt id=\"{}\">{id}</dt><dd>{definition}</dd>", anchor(&["property", &property.id]));
    }
    page.push_str("</dl>\n</section>\n");
}
