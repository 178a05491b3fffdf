//! The comparison with CPython on the command line. Exit status: 0 nothing unexplained (or the fault that is expected
//! was found), 1 otherwise, 2 bad input or an interpreter that cannot be used.

use super::input::Bad;
use super::progress;
use clap::Args as Group;
use contextvars_check::budget::Budget;
use contextvars_check::counts::counted;
use contextvars_check::deadline::Deadline;
use contextvars_check::stop;
use contextvars_check::suggest;
use contextvars_check_oracle::campaign::{self, Report};
use contextvars_check_oracle::compare::RULES;
use contextvars_check_oracle::dialect::{Dialect, FAULTS, Fault};
use contextvars_check_oracle::found::Found;
use contextvars_check_oracle::interpreter::Interpreter;
use contextvars_check_oracle::stated::{self, Stated};
use contextvars_check_oracle::trial::Job;
use contextvars_check_oracle::{maps, profile, reproduction, trace};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Operations a second that a budget buys; every interpreter does more.
const NOMINAL: u64 = 20_000;

/// Without a budget.
const BUDGET: f64 = 20.0;

/// For so many operations on contexts, one on the map alone.
const MAPS: u64 = 10;

/// What was found is looked for so many times, and the smallest one is shown.
const FINDINGS: usize = 3;

#[derive(Group)]
pub(super) struct Oracle {
    /// An interpreter; may be given several times. Without it, python3 on the PATH.
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// How long for each interpreter, for example 20s or 2m. It buys a fixed number of operations.
    #[arg(long, conflicts_with = "operations")]
    budget: Option<String>,
    /// How many operations to compare with each interpreter, in the place of a budget.
    #[arg(long, value_name = "N")]
    operations: Option<u64>,
    /// Where random choices start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Looks for a fault that interpreters are known to have (A7, A9 or A35) and fails if it is not found.
    #[arg(long, value_name = "ID")]
    expect_bug: Option<String>,
    /// Writes scenarios and what all these interpreters answer to a file, as JSON lines.
    #[arg(long, value_name = "FILE", conflicts_with = "expect_bug")]
    record: Option<PathBuf>,
}

/// Compares interpreters with the model.
pub(super) fn oracle(arguments: &Oracle) -> Result<ExitCode, Bad> {
    let budget = arguments.budget.as_deref().map_or(Ok(Budget::seconds(BUDGET)), str::parse)?;
    let operations = arguments.operations.unwrap_or_else(|| budget.executions(NOMINAL));
    if operations == 0 {
        return Err("--operations 0 compares nothing; give a number such as 100000".into());
    }
    let expected = arguments.expect_bug.as_deref().map(known).transpose()?;
    stop::on_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
    let paths = match &arguments.python[..] {
        [] => vec![PathBuf::from("python3")],
        given => given.to_vec(),
    };
    // All of them first: a path that is wrong is not to be told after minutes.
    let mut interpreters =
        paths.iter().map(|path| Interpreter::start(path)).collect::<Result<Vec<Interpreter>, String>>()?;
    let budget = Budget::seconds(operations as f64 / NOMINAL as f64);
    let job = |deadline: Deadline| Job {
        operations,
        deadline,
        seed: arguments.seed,
        generator: match (expected, &arguments.record) {
            (Some(_), _) => profile::restless,
            (None, Some(_)) => profile::short,
            (None, None) => profile::varied,
        },
        rules: RULES,
        seek: expected.as_slice(),
        findings: FINDINGS,
    };
    if let Some(file) = &arguments.record {
        return record(&mut interpreters, &job(budget.share(paths.len() as f64).deadline()), file);
    }
    let mut good = true;
    for interpreter in &mut interpreters {
        let busy = progress::spinner(format!("comparing with {}", interpreter.version()));
        let job = job(budget.deadline());
        let told = match expected {
            Some(fault) => expect(interpreter, &job, fault)?,
            None => compare(interpreter, &job)?,
        };
        busy.finish_and_clear();
        print!("{}", told.0);
        good &= told.1;
        if stop::asked_by().is_some() {
            break;
        }
    }
    Ok(stop::asked_by().map_or(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }, |signal| {
        println!("stopped by {}: what was compared until then is above", signal.name());
        ExitCode::from(signal.status())
    }))
}

fn known(id: &str) -> Result<&'static Fault, Bad> {
    Fault::named(id).ok_or_else(|| suggest::unknown("fault of interpreters", id, FAULTS.iter().map(|fault| fault.id)))
}

/// The comparison with one interpreter: what is printed, and whether nothing is unexplained.
fn compare(interpreter: &mut Interpreter, job: &Job<'_>) -> Result<(String, bool), Bad> {
    let stated = stated::check(interpreter, job)?;
    let watches = Dialect::of(interpreter.version()).watches();
    let generator = if watches { profile::watched } else { profile::varied };
    let report = campaign::run(interpreter, &Job { generator, ..*job })?;
    let mut text = summary(interpreter, &report, Some(&stated));
    let maps = map(interpreter, job)?;
    text += &maps.0;
    let found = stated.report.found.len() + report.found.len() + usize::from(!maps.1);
    text += &format!("  {found} unexplained\n");
    for found in stated.report.found.iter().chain(report.smallest()) {
        text += &shown(found);
    }
    text += &shortfall(&report);
    Ok((text, found == 0 && report.shortfall.is_none()))
}

/// The comparison of the interpreter's own map with ours: a line, and whether they agree.
fn map(interpreter: &mut Interpreter, job: &Job<'_>) -> Result<(String, bool), Bad> {
    if !interpreter.has_maps() {
        return Ok(("  its own map cannot be reached, and was not compared with ours\n".into(), true));
    }
    let report = maps::run(interpreter, job.operations / MAPS, job.seed, job.deadline)?;
    let cases = counted(report.cases, "case");
    let mut text = format!("  {} of {cases} compared on its own map and ours", counted(report.operations, "operation"));
    text += &report.shortfall.map_or_else(String::new, |why| format!("; less than was planned: {why}"));
    text += "\n";
    let good = report.different.is_none();
    if let Some((case, difference)) = report.different {
        text += &format!("  the maps differ: {difference}\n{case}\n");
    }
    Ok((text, good))
}

/// The search for a fault that is known.
fn expect(interpreter: &mut Interpreter, job: &Job<'_>, fault: &'static Fault) -> Result<(String, bool), Bad> {
    let report = campaign::run(interpreter, job)?;
    let mut text = summary(interpreter, &report, None);
    let here = fault.is_in(interpreter.version());
    let of_fault = |found: &&Found| found.touches(fault);
    let smallest = report.found.iter().filter(of_fault).min_by_key(|found| found.plan.scenario.operations());
    let others: Vec<&Found> = report.found.iter().filter(|found| !of_fault(found)).collect();
    for found in &others {
        text += &format!("  unexplained, and not {}:\n{}", fault.id, shown(found));
    }
    let good = match smallest {
        None if here => {
            text += &format!("  {} was not found; this version is known to have it\n", fault.id);
            text += &shortfall(&report);
            false
        }
        None => {
            text += &format!("  {} was not found, as expected: this version is known not to have it\n", fault.id);
            text += &shortfall(&report);
            true
        }
        Some(found) => {
            text += &format!("  {} found ({}): {}\n{}", fault.id, fault.issue, fault.about, shown(found));
            let (shows, output) = reproduction::run(interpreter.path(), &reproduction::program(found));
            text +=
                &format!("the program was run here, and {}; it printed\n", if shows { "shows it" } else { "does not" });
            output.lines().for_each(|line| text += &format!("  | {line}\n"));
            shows && here
        }
    };
    Ok((text, good && others.is_empty()))
}

/// The lines on what was compared.
fn summary(interpreter: &Interpreter, report: &Report, stated: Option<&Stated>) -> String {
    let mut text = format!(
        "{} ({}): {} of {} compared, {} a second\n",
        report.version,
        interpreter.path().display(),
        counted(report.operations, "operation"),
        counted(report.scenarios, "scenario"),
        counted(report.rate() as u64, "operation"),
    );
    text += &format!("  {} to their end, {} to where the specification leaves", report.whole, report.open);
    text += " the order of user code open\n";
    let faults: Vec<_> = report.faults.iter().map(|(id, count)| format!("{id} {count}")).collect();
    if !faults.is_empty() {
        text += &format!("  to before the first step that touches a known fault: {}\n", faults.join(", "));
    }
    if let Some(Stated { report, answers, left_out }) = stated {
        let scenarios = counted(report.scenarios, "shipped scenario");
        text += &format!("  {answers} stated answers of {scenarios} confirmed, ");
        let ends = report.faults.values().sum::<u64>();
        text += &format!("of which {ends} end before a known fault; {left_out} are not for Python\n");
    }
    let explained: Vec<_> = report.explained.iter().map(|(id, count)| format!("{id} {count}")).collect();
    let explained = if explained.is_empty() { "none".to_owned() } else { explained.join(", ") };
    text + &format!("  differences explained by the dialect: {explained}\n")
}

fn shortfall(report: &Report) -> String {
    report.shortfall.as_ref().map_or_else(String::new, |why| format!("  less than was planned: {why}\n"))
}

/// A finding: what is wrong, the scenario, the program.
fn shown(found: &Found) -> String {
    let Found { trouble, plan, cut_from, tried, again, .. } = found;
    let again = if *again { "" } else { "; performed alone it did not show again" };
    format!(
        "  {trouble}\n  after {} steps; cut from {cut_from} operations to {}, {tried} smaller scenarios tried{again}\n\
         {}\nas a program:\n\n{}\n",
        found.performed,
        plan.scenario.operations(),
        plan.scenario,
        reproduction::program(found)
    )
}

/// Records what all interpreters answer.
fn record(interpreters: &mut [Interpreter], job: &Job<'_>, file: &PathBuf) -> Result<ExitCode, Bad> {
    let (lines, operations) = trace::record(interpreters, job)?;
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(file, &text).map_err(|error| format!("{}: {error}", file.display()))?;
    println!(
        "{} of each of {} recorded in {} of {} bytes: {}",
        counted(operations, "operation"),
        counted(interpreters.len() as u64, "interpreter"),
        counted(lines.len() as u64, "line"),
        text.len(),
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}
