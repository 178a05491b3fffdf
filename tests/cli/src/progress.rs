//! How far long work has come, on the standard error of a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A bar for work in parts, of which there may be more later.
pub(super) fn bar(parts: usize) -> ProgressBar {
    styled(ProgressBar::new(parts as u64), "{elapsed_precise} [{bar:30}] {pos}/{len} {wide_msg}")
}

/// Work of which it is not known how much there is.
pub(super) fn spinner(message: String) -> ProgressBar {
    styled(ProgressBar::new_spinner(), "{elapsed_precise} {spinner} {wide_msg}").with_message(message)
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
