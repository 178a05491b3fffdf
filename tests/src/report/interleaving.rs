//! A failing execution as text: one column for each thread, one row for each event.

use crate::platform::trace::{Access, Event, MAILBOX, Traced};
use crate::scenario::{OpText, RetText};
use contextvars_model::{Op, Ret, ThreadId};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Characters in a row at most.
const WIDTH: usize = 100;

/// Rows at most; of a longer execution the first and the last ones are shown.
const ROWS: usize = 23;

/// The table of an execution. Operations are shown with their answers; accesses inside them are shown where they are to
/// something that more than one thread touched.
pub fn table(trace: &[Traced]) -> String {
    let rows = rows(trace);
    let mut threads: Vec<ThreadId> = rows.iter().map(|(thread, _)| *thread).collect();
    threads.sort_unstable();
    threads.dedup();
    let width = (WIDTH / threads.len().max(1)).saturating_sub(2).clamp(16, 48);
    let mut text = String::new();
    let line = |text: &mut String, cells: Vec<String>| {
        let row: String = cells.iter().map(|cell| format!("  {:<width$}", clip(cell, width))).collect();
        let _ = writeln!(text, "{}", row.trim_end());
    };
    line(&mut text, threads.iter().map(ToString::to_string).collect());
    line(&mut text, threads.iter().map(|_| "-".repeat(width)).collect());
    let (head, tail) =
        if rows.len() > ROWS { (ROWS / 3, rows.len() - (ROWS - ROWS / 3 - 1)) } else { (rows.len(), rows.len()) };
    for (at, (thread, cell)) in rows.iter().enumerate() {
        if at == head && head < tail {
            let _ = writeln!(text, "  … {} rows more …", tail - head);
        }
        if at < head || at >= tail {
            line(&mut text, threads.iter().map(|t| if t == thread { cell.clone() } else { String::new() }).collect());
        }
    }
    text
}

fn clip(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width { cell.to_string() } else { cell.chars().take(width - 1).chain(['…']).collect() }
}

/// The rows: a thread and what it did.
fn rows(trace: &[Traced]) -> Vec<(ThreadId, String)> {
    let shared = shared(trace);
    let mut rows: Vec<(ThreadId, String)> = Vec::new();
    // The operations under way: for each thread, the operation and its row.
    let mut open: BTreeMap<ThreadId, Vec<(Op, Option<usize>)>> = BTreeMap::new();
    // Thread 0 sets up before the others begin and looks after they have ended: that is told by the scenario.
    let parallel = |thread: ThreadId| thread != ThreadId(0);
    for Traced { thread, event } in trace.iter().filter(|traced| parallel(traced.thread)) {
        let open = open.entry(*thread).or_default();
        let indent = "  ".repeat(open.len());
        match event {
            Event::Invoke(Op::End) => open.push((Op::End, None)),
            Event::Invoke(op) => {
                open.push((*op, Some(rows.len())));
                rows.push((*thread, format!("{indent}{}", OpText(op))));
            }
            Event::Respond(ret) => {
                let Some((op, row)) = open.pop() else { continue };
                let indent = "  ".repeat(open.len());
                let Some(row) = row else { continue };
                if row + 1 == rows.len() {
                    let _ = write!(rows[row].1, " => {}", RetText(ret));
                } else if *ret != Ret::Done || rows.last().is_some_and(|(t, _)| t != thread) {
                    rows.push((*thread, format!("{indent}{} => {}", OpText(&op), RetText(ret))));
                }
            }
            Event::Access { what, object, access, .. } if shared.contains(&(*what, *object)) => {
                if open.last().is_some_and(|(op, _)| *op != Op::End) {
                    rows.push((*thread, format!("{indent}{}", access_text(what, access))));
                }
            }
            Event::Access { .. } => {}
        }
    }
    rows
}

fn access_text(what: &str, access: &Access) -> String {
    match access {
        Access::Load(value) => format!("load {what}: {}", word(*value)),
        Access::Store(value) => format!("store {what}: {}", word(*value)),
        Access::Lock | Access::Unlock => format!("{access} {what}"),
        _ => format!("{access} {what}"),
    }
}

fn word(value: u64) -> String {
    if value == u64::MAX { "none".into() } else { value.to_string() }
}

/// What more than one of the parallel threads touched.
fn shared(trace: &[Traced]) -> Vec<(&'static str, usize)> {
    let mut touched: BTreeMap<(&'static str, usize), ThreadId> = BTreeMap::new();
    let mut shared = Vec::new();
    // Handing an object over is the harness's business; the operation itself tells it.
    let ours = |what: &str| what != MAILBOX;
    for Traced { thread, event } in trace.iter().filter(|traced| traced.thread != ThreadId(0)) {
        if let Event::Access { what, object, .. } = event
            && ours(what)
        {
            let first = touched.entry((what, *object)).or_insert(*thread);
            if first != thread && !shared.contains(&(*what, *object)) {
                shared.push((what, *object));
            }
        }
    }
    shared
}
