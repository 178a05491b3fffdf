//! `ctxcheck bench`: what the designs cost. It settles what the thread of CPython issue 121546 left to guesses.
//!
//! - [`question`]: the questions, each with its table, its plot and what follows from it;
//! - [`subject`]: the designs as things to be measured, one line each in [`subject::SUBJECTS`];
//! - [`sampler`] and [`throughput`]: how one thread's loops and several threads' throughput are sampled;
//! - [`stats`]: medians and their intervals;
//! - [`table`], [`plot`]: how figures are shown; [`machine`]: what they were taken on.

pub mod machine;
pub mod plot;
pub mod question;
pub mod sampler;
pub mod stats;
pub mod subject;
pub mod table;
pub mod throughput;

use machine::Machine;
use plot::svg;
use question::{Answer, Question, cost, hit_rate, memory, threads};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use subject::SystemUnderTest;

/// What is to be measured.
pub struct Plan {
    /// The designs.
    pub subjects: Vec<SystemUnderTest>,
    /// The questions, in the order in which they are answered.
    pub questions: Vec<Question>,
    /// How long all of it may take, about.
    pub seconds: f64,
    /// The program that counts bytes, if that is asked.
    pub counter: Option<PathBuf>,
}

/// Answers the questions; `progress` is told which one, and what part of it is done.
///
/// # Errors
/// A line that says what could not be measured.
pub fn run(plan: &Plan, machine: &Machine, progress: &dyn Fn(Question, f64)) -> Result<Vec<Answer>, String> {
    let weight = |question: Question| match question {
        Question::Cost | Question::Threads => 0.5,
        // Counted, in no time.
        Question::HitRate | Question::Memory => 0.0,
    };
    let total: f64 = plan.questions.iter().map(|&question| weight(question)).sum();
    let answer = |question: Question| {
        let progress = |part: f64| progress(question, part);
        progress(0.0);
        let seconds = plan.seconds * weight(question) / total;
        match question {
            Question::Cost => Ok(cost::measure(&plan.subjects, seconds, &progress)),
            Question::Threads => Ok(threads::measure(&plan.subjects, seconds, machine.cores, &progress)),
            Question::HitRate => Ok(hit_rate::measure(&plan.subjects)),
            Question::Memory => {
                let counter = plan.counter.as_deref().ok_or("the program that counts bytes is not known")?;
                memory::measure(&plan.subjects, counter)
            }
        }
    };
    plan.questions.iter().map(|&question| answer(question)).collect()
}

impl Answer {
    /// The answer as text, the same on the terminal and in the notes.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.meaning {
            text.push_str(&format!("- {line}\n"));
        }
        for table in &self.tables {
            text.push_str(&format!("\n{}", table.text()));
        }
        if !self.findings.is_empty() {
            text.push_str("\nWhat follows:\n\n");
        }
        for line in &self.findings {
            text.push_str(&format!("- {line}\n"));
        }
        text
    }

    /// The text of its block in the notes, with its plot, which is in the folder `plots` beside them.
    pub fn block(&self, machine: &Machine) -> String {
        let name = self.question.name();
        format!("![{}](plots/{name}.svg)\n\nTaken on: {machine}.\n\n{}", self.figure.title, self.text())
    }

    /// The plot as a file: its name and its text.
    pub fn plot(&self) -> (String, String) {
        (format!("{}.svg", self.question.name()), svg::draw(&self.figure))
    }
}

/// All figures, for machines.
pub fn json(machine: &Machine, plan: &Plan, answers: &[Answer]) -> Json {
    let mut questions = serde_json::Map::new();
    for answer in answers {
        let name = answer.question.name().to_string();
        questions.insert(name, json!({ "figures": answer.data, "findings": answer.findings }));
    }
    json!({ "machine": machine, "budget_seconds": plan.seconds, "questions": questions })
}
