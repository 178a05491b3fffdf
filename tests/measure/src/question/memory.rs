//! What does a cache take? Bytes asked of the allocator: the same in every run.
//!
//! Counting them takes a global allocator that counts, and a program has one allocator for everything. In `ctxcheck`
//! itself it would make every allocation of every measured operation touch counters that all threads share, and so
//! spoil the times. So the counting is done by a program of its own, `ctxcheck-memory`, which is built beside
//! `ctxcheck` and is run as a child. Its allocator is that of the crate `stats_alloc`, whose interface is safe. The
//! sizes of the types alone would not do: what a cache allocates as it grows is the point of the question.

use super::{Answer, Question, legend, place};
use crate::plot::{Axis, Figure, Form, Panel, Scale};
use crate::stats::Estimate;
use crate::subject::footprint::Footprint;
use crate::subject::{ENTRIES, SUBJECTS, Sample, SystemUnderTest};
use crate::table::Table;
use contextvars_check::designs::names::Names;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many variables there are.
pub const SIZES: [usize; 3] = [1, 64, 1024];

/// The name of the program that counts.
pub const COUNTER: &str = "ctxcheck-memory";

/// The bytes of a design with so many variables.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The design.
    pub design: String,
    /// The number of variables.
    pub variables: usize,
    /// The bytes.
    #[serde(flatten)]
    pub bytes: Footprint,
}

/// Counts for every design; `live` tells how many bytes are allocated now. This is what the program that counts does.
pub fn count(live: &dyn Fn() -> i64) -> Vec<Row> {
    let row = |subject: &SystemUnderTest, variables| Row {
        design: subject.name.into(),
        variables,
        bytes: subject.meter.footprint(variables, live),
    };
    // What is made once for all, such as the values, is made before.
    SUBJECTS.iter().for_each(|subject| drop(row(subject, 1)));
    SUBJECTS.iter().flat_map(|subject| SIZES.map(|variables| row(subject, variables))).collect()
}

/// The program that counts, beside this one.
///
/// # Errors
/// A line that says how to build it.
pub fn counter() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
    let path = this.with_file_name(format!("{COUNTER}{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        return Ok(path);
    }
    Err(format!("the program that counts bytes, {COUNTER}, is not built; `cargo build --release` builds both"))
}

/// Runs the program that counts, and lays out what it says.
///
/// # Errors
/// A line that says why it cannot be run or understood.
pub fn measure(subjects: &[SystemUnderTest], counter: &Path) -> Result<Answer, String> {
    let said = Command::new(counter).output().map_err(|error| format!("{}: {error}", counter.display()))?;
    if !said.status.success() {
        return Err(format!("{COUNTER} failed: {}", String::from_utf8_lossy(&said.stderr).trim()));
    }
    let rows = serde_json::from_slice(&said.stdout)
        .map_err(|error| format!("{COUNTER} is of another version ({error}); `cargo build --release` builds both"))?;
    Ok(answer(subjects, rows))
}

/// Lays the rows out.
pub fn answer(subjects: &[SystemUnderTest], mut rows: Vec<Row>) -> Answer {
    rows.retain(|row| place(subjects, &row.design).is_some());
    let bytes = |design: &str, variables: usize| {
        let row = rows.iter().find(|row| row.design == design && row.variables == variables);
        row.map(|row| row.bytes).unwrap_or_default()
    };
    let largest = SIZES[SIZES.len() - 1];
    let mut heads = vec!["runtime".to_string(), "each variable".into(), "idle thread".into()];
    heads.extend(SIZES.map(|size| format!("first thread that read {size}")));
    heads.extend(SIZES.map(|size| format!("second that read {size}")));
    heads.extend(["left after the threads".into(), "left after the variables".into()]);
    let mut table = Table::new("bytes", ["design"], heads);
    let exact = |value: f64| Some(Estimate { value, low: value, high: value });
    let mut lines = [(); 3].map(|()| vec![Vec::new(); subjects.len()]);
    for (at, subject) in subjects.iter().enumerate() {
        let of = |variables| bytes(subject.name, variables);
        let each = of(largest).all_variables as f64 / largest as f64;
        let mut cells = vec![of(largest).runtime as f64, each, of(largest).idle_thread as f64];
        cells.extend(SIZES.map(|size| of(size).first_reader as f64));
        cells.extend(SIZES.map(|size| of(size).second_reader as f64));
        cells.extend([of(largest).after_threads as f64, of(largest).after_variables as f64]);
        table.row([subject.name], cells.iter().map(|&cell| whole(cell)));
        lines[0][at].extend(SIZES.map(|size| exact(of(size).all_variables as f64 / size as f64)));
        lines[1][at].extend(SIZES.map(|size| exact(of(size).second_reader as f64)));
        lines[2][at].extend(SIZES.map(|size| exact(of(size).runtime as f64)));
    }
    let [variables, threads, once] = lines;
    let figure = Figure {
        title: "Bytes that a design takes".into(),
        note: "counted at the allocator".into(),
        legend: legend(subjects),
        x: Axis {
            label: "variables".into(),
            ticks: SIZES.iter().enumerate().map(|(at, size)| (at as f64, size.to_string())).collect(),
        },
        y: "bytes".into(),
        scale: Scale::Linear,
        is_shared: false,
        form: Form::Bars,
        columns: 3,
        panels: vec![
            Panel { title: "for each variable".into(), lines: variables, shaded_from: None },
            Panel { title: "for a further thread that read all".into(), lines: threads, shaded_from: None },
            Panel { title: "once, whatever there is".into(), lines: once, shaded_from: None },
        ],
    };
    let meaning = vec![
        format!("runtime: what is there once. The slot arrays do not grow; here they have {ENTRIES} entries."),
        format!(
            "each variable: everything that a variable is, name included, of {largest} variables. What a design \
         has more than uncached is its cache; of that, {} bytes stand for the machine in the designs that keep a \
          name where C keeps a pointer.",
            size_of::<Names<Sample>>()
        ),
        "idle thread: a thread that was started in a copy of a context and has read nothing; its handle \
         included."
            .into(),
        "first and second thread: what is added when a thread has read all of so many variables, and when another \
         one has, too."
            .into(),
        format!(
            "left: what the cache keeps of two threads that have ended, and of {largest} variables that have \
         died."
        ),
    ];
    let findings = findings(subjects, &bytes);
    let data = json!({ "rows": rows });
    Answer { question: Question::Memory, meaning, tables: vec![table], findings, figure, data }
}

/// What each cache costs: what its design has more than the one without.
fn findings(subjects: &[SystemUnderTest], bytes: &dyn Fn(&str, usize) -> Footprint) -> Vec<String> {
    if place(subjects, "uncached").is_none() {
        return vec![];
    }
    let largest = SIZES[SIZES.len() - 1];
    let none = bytes("uncached", largest);
    let cost = |subject: &SystemUnderTest| {
        let own = bytes(subject.name, largest);
        let each = (own.all_variables - none.all_variables) as f64 / largest as f64;
        format!(
            "the cache of {} takes {} bytes for each variable, {} for each thread that has read {largest} of them, \
             {} once",
            subject.name,
            whole(each),
            own.second_reader + own.idle_thread - none.idle_thread,
            own.runtime - none.runtime
        )
    };
    subjects.iter().filter(|subject| subject.name != "uncached").map(cost).collect()
}

/// A whole number without a point, another with one.
fn whole(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.1}") }
}
