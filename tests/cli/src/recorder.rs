//! Follows a run, and keeps its files up to date, so that whenever it is killed there is a valid report of what was
//! covered.

use super::input::Bad;
use super::maps;
use super::outputs::{Files, started_as};
use contextvars_check::analysis::collect::{Teller, collect};
use contextvars_check::analysis::results::{Design, Machine, Results, Run};
use contextvars_check::analysis::story::Story;
use contextvars_check::analysis::story_builder::{shrunk, tell};
use contextvars_check::counterexample::Counterexample;
use contextvars_check::designs::DesignEntry;
use contextvars_check::explore::Scenarios;
use contextvars_check::mutex::lock;
use contextvars_check::rendering::atomic_write;
use contextvars_check::stop;
use contextvars_check::suite::{self, DesignReport, Plan};
use contextvars_check::verdict::{Evidence, Findings};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// While a run goes on its files are renewed at most so often.
const RENEWAL: Duration = Duration::from_secs(2);

/// The story as it was found. Making it smaller takes longer than a report that is soon renewed.
fn as_found(_: &'static DesignEntry, evidence: &Evidence) -> Story {
    tell(evidence, None)
}

/// Follows a run, and keeps its files up to date.
pub(super) struct Recorder<'a> {
    plan: &'a Plan,
    files: &'a Files,
    began: String,
    begun: Instant,
    done: Mutex<Done>,
    /// What is known of the maps.
    maps: Vec<Design>,
}

struct Done {
    findings: Vec<(&'static DesignEntry, Findings)>,
    renewed: Instant,
}

impl<'a> Recorder<'a> {
    /// Begins: from now on a signal ends the run early and in order. `maps` are what is said of those that are to be
    /// checked until [`Recorder::take_maps`].
    pub(super) fn new(plan: &'a Plan, files: &'a Files, maps: Vec<Design>) -> Result<Recorder<'a>, Bad> {
        files.probe()?;
        stop::on_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
        let (began, begun) = (humantime::format_rfc3339_seconds(SystemTime::now()).to_string(), Instant::now());
        let done = Mutex::new(Done { findings: Vec::new(), renewed: begun });
        let recorder = Recorder { plan, files, began, begun, done, maps };
        recorder.renew(&[]);
        Ok(recorder)
    }

    /// Takes what was found of the maps.
    pub(super) fn take_maps(&mut self, maps: Vec<Design>) {
        self.maps = maps;
    }

    /// Takes what a job has found. Should the run be killed, the files tell of it.
    pub(super) fn progress(&self, entry: &'static DesignEntry, findings: &Findings) {
        let mut done = lock(&self.done);
        done.findings.push((entry, findings.clone()));
        if done.renewed.elapsed() >= RENEWAL {
            self.renew(&done.findings);
            done.renewed = Instant::now();
        }
    }

    /// Writes what is known by now. What cannot be written is told at the end.
    fn renew(&self, findings: &[(&'static DesignEntry, Findings)]) {
        let reports = suite::so_far(self.plan, findings, "the run has not come so far");
        let results = self.results(&reports, Some("the run was still going on".into()), &as_found);
        // A pipe gets the last word only.
        let given = [&self.files.html, &self.files.json, &self.files.junit];
        if !given.into_iter().flatten().any(|path| atomic_write::is_stream(path)) {
            let _ = self.files.write(&results);
        }
    }

    /// The results; partial ones if a signal ended the run.
    pub(super) fn finish(&self, reports: &[DesignReport], counterexamples: &[Counterexample]) -> Results {
        let partial = stop::asked_by().map(|signal| format!("the run was stopped by {}", signal.name()));
        self.results(reports, partial, &|entry, evidence| {
            let same = |c: &&Counterexample| {
                c.entry.name == entry.name && c.evidence.violation.property == evidence.violation.property
            };
            counterexamples.iter().find(same).map_or_else(|| as_found(entry, evidence), shrunk)
        })
    }

    fn results(&self, reports: &[DesignReport], partial: Option<String>, teller: Teller<'_>) -> Results {
        let Plan { seed, budget, engines, scenarios, .. } = self.plan;
        let Scenarios { pairs, small, larger, sequential, generate } = scenarios;
        let maps = (!self.maps.is_empty()).then_some(contextvars_check_maps::ENGINE);
        let named = [pairs, small, larger, sequential].map(|group| group.len() as u64);
        let run = Run {
            command: started_as(),
            arguments: std::env::args().skip(1).collect(),
            began: self.began.clone(),
            milliseconds: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            seed: *seed,
            budget: budget.to_string(),
            engines: engines.iter().map(|engine| engine.name()).chain(maps).map(String::from).collect(),
            scenarios: named.iter().sum(),
            generated: *generate,
        };
        let machine = Machine {
            version: env!("CARGO_PKG_VERSION").into(),
            rustc: option_env!("CTXCHECK_RUSTC").map(String::from),
            system: std::env::consts::OS.into(),
            architecture: std::env::consts::ARCH.into(),
            processors: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
        };
        let mut results = collect(self.plan, reports, (run, machine), partial, teller);
        results.surprises.extend(maps::surprises(&self.maps, results.partial.is_some()));
        results.maps.clone_from(&self.maps);
        results
    }
}
