//! Are most accesses hits? Counted, not timed: the same on every machine and in every run.

use super::{Answer, Question, legend, place};
use crate::plot::{Axis, Figure, Form, Panel, Scale};
use crate::stats::Estimate;
use crate::subject::SystemUnderTest;
use crate::subject::access_patterns::{AccessPattern, Players, READS};
use crate::subject::counted::Tally;
use crate::table::Table;
use serde::Serialize;
use serde_json::json;

/// Reads in a turn. The longest is one turn for each player and no more.
pub const SLICES: [usize; 5] = [READS, 1000, 100, 10, 1];

/// How many players take turns.
pub const PLAYERS: usize = 4;

/// Who plays, and with how many variables.
const GROUPS: [(Players, usize); 4] =
    [(Players::Threads, 1), (Players::Threads, 16), (Players::Tasks, 1), (Players::Tasks, 16)];

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    turns: AccessPattern,
    design: &'a str,
    #[serde(flatten)]
    tally: Tally,
}

fn title((players, variables): (Players, usize)) -> String {
    let who = match players {
        Players::Threads => "threads",
        Players::Tasks => "tasks of one thread",
    };
    format!("{PLAYERS} {who}, {variables} variable{}", if variables == 1 { "" } else { "s" })
}

/// Counts.
pub fn measure(subjects: &[SystemUnderTest]) -> Answer {
    let heads = SLICES.map(|slice| format!("turns of {slice}"));
    let mut table = Table::new("percent of the gets that hit", ["who takes turns", "design"], heads);
    let (mut rows, mut panels) = (Vec::new(), Vec::new());
    for group in GROUPS {
        let mut lines = vec![Vec::new(); subjects.len()];
        for (at, subject) in subjects.iter().enumerate() {
            for slice in SLICES {
                let turns = AccessPattern { players: group.0, count: PLAYERS, slice, variables: group.1 };
                let tally = subject.meter.turns(turns);
                let exact = tally.percent();
                lines[at].push(Some(Estimate { value: exact, low: exact, high: exact }));
                rows.push(Row { turns, design: subject.name, tally });
            }
            let cells = lines[at].iter().flatten().map(|exact| format!("{:.2}", exact.value));
            table.row([title(group).as_str(), subject.name], cells);
        }
        panels.push(Panel { title: title(group), lines, shaded_from: None });
    }
    let figure = Figure {
        title: "Share of gets that hit, by length of turn".into(),
        note: "counted exactly".into(),
        legend: legend(subjects),
        x: Axis {
            label: "reads in a turn".into(),
            ticks: SLICES.iter().enumerate().map(|(at, slice)| (at as f64, slice.to_string())).collect(),
        },
        y: "% hits".into(),
        scale: Scale::UpTo(100.0),
        is_shared: true,
        form: Form::Bars,
        columns: 2,
        panels,
    };
    let meaning = vec![
        format!("{PLAYERS} players read {READS} times each; first reads are counted, too. Nobody sets."),
        format!(
            "Turns of {READS} are players one after the other; turns of 1000 stand for the GIL's coarse slices; turns \
             of 1 are accesses that fully interleave."
        ),
        String::from(
            "A thread stays inside its context. A task's turn enters the task's context and leaves it, as an event \
             loop does for each callback.",
        ),
    ];
    Answer {
        question: Question::HitRate,
        meaning,
        tables: vec![table],
        findings: findings(subjects, &rows),
        figure,
        data: json!({ "reads_of_each_player": READS, "rows": rows }),
    }
}

fn findings(subjects: &[SystemUnderTest], rows: &[Row<'_>]) -> Vec<String> {
    let share = |design: &str, players: Players, slice: usize| {
        let is = |row: &&Row<'_>| {
            row.design == design && row.turns.players == players && row.turns.slice == slice && row.turns.variables == 1
        };
        rows.iter().find(is).map_or(0.0, |row| row.tally.percent())
    };
    let mut findings = Vec::new();
    for design in ["shared-racy", "per-thread"].into_iter().filter(|name| place(subjects, name).is_some()) {
        let threads = |slice| share(design, Players::Threads, slice);
        findings.push(format!(
            "{design}, threads that take turns at one variable: {:.2}% hits in turns of 1000, {:.2}% in turns of 1",
            threads(1000),
            threads(1)
        ));
        findings.push(format!(
            "{design}, tasks of one thread: {:.2}% hits in turns of 1000, {:.2}% in turns of 1: a context that was \
             entered anew is cold",
            share(design, Players::Tasks, 1000),
            share(design, Players::Tasks, 1)
        ));
    }
    findings
}
