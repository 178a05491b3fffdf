//! `ctxcheck`: the suite on the command line. Exit status: 0 the expected outcome, 1 a sound design not found to hold
//! or a fault missed, 2 bad input or a report that cannot be written, 130 and 143 stopped by SIGINT and SIGTERM. Of
//! `replay` and `shrink`: 0 the failure is there, 1 it is not.
#![forbid(unsafe_code)]

mod args;
mod bench;
mod counterexamples;
mod explain;
mod input;
mod maps;
mod oracle;
mod outputs;
mod progress;
mod recorder;
mod report;

use args::{Args, Check, Command};
use clap::Parser;
use clap::error::{ContextKind, ContextValue};
use contextvars_check::allocator::Calling;
use contextvars_check::counts::counted;
use contextvars_check::designs::{self, DESIGNS, DesignEntry, Origin};
use contextvars_check::explore::{ENGINES, Engine, Scenarios};
use contextvars_check::limit;
use contextvars_check::process::{self};
use contextvars_check::properties::Property;
use contextvars_check::stop;
use contextvars_check::suite::{self, Expect, Plan};
use contextvars_check::verdict::Findings;
use contextvars_check_faults::deadly::DEADLY;
use contextvars_check_faults::{BUGS, known};
use contextvars_check_maps::faults::FAULTY_MAPS;
use contextvars_check_maps::{ENGINE, HAMT, ID, MapEntry};
use input::{Bad, isolated, scenario};
use recorder::Recorder;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Calling = Calling;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            eprintln!("{}; see --help", in_one_line(&error));
            return ExitCode::from(2);
        }
        Err(help) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
    };
    process::know(known());
    let outcome = match args.command {
        None => whole(&args.check),
        Some(Command::Check(check)) => subset(&check),
        Some(Command::Bugs(check)) => catalogue(&check),
        Some(Command::Report { results, files, view }) => report::report(&results, &files, &view),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Oracle(arguments)) => oracle::oracle(&arguments),
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

/// What clap says, which spans lines: what was wrong, and what was meant.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let wrong = text.lines().next().unwrap_or("error: bad arguments");
    if let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) {
        return format!("{} {}", wrong.trim_end_matches(':'), missing.join(", "));
    }
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let near = near.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(one) => Some(format!("`{one}`")),
        ContextValue::Strings(all) => all.first().map(|one| format!("`{one}`")),
        _ => None,
    });
    near.map_or(wrong.to_string(), |near| format!("{wrong}; did you mean {near}?"))
}

/// The default run: every design, every property, every engine.
fn whole(check: &Check) -> Result<ExitCode, Bad> {
    let (mut plan, maps) = plan(check, (DESIGNS.iter().collect(), std::slice::from_ref(&HAMT)), 60.0)?;
    if check.is_unrestricted() {
        plan.expect = Expect::Everything;
    }
    explore(check, &plan, &maps)
}

/// A part of it.
fn subset(check: &Check) -> Result<ExitCode, Bad> {
    let (plan, maps) = plan(check, (DESIGNS.iter().collect(), std::slice::from_ref(&HAMT)), 20.0)?;
    explore(check, &plan, &maps)
}

/// The catalogue, and what finds each of its faults.
fn catalogue(check: &Check) -> Result<ExitCode, Bad> {
    let (mut plan, maps) = plan(check, (BUGS.iter().chain(DEADLY).collect(), FAULTY_MAPS), 60.0)?;
    if check.property.is_empty() {
        plan.expect = Expect::Known;
    }
    explore(check, &plan, &maps)
}

/// What to run of the designs and which maps; `default` of both where none is named.
fn plan(
    check: &Check,
    default: (Vec<&'static DesignEntry>, &'static [MapEntry]),
    seconds: f64,
) -> Result<(Plan, Vec<&'static MapEntry>), Bad> {
    let maps = maps::asked(check, default.1.iter());
    let of_designs = |names: &[String], is_of_maps: &dyn Fn(&str) -> bool| -> Vec<String> {
        names.iter().filter(|name| !is_of_maps(name)).cloned().collect()
    };
    let mut entries: Vec<_> = match &of_designs(&check.design, &|name| contextvars_check_maps::find(name).is_some())[..]
    {
        [] if check.design.is_empty() => default.0,
        names => names.iter().map(|name| designs::find(known(), name)).collect::<Result<_, _>>()?,
    };
    let mut properties = match &of_designs(&check.property, &maps::is_property)[..] {
        [] if check.property.is_empty() => Property::ALL.to_vec(),
        names => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
    };
    let engines: Vec<Engine> = match &of_designs(&check.engine, &|name| name == ENGINE)[..] {
        [] if check.engine.is_empty() => ENGINES.iter().map(|e| e.engine()).collect(),
        names => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
    };
    let judged = |p: &Property| ENGINES.iter().any(|e| engines.contains(&e.engine()) && e.judges(*p));
    if check.property.is_empty() {
        properties.retain(judged);
    } else if maps.is_empty() && !properties.iter().any(judged) {
        let can = |p: Property| ENGINES.iter().filter(move |e| e.judges(p)).map(|e| e.engine().name());
        let of_maps = check.property.iter().any(|name| maps::is_property(name)).then_some(ENGINE);
        let able: Vec<_> = properties.iter().flat_map(|&p| can(p)).chain(of_maps).collect();
        return Err(format!("none of these engines judges {}; {} would", check.property.join(", "), able.join(", ")));
    }
    if !properties.iter().any(judged) {
        entries.clear();
    }
    if entries.is_empty() {
        properties.clear();
    }
    if entries.is_empty() && maps.is_empty() {
        return Err(format!("maps are judged by {ID} alone, with the engine {ENGINE}, and nothing else is"));
    }
    let plan = Plan {
        entries,
        properties,
        engines,
        budget: check.budget.as_deref().map_or(Ok(contextvars_check::budget::Budget::seconds(seconds)), str::parse)?,
        seed: check.seed,
        scenarios: scenarios(check)?,
        expect: if check.scenario.is_some() && check.property.is_empty() { Expect::WhatItCan } else { Expect::Decided },
    };
    Ok((plan, maps))
}

fn scenarios(check: &Check) -> Result<Scenarios, Bad> {
    let Some(path) = &check.scenario else { return Ok(suite::shipped()) };
    scenario(path).map(suite::only)
}

fn explore(check: &Check, plan: &Plan, maps: &[&'static MapEntry]) -> Result<ExitCode, Bad> {
    let folder = counterexamples::regressions(check.regressions.as_deref())?;
    let isolated = isolated()?;
    let mut recorder = Recorder::new(plan, &check.files, maps::not_begun(maps))?;
    let bar = progress::bar(0);
    bar.set_message("the maps");
    recorder.take_maps(maps::check(maps, plan.budget, plan.seed, !plan.entries.is_empty()));
    let on_job = |done: usize, of: usize, entry: &'static DesignEntry, findings: &Findings| {
        recorder.progress(entry, findings);
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        let executions = counted(findings.covered.executions, "execution");
        bar.set_message(format!("{} under {}: {executions}", entry.name, findings.engine));
    };
    let reports = suite::run_by(plan, &|entry, explorer, job| isolated.explore(entry, explorer, job), &on_job);
    // What was found is told within the budget, too.
    let until = limit::until(plan.budget.deadline());
    let counterexamples = counterexamples::of(&isolated, &reports, &plan.properties, &bar);
    drop(until);
    let results = recorder.finish(&reports, &counterexamples);
    bar.finish_and_clear();
    // The files first: who reads the terminal may stop reading.
    let (mut files, written) = outputs::announce(check.files.write(&results));
    if let Some(folder) = folder {
        files.extend(counterexamples::keep(&folder, &counterexamples));
    }
    check.view.print(&results, &files);
    Ok(match stop::asked_by() {
        _ if !written => ExitCode::from(2),
        Some(signal) => ExitCode::from(signal.status()),
        None if results.surprises.is_empty() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
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
    println!("the map that all designs share, and its faults:");
    for map in std::iter::once(&HAMT).chain(FAULTY_MAPS) {
        println!("  {:<28} {}{}", map.name, map.about, map.catalogue.map_or(String::new(), |row| format!(" ({row})")));
    }
    println!("properties: {}, {ID}", Property::ALL.map(|p| p.id()).join(", "));
    println!("engines:    {}, {ENGINE}", ENGINES.iter().map(|e| e.engine().name()).collect::<Vec<_>>().join(", "));
    let scenarios = suite::shipped();
    let sizes = [
        ("pairs", &scenarios.pairs),
        ("small", &scenarios.small),
        ("larger", &scenarios.larger),
        ("sequential", &scenarios.sequential),
    ];
    for (group, scenarios) in sizes {
        println!("scenarios, {group}: {}", scenarios.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "));
    }
    ExitCode::SUCCESS
}
