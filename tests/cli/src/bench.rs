//! `ctxcheck bench`: measures, prints, and writes where it is told to.

use super::args::Bench;
use super::input::Bad;
use contextvars_check::budget::Budget;
use contextvars_check::rendering::generated_blocks::Block;
use contextvars_measure::machine::Machine;
use contextvars_measure::question::{Answer, Question, memory};
use contextvars_measure::{self as measure, Plan, subject};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Measures. What is wrong with the arguments, the notes or the folder is found before, so that no measurement is lost.
pub(super) fn bench(args: &Bench) -> Result<ExitCode, Bad> {
    let plan = plan(args)?;
    if let Some(folder) = &args.out {
        folder_for(folder)?;
    }
    let notes_text = args.update_notes.as_deref().map(|path| notes_to_update(path, args, &plan)).transpose()?;
    let (machine, begun) = (Machine::this(), Instant::now());
    println!("{machine}\n");
    let answers = measured(&plan, &machine)?;
    for answer in &answers {
        println!("== {}: {}\n\n{}", answer.question.name(), answer.figure.title, answer.text());
    }
    if let Some(folder) = &args.out {
        write_plots(folder, &answers)?;
        let json = format!("{:#}\n", measure::json(&machine, &plan, &answers));
        write(&folder.join("measurements.json"), &json)?;
        println!("plots and measurements.json are in {}", folder.display());
    }
    if let (Some(path), Some(text)) = (&args.update_notes, notes_text) {
        let update = |text: String, answer: &Answer| block(answer.question).replaced(&text, &answer.block(&machine));
        let text = answers.iter().try_fold(text, update).map_err(|wrong| format!("{}: {wrong}", path.display()))?;
        write_plots(&path.with_file_name("plots"), &answers)?;
        write(path, &text)?;
        println!("{} is up to date", path.display());
    }
    println!("{:.1} s", begun.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The block of the notes that answers a question.
fn block(question: Question) -> Block<'static> {
    Block { command: "ctxcheck bench", name: question.name() }
}

fn plan(args: &Bench) -> Result<Plan, Bad> {
    let asked: Vec<Question> = args.question.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    let questions = Question::ALL.into_iter().filter(|question| asked.is_empty() || asked.contains(question));
    let mut plan = Plan {
        subjects: subject::named(&args.design)?,
        questions: questions.collect(),
        seconds: args.budget.parse::<Budget>()?.as_seconds(),
        counter: None,
    };
    if plan.questions.contains(&Question::Memory) {
        match memory::counter() {
            Ok(counter) => plan.counter = Some(counter),
            // Who asked for everything gets the rest, and is told; who needs it is refused.
            Err(why) if asked.is_empty() && args.update_notes.is_none() => {
                println!("memory is NOT MEASURED: {why}\n");
                plan.questions.retain(|question| *question != Question::Memory);
            }
            Err(why) => return Err(why),
        }
    }
    Ok(plan)
}

fn measured(plan: &Plan, machine: &Machine) -> Result<Vec<Answer>, Bad> {
    let bar = ProgressBar::new(1000);
    let style = "{elapsed_precise} [{bar:30}] {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    // No steady tick: its thread would run beside what is measured.
    let progress = |question: Question, part: f64| {
        bar.set_message(question.name());
        bar.set_position((part * 1000.0) as u64);
    };
    let answers = measure::run(plan, machine, &progress);
    bar.finish_and_clear();
    answers
}

/// The text of the notes, which has a block for each question.
fn notes_to_update(path: &Path, args: &Bench, plan: &Plan) -> Result<String, Bad> {
    if !args.design.is_empty() {
        return Err("the tables of the notes are of all designs; leave out --design or --update-notes".into());
    }
    let text = fs::read_to_string(path).map_err(|error| {
        format!("{}: {error}; run this where the file is, or name it: --update-notes FILE", path.display())
    })?;
    plan.questions
        .iter()
        .try_for_each(|&question| block(question).check(&text))
        .map_err(|wrong| format!("{}: {wrong}", path.display()))?;
    folder_for(&path.with_file_name("plots"))?;
    Ok(text)
}

fn folder_for(path: &Path) -> Result<(), Bad> {
    fs::create_dir_all(path).map_err(|error| format!("{}: {error}; name a folder that can be written", path.display()))
}

fn write_plots(folder: &Path, answers: &[Answer]) -> Result<(), Bad> {
    answers.iter().map(Answer::plot).try_for_each(|(name, text)| write(&folder.join(name), &text))
}

fn write(path: &Path, text: &str) -> Result<(), Bad> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
