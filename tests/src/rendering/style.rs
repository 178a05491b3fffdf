//! Styles of the terminal's own palette, which can be read on light and on dark. Text is always styled; whoever prints
//! it with `anstream` has the styles taken out where they are not wanted.

use anstyle::{AnsiColor, Style};

/// What is refuted.
pub const REFUTED: Style = AnsiColor::Red.on_default();
/// What holds.
pub const OK: Style = AnsiColor::Green.on_default();
/// What is unknown, and what contradicts.
pub const UNKNOWN: Style = AnsiColor::Yellow.on_default();
/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();

/// The text in a style.
pub fn styled(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// The text without styles.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
