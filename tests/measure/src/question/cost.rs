//! What does an operation of one thread cost?

use super::{Answer, Question, digits, legend, place, wanted};
use crate::plot::{Axis, Figure, Form, Panel, Scale};
use crate::sampler::{self, Effort, Task};
use crate::stats::{self, Summary};
use crate::subject::SystemUnderTest;
use crate::subject::counted::Tally;
use crate::subject::operation::Operation;
use crate::table::Table;
use serde::Serialize;
use serde_json::json;

/// How many variables there are.
pub const SIZES: [usize; 5] = [1, 4, 16, 64, 1024];

/// The rows: what each is called, and in one sentence what it is.
const ROWS: [(Operation, &str, &str); 6] = [
    (Operation::Warm, "get, warm", "the variables are read round robin, again and again, with nothing in between"),
    (
        Operation::Cold,
        "get, cold",
        "the first get of each variable after a context was entered. Measured as enter, get of every variable, exit, \
         minus enter and exit alone; so giving up what was cached is included",
    ),
    (Operation::Set, "set", "the variables are bound round robin to other values; the token is dropped"),
    (Operation::SetReset, "set and reset", "a set, and a reset with its token"),
    (Operation::Copy, "copy", "a copy of the current context is taken and dropped"),
    (
        Operation::EnterExit,
        "enter and exit",
        "a context is entered and left, after all variables were read in the outer one",
    ),
];

/// The figures of one row and size: one for each design.
#[derive(Serialize)]
struct Row<'a> {
    operation: &'a str,
    variables: usize,
    design: &'a str,
    nanoseconds: Summary,
    /// What the gets of it hit.
    hits: Option<Tally>,
}

/// Measures for about so many seconds; `progress` is told what is done of the whole.
pub fn measure(subjects: &[SystemUnderTest], seconds: f64, progress: &dyn Fn(f64)) -> Answer {
    // A cold get is two loops.
    let effort = Effort::fitting(seconds, subjects.len() * SIZES.len() * (ROWS.len() + 1));
    let mut samples = vec![vec![vec![Vec::new(); subjects.len()]; SIZES.len()]; ROWS.len()];
    let is_overdue = sampler::overdue(seconds);
    for pass in 0..effort.passes {
        if pass > 0 && is_overdue() {
            break;
        }
        for (row, (operation, ..)) in ROWS.iter().enumerate() {
            for (column, &size) in SIZES.iter().enumerate() {
                let mut tasks: Vec<Task> = subjects.iter().map(|subject| task(subject, *operation, size)).collect();
                sampler::pass(&mut tasks, &effort, &mut samples[row][column]);
            }
            progress((pass * ROWS.len() + row + 1) as f64 / (effort.passes * ROWS.len()) as f64);
        }
    }
    answer(subjects, &samples, &effort)
}

fn task(subject: &SystemUnderTest, operation: Operation, size: usize) -> Task {
    let is_cold = operation == Operation::Cold;
    Task {
        program: subject.meter.program(operation, size),
        minus: is_cold.then(|| subject.meter.program(Operation::Bare, size)),
        operations: if is_cold { size } else { 1 },
    }
}

fn tally(subject: &SystemUnderTest, operation: Operation, size: usize) -> Option<Tally> {
    match operation {
        Operation::Warm => Some(subject.meter.warm_tally(size)),
        Operation::Cold => Some(subject.meter.cold_tally(size)),
        _ => None,
    }
}

/// All samples: by row, size and design.
type Samples = Vec<Vec<Vec<Vec<f64>>>>;

fn answer(subjects: &[SystemUnderTest], samples: &Samples, effort: &Effort) -> Answer {
    let heads = |unit: &str| SIZES.map(|size| format!("{size}{unit}"));
    let mut times = Table::new("nanoseconds", ["operation", "design"], heads(" variables"));
    let mut hits = Table::new("percent of the gets that hit (counted, not timed)", ["operation", "design"], heads(""));
    let (mut rows, mut panels, mut outliers) = (Vec::new(), Vec::new(), (0, 0));
    for (row, &(operation, name, _)) in ROWS.iter().enumerate() {
        let mut lines = vec![Vec::new(); subjects.len()];
        for (at, subject) in subjects.iter().enumerate() {
            let mut shares = Vec::new();
            for (column, &size) in SIZES.iter().enumerate() {
                let summary = stats::summarize(&samples[row][column][at]);
                let tally = tally(subject, operation, size);
                outliers = (outliers.0 + summary.outliers, outliers.1 + summary.samples);
                lines[at].push(Some(summary.median));
                shares.extend(tally.map(|tally| digits(tally.percent())));
                let (design, variables) = (subject.name, size);
                rows.push(Row { operation: name, variables, design, nanoseconds: summary, hits: tally });
            }
            let cells = lines[at].iter().flatten().map(ToString::to_string);
            times.row([name, subject.name], cells);
            if !shares.is_empty() {
                hits.row([name, subject.name], shares);
            }
        }
        panels.push(Panel { title: name.into(), lines, shaded_from: None });
    }
    let mut meaning: Vec<String> = ROWS.iter().map(|(_, name, what)| format!("{name}: {what}.")).collect();
    meaning.push(format!(
        "Each figure is the median of {} samples of about {} ms, with its 95% interval; {} of {} samples were \
         outliers.",
        samples[0][0].first().map_or(0, Vec::len),
        digits(effort.sample.as_secs_f64() * 1e3),
        outliers.0,
        outliers.1
    ));
    let ticks = SIZES.iter().map(|&size| ((size as f64).log2(), size.to_string())).collect();
    let figure = Figure {
        title: "Cost of an operation of one thread".into(),
        note: "median, 95% interval".into(),
        legend: legend(subjects),
        x: Axis { label: "variables".into(), ticks },
        y: "ns".into(),
        scale: Scale::Log,
        is_shared: false,
        form: Form::Lines,
        columns: 3,
        panels,
    };
    let data = json!({ "rows": rows });
    Answer {
        question: Question::Cost,
        meaning,
        tables: vec![times, hits],
        findings: findings(subjects, samples),
        figure,
        data,
    }
}

fn findings(subjects: &[SystemUnderTest], samples: &Samples) -> Vec<String> {
    let (Some(none), Some(own)) = (place(subjects, "uncached"), place(subjects, "per-thread")) else {
        return vec![];
    };
    let quotient = |row: usize, size: usize| {
        let column = SIZES.iter().position(|&other| other == size).expect("it is one of the sizes");
        stats::quotient(&samples[row][column][none], &samples[row][column][own])
    };
    vec![
        format!("warm get at 64 variables, uncached over per-thread: {}", wanted(&quotient(0, 64), 1.5)),
        format!(
            "what no cache costs, in warm gets of per-thread: {} with 1 variable, {} with 16, {} with 1024, which \
             are more than the table of a thread has room for",
            quotient(0, 1),
            quotient(0, 16),
            quotient(0, 1024)
        ),
        format!(
            "a cold get, uncached over per-thread: {} with 1 variable, {} with 64; under 1 means that filling the \
             cache costs more than it saved",
            quotient(1, 1),
            quotient(1, 64)
        ),
    ]
}
