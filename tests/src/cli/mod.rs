//! The command line. Exit status: 0 the expected outcome, 1 a sound design not found to hold or a fault missed, 2 bad
//! input or a report that cannot be written, 130 and 143 stopped by SIGINT and SIGTERM. Of `replay` and `shrink`: 0 the
//! failure is there, 1 it is not.

mod args;
mod bench;
mod counterexamples;
mod explain;
mod outputs;
mod report;

use args::{Args, Check, Command};
use clap::Parser;
use contextvars_check::bugs::deadly::DEADLY;
use contextvars_check::bugs::{self, BUGS};
use contextvars_check::check::Property;
use contextvars_check::designs::{self, DESIGNS, Entry, Origin};
use contextvars_check::explore::{ENGINES, Engine, Scenarios};
use contextvars_check::limit;
use contextvars_check::process::{self, Isolated};
use contextvars_check::report::paint::Paint;
use contextvars_check::report::{terminal, text};
use contextvars_check::scenario::Scenario;
use contextvars_check::stop;
use contextvars_check::suite::{self, Expect, Plan, Report};
use contextvars_check::verdict::Findings;
use indicatif::{ProgressBar, ProgressStyle};
use outputs::Recorder;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Bad input: one line that says what was wrong and what would be right.
type Bad = String;

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            // clap's own messages span lines and end in a hint; the first line says what was wrong.
            let text = error.to_string();
            eprintln!("{}; see ctxcheck --help", text.lines().next().unwrap_or("error: bad arguments"));
            return ExitCode::from(2);
        }
        Err(help) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
    };
    let outcome = match args.command {
        None => whole(&args.check),
        Some(Command::Check(check)) => subset(&check),
        Some(Command::Bugs(check)) => catalogue(&check),
        Some(Command::Report { results, files }) => report::report(&results, &files),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::List) => Ok(list()),
        Some(Command::Replay { token, terminal }) => counterexamples::replay(&token, &terminal),
        Some(Command::Shrink(arguments)) => counterexamples::shrink(&arguments),
        Some(Command::ServeParent { file }) => process::child::serve(&file).map(|()| ExitCode::SUCCESS),
        Some(Command::Explain { name }) => explain::explain(&name),
    };
    outcome.unwrap_or_else(|bad| {
        eprintln!("error: {bad}");
        ExitCode::from(2)
    })
}

/// The default run: every design, every property, every engine.
fn whole(check: &Check) -> Result<ExitCode, Bad> {
    let mut plan = plan(check, DESIGNS.iter().collect(), 60.0)?;
    if check.is_unrestricted() {
        plan.expect = Expect::Everything;
    }
    explore(check, &plan)
}

/// A part of it.
fn subset(check: &Check) -> Result<ExitCode, Bad> {
    explore(check, &plan(check, DESIGNS.iter().collect(), 20.0)?)
}

/// The catalogue, and what finds each of its faults.
fn catalogue(check: &Check) -> Result<ExitCode, Bad> {
    explore(check, &plan(check, BUGS.iter().chain(DEADLY).collect(), 60.0)?)
}

fn plan(check: &Check, default: Vec<&'static Entry>, seconds: f64) -> Result<Plan, Bad> {
    let entries = match &check.design[..] {
        [] => default,
        names => names.iter().map(|name| designs::find(bugs::known(), name)).collect::<Result<_, _>>()?,
    };
    let properties = match &check.property[..] {
        [] => Property::ALL.to_vec(),
        names => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
    };
    let engines: Vec<Engine> = match &check.engine[..] {
        [] => ENGINES.iter().map(|e| e.engine()).collect(),
        names => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
    };
    let judged = |p: &Property| ENGINES.iter().any(|e| engines.contains(&e.engine()) && e.judges(*p));
    if !check.property.is_empty() && !properties.iter().any(judged) {
        let can = |p: Property| ENGINES.iter().filter(move |e| e.judges(p)).map(|e| e.engine().name());
        let able: Vec<_> = properties.iter().flat_map(|&p| can(p)).collect();
        return Err(format!("none of these engines judges {}; {} would", check.property.join(", "), able.join(", ")));
    }
    let properties =
        if check.property.is_empty() { properties.into_iter().filter(judged).collect() } else { properties };
    Ok(Plan {
        entries,
        properties,
        engines,
        budget: check.budget.as_deref().map_or(Ok(contextvars_check::budget::Budget::seconds(seconds)), str::parse)?,
        seed: check.seed,
        scenarios: scenarios(check)?,
        expect: if check.scenario.is_some() && check.property.is_empty() { Expect::WhatItCan } else { Expect::Decided },
    })
}

fn scenarios(check: &Check) -> Result<Scenarios, Bad> {
    let Some(path) = &check.scenario else { return Ok(suite::shipped()) };
    scenario(path).map(suite::only)
}

fn scenario(path: &Path) -> Result<Scenario, Bad> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let scenario = Scenario::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    scenario.validate().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(scenario)
}

fn explore(check: &Check, plan: &Plan) -> Result<ExitCode, Bad> {
    let folder = counterexamples::regressions(check.regressions.as_deref())?;
    let isolated = isolated()?;
    let recorder = Recorder::new(plan, &check.files)?;
    let bar = ProgressBar::new(0);
    let style = "{elapsed_precise} [{bar:30}] {pos}/{len} {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let progress = |done: usize, of: usize, entry: &'static Entry, findings: &Findings| {
        recorder.progress(entry, findings);
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        let executions = text::grouped(findings.covered.executions);
        bar.set_message(format!("{} under {}: {executions} executions", entry.name, findings.engine));
    };
    let reports = suite::run_by(plan, &|entry, explorer, job| isolated.explore(entry, explorer, job), &progress);
    bar.finish_and_clear();
    // What was found is told within the budget, too.
    let until = limit::until(plan.budget.deadline());
    let of = |report: &Report| counterexamples::of(&isolated, report, &plan.properties);
    let counterexamples: Vec<_> = reports.iter().map(of).collect();
    drop(until);
    // The files first: who reads the terminal may stop reading.
    let results = recorder.finish(&reports, &counterexamples.concat());
    let written = check.files.write(&results);
    let paint = check.terminal.paint();
    counterexamples.iter().for_each(|of_design| counterexamples::print(of_design, paint));
    let counterexamples = counterexamples.concat();
    print(plan, &reports, paint);
    println!("{:.1} s, seed {}", recorder.elapsed().as_secs_f64(), plan.seed);
    for surprise in &results.surprises {
        println!("NOT AS EXPECTED: {surprise}");
    }
    match &results.partial {
        Some(why) => println!("PARTIAL: {why}"),
        None if results.surprises.is_empty() => println!("every outcome is the expected one"),
        None => {}
    }
    if let Some(folder) = folder {
        counterexamples::keep(&folder, &counterexamples);
    }
    let written = outputs::announce(written);
    counterexamples::print_tokens(&counterexamples);
    Ok(match stop::asked_by() {
        _ if !written => ExitCode::from(2),
        Some(signal) => ExitCode::from(signal.status()),
        None if results.surprises.is_empty() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

/// What runs in children.
fn isolated() -> Result<Isolated, Bad> {
    Isolated::new().map_err(|error| format!("this executable cannot be found, to be started again: {error}"))
}

fn print(plan: &Plan, reports: &[Report], paint: Paint) {
    println!("{}\n", terminal::coverage(reports));
    println!("{}", terminal::notes(reports));
    println!("{}\n", paint.verdicts(&terminal::table(reports, &plan.properties)));
    let unknown = terminal::unknown(reports, &plan.properties);
    if !unknown.is_empty() {
        println!("{unknown}");
    }
}

fn list() -> ExitCode {
    println!("designs:");
    for entry in DESIGNS {
        println!("  {:<28} {}", entry.name, entry.about);
    }
    println!("faults of the catalogue:");
    for entry in BUGS.iter().chain(DEADLY) {
        let rows = match entry.origin {
            Origin::Fault(rows) => rows,
            Origin::Design => "",
        };
        println!("  {:<28} {} ({rows})", entry.name, entry.about);
    }
    println!("properties: {}", Property::ALL.map(|p| p.id()).join(", "));
    println!("engines:    {}", ENGINES.iter().map(|e| e.engine().name()).collect::<Vec<_>>().join(", "));
    let scenarios = suite::shipped();
    let sizes = [
        ("pairs", &scenarios.pairs),
        ("quads", &scenarios.quads),
        ("larger", &scenarios.larger),
        ("corners", &scenarios.corners),
    ];
    for (group, scenarios) in sizes {
        println!("scenarios, {group}: {}", scenarios.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "));
    }
    ExitCode::SUCCESS
}
