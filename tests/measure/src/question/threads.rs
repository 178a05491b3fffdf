//! Do threads that work at once disturb each other?

use super::{Answer, Question, legend, wanted};
use crate::plot::{Axis, Figure, Form, Panel, Scale};
use crate::sampler;
use crate::stats::{self, Estimate, Summary};
use crate::subject::SystemUnderTest;
use crate::subject::team::Pattern;
use crate::table::Table;
use crate::throughput;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// How many threads there are.
pub const THREADS: [usize; 4] = [1, 2, 4, 8];

/// What two threads reading with the shipped design are to do at least, of what one does.
const WANTED: f64 = 1.9;

/// From here on it is scaling.
const SCALES: f64 = 1.5;

/// Samples that are taken in any case.
const AT_LEAST: usize = 5;

#[derive(Serialize)]
struct Row<'a> {
    pattern: Pattern,
    threads: usize,
    more_threads_than_cores: bool,
    design: &'a str,
    million_operations_per_second: Summary,
}

/// All samples: by pattern, number of threads and design.
type Samples = Vec<Vec<Vec<Vec<f64>>>>;

/// Measures for about so many seconds; `progress` is told what is done of the whole.
pub fn measure(subjects: &[SystemUnderTest], seconds: f64, cores: usize, progress: &dyn Fn(f64)) -> Answer {
    let runs = (subjects.len() * Pattern::ALL.len() * THREADS.len()).max(1) as f64;
    // Starting and warming up the threads of a sample takes about as long as this.
    const BESIDE: f64 = 0.5e-3;
    let window = (seconds / (runs * 11.0) - BESIDE).clamp(2e-3, 20e-3);
    let rounds = (seconds / (runs * (window + BESIDE))).round().clamp(AT_LEAST as f64, 200.0) as usize;
    let mut samples = vec![vec![vec![Vec::new(); subjects.len()]; THREADS.len()]; Pattern::ALL.len()];
    let mut machine = [Vec::new(), Vec::new()];
    let is_overdue = sampler::overdue(seconds);
    for round in 0..rounds {
        if round >= AT_LEAST && is_overdue() {
            break;
        }
        for (row, &pattern) in Pattern::ALL.iter().enumerate() {
            for (column, &threads) in THREADS.iter().enumerate() {
                for place in 0..subjects.len() {
                    let at = (place + round) % subjects.len();
                    let team = subjects[at].meter.team(pattern);
                    let rate = throughput::of(&*team, threads, Duration::from_secs_f64(window));
                    samples[row][column][at].push(rate / 1e6);
                }
            }
        }
        for (threads, rates) in (1..).zip(&mut machine) {
            rates.push(throughput::of(&throughput::Alone, threads, Duration::from_secs_f64(window)));
        }
        progress((round + 1) as f64 / rounds as f64);
    }
    answer(subjects, &samples, cores, window, &stats::quotient(&machine[1], &machine[0]))
}

fn answer(subjects: &[SystemUnderTest], samples: &Samples, cores: usize, window: f64, machine: &Estimate) -> Answer {
    let mark = |threads: usize| if threads > cores { " *" } else { "" };
    let mut heads = THREADS
        .map(|threads| format!("{threads} thread{}{}", if threads == 1 { "" } else { "s" }, mark(threads)))
        .to_vec();
    heads.push("2 over 1".into());
    let mut table = Table::new("million operations per second, all threads together", ["pattern", "design"], heads);
    let (mut rows, mut panels) = (Vec::new(), Vec::new());
    let scaling = |row: usize, at: usize| stats::quotient(&samples[row][1][at], &samples[row][0][at]);
    for (row, &pattern) in Pattern::ALL.iter().enumerate() {
        let mut lines = vec![Vec::new(); subjects.len()];
        for (at, subject) in subjects.iter().enumerate() {
            for (column, &threads) in THREADS.iter().enumerate() {
                let summary = stats::summarize(&samples[row][column][at]);
                lines[at].push(Some(summary.median));
                rows.push(Row {
                    pattern,
                    threads,
                    more_threads_than_cores: threads > cores,
                    design: subject.name,
                    million_operations_per_second: summary,
                });
            }
            let cells = lines[at].iter().flatten().map(ToString::to_string);
            table.row([pattern.title(), subject.name], cells.chain([scaling(row, at).to_string()]));
        }
        let shaded_from = THREADS.iter().position(|&threads| threads > cores);
        panels.push(Panel { title: pattern.title().into(), lines, shaded_from });
    }
    let count = samples.first().and_then(|row| row[0].first()).map_or(0, Vec::len);
    let figure = Figure {
        title: "Throughput of threads that work at once".into(),
        note: "median, 95% interval; shaded: more threads than cores".into(),
        legend: legend(subjects),
        x: Axis {
            label: "threads".into(),
            ticks: THREADS.iter().map(|&n| ((n as f64).log2(), n.to_string())).collect(),
        },
        y: "million operations/s".into(),
        scale: Scale::Log,
        is_shared: true,
        form: Form::Lines,
        columns: 3,
        panels,
    };
    let meaning = vec![
        format!(
            "Each thread is inside a context of its own and does its operation for {:.0} ms; {count} samples, the \
             median with its 95% interval.",
            window * 1e3
        ),
        format!("The machine has {cores} cores: with more threads (marked *) the figure shows the scheduler as well."),
        "Under perfect scaling, 2 over 1 is 2. Sets of one variable by several threads also meet at its reference \
         count, which its tokens and maps hold, whatever the cache."
            .into(),
    ];
    Answer {
        question: Question::Threads,
        meaning,
        tables: vec![table],
        findings: findings(subjects, cores, &scaling, machine),
        figure,
        data: json!({ "rows": rows, "window_seconds": window, "machine_two_over_one": machine }),
    }
}

fn findings(
    subjects: &[SystemUnderTest],
    cores: usize,
    scaling: &dyn Fn(usize, usize) -> Estimate,
    machine: &Estimate,
) -> Vec<String> {
    if cores < 2 {
        return vec!["one core: nothing here says whether a design scales".into()];
    }
    let row = |pattern: Pattern| Pattern::ALL.iter().position(|&other| other == pattern).unwrap_or_default();
    let two_over_one = |(at, subject): (usize, &SystemUnderTest), pattern: Pattern| {
        let quotient = scaling(row(pattern), at);
        let says = match subject.name {
            // What the machine did not have to give cannot be missed, but it can be met.
            "per-thread" if pattern == Pattern::SameVariable && machine.low.max(quotient.low) >= WANTED => {
                wanted(&quotient, WANTED)
            }
            _ => format!("{quotient}; {}", says(&quotient, machine)),
        };
        format!("two threads over one, {}, {}: {says}", pattern.title(), subject.name)
    };
    let of = |pattern: Pattern, is_told: fn(&str) -> bool| {
        let told = subjects.iter().enumerate().filter(move |(_, subject)| is_told(subject.name));
        told.map(move |it| two_over_one(it, pattern)).collect::<Vec<_>>()
    };
    // If not even this loop scales, the machine is at something else.
    let control = match machine.low {
        WANTED.. => "so the machine was free",
        SCALES.. => "so the machine was not quite free",
        _ => "so THE MACHINE WAS BUSY, and what does not scale here may scale",
    };
    let mut findings = vec![format!("two threads over one, a loop that shares nothing: {machine}; {control}")];
    // Every design for what the thread asked first; then the claims that are about one of them.
    findings.extend(of(Pattern::SameVariable, |_| true));
    findings.extend(of(Pattern::InheritedValue, |name| ["uncached", "per-thread"].contains(&name)));
    // Beside the cache, a set counts references of its variable, which its token and its map hold. The design without a
    // cache, and variables of one's own, tell the one from the other.
    let compared: fn(&str) -> bool = |name| ["slot-array", "uncached", "per-thread"].contains(&name);
    findings.extend(of(Pattern::Mix, compared));
    findings.extend(of(Pattern::DifferentMix, compared));
    findings
}

/// What two threads over one mean, as far as the interval tells.
fn says(quotient: &Estimate, machine: &Estimate) -> &'static str {
    match (quotient.low, quotient.high) {
        (low, _) if low >= SCALES => "scales",
        _ if machine.low < SCALES => "open: the machine was busy",
        (_, high) if high < 1.0 => "does not scale: two together do less than one alone",
        (_, high) if high < SCALES => "scales badly",
        _ => "open: the interval is too wide to tell",
    }
}
