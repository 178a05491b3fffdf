//! Colours, where they are wanted.

use clap::ValueEnum;
use std::io::IsTerminal;

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum When {
    /// If the output is a terminal, and the variable `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Paint {
    on: bool,
}

/// A colour of the terminal's own palette, so that it can be read on light and on dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// What broke.
    Red,
    /// What held.
    Green,
    /// What is open, and what contradicts.
    Yellow,
    /// Headings.
    Bold,
    /// What matters less.
    Dim,
}

impl Paint {
    /// No colours.
    pub const PLAIN: Paint = Paint { on: false };

    /// What is wanted for the standard output. An empty `NO_COLOR` counts as not set (no-color.org).
    pub fn for_stdout(when: When) -> Paint {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let on = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => !no_color && std::io::stdout().is_terminal(),
        };
        Paint { on }
    }

    /// The text in a colour.
    pub fn paint(self, colour: Colour, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_string();
        }
        let code = match colour {
            Colour::Red => "31",
            Colour::Green => "32",
            Colour::Yellow => "33",
            Colour::Bold => "1",
            Colour::Dim => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// The verdicts in a table that is laid out already.
    pub fn verdicts(self, table: &str) -> String {
        let words = [("refuted", Colour::Red), ("unknown", Colour::Yellow), ("ok", Colour::Green)];
        let cell = |cell: &str| {
            let first = cell.split_whitespace().next().unwrap_or_default();
            match words.iter().find(|(word, _)| *word == first) {
                Some((_, colour)) => self.paint(*colour, cell),
                None => cell.to_string(),
            }
        };
        let line = |line: &str| line.split('|').map(cell).collect::<Vec<_>>().join("|");
        table.lines().map(line).collect::<Vec<_>>().join("\n")
    }
}
