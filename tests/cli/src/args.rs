//! The arguments.

use super::oracle::Oracle;
use super::outputs::{Files, Terminal, View};
use clap::{Args as Group, Parser, Subcommand};
use std::path::PathBuf;

/// Checks context variables against the model. Without a command: every design, property and engine, in about a minute.
#[derive(Parser)]
#[command(name = "ctxcheck", version, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: Check,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Checks a part: some designs, properties, engines, or one scenario.
    Check(Check),
    /// Puts every fault of the catalogue back and shows which engine finds it.
    Bugs(Check),
    /// Renders the reports of a run again, from the results file that it wrote with --json.
    Report {
        /// The results file.
        results: PathBuf,
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        view: View,
    },
    /// Measures the designs: cost, scaling with threads, cache hit rate, memory. In about a minute.
    Bench(Bench),
    /// Compares the model with CPython, on scenarios that are generated.
    Oracle(Oracle),
    /// Lists designs, faults, properties, engines and scenarios.
    List,
    /// Shows a failure again, from its token. Exit status: 0 if it is still there, 1 if not.
    Replay {
        /// The token, as it was printed.
        token: String,
        #[command(flatten)]
        terminal: Terminal,
    },
    /// Finds a failure of the scenario in a file and makes it as small as it can.
    Shrink(Shrink),
    /// Does one job for the `ctxcheck` that started it.
    #[command(name = contextvars_check::process::SUBCOMMAND, hide = true)]
    ServeParent {
        /// The black box.
        file: PathBuf,
    },
    /// Explains a property, a design or a fault.
    Explain {
        /// Its name, for example ISO-1, per-thread or entry-check-then-set.
        name: String,
    },
}

#[derive(Group)]
pub(super) struct Check {
    /// Only this design or fault; may be given several times.
    #[arg(long)]
    pub(super) design: Vec<String>,
    /// Only this property; may be given several times.
    #[arg(long)]
    pub(super) property: Vec<String>,
    /// Only this engine; may be given several times.
    #[arg(long)]
    pub(super) engine: Vec<String>,
    /// How long, for example 5s, 2m or 1h. It buys a fixed number of executions; see `proofs-notes/limits.md`.
    #[arg(long)]
    pub(super) budget: Option<String>,
    /// Where random choices start: the same seed and budget explore the same.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Only the scenario in this file, or the shipped one of this name.
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<PathBuf>,
    /// The folder for scenario files of new failures; without it, tests/regressions of the workspace, if there is one.
    #[arg(long, value_name = "DIR")]
    pub(super) regressions: Option<PathBuf>,
    #[command(flatten)]
    pub(super) files: Files,
    #[command(flatten)]
    pub(super) view: View,
}

#[derive(Group)]
pub(super) struct Shrink {
    /// The file of the scenario, or the name of a shipped one.
    pub(super) file: PathBuf,
    /// The design or fault that the property is refuted for.
    #[arg(long)]
    pub(super) design: String,
    /// The property.
    #[arg(long)]
    pub(super) property: String,
    /// How long, for example 5s. It buys a fixed number of executions.
    #[arg(long)]
    pub(super) budget: Option<String>,
    /// The folder for the scenario file of the shrunk failure; without it none is written.
    #[arg(long, value_name = "DIR")]
    pub(super) regressions: Option<PathBuf>,
    #[command(flatten)]
    pub(super) terminal: Terminal,
}

#[derive(Group)]
pub(super) struct Bench {
    /// Only this question (cost, threads, hit-rate or memory); may be given several times.
    #[arg(long)]
    pub(super) question: Vec<String>,
    /// Only this design; may be given several times.
    #[arg(long)]
    pub(super) design: Vec<String>,
    /// How long, for example 5s, 2m or 1h: longer is more samples.
    #[arg(long, default_value = "60s")]
    pub(super) budget: String,
    /// A folder for the plots and `measurements.json`; made if it is not there.
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Puts the tables into their blocks of these notes, and the plots into `plots` beside them.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "proofs-notes/designs.md")]
    pub(super) update_notes: Option<PathBuf>,
}

impl Check {
    /// Whether nothing was left out.
    pub(super) fn is_unrestricted(&self) -> bool {
        self.design.is_empty()
            && self.property.is_empty()
            && self.engine.is_empty()
            && self.scenario.is_none()
            && self.budget.is_none()
    }
}
