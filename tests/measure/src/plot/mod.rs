//! Plots: what is shown, apart from how it is drawn. [`svg`] draws.

pub mod scale;
pub mod svg;

use super::stats::Estimate;

/// A plot: panels in a grid, with one legend for all.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is shown.
    pub title: String,
    /// How it was found, in a few words.
    pub note: String,
    /// The name of each line, and which of the forms it is drawn in.
    pub legend: Vec<(String, usize)>,
    /// The axis that all panels have in common.
    pub x: Axis,
    /// What is on the other axis: its unit.
    pub y: String,
    /// How the other axis is divided.
    pub scale: Scale,
    /// Whether it has the same range in all panels, so that they can be compared with each other.
    pub is_shared: bool,
    /// Lines or bars.
    pub form: Form,
    /// Panels beside each other.
    pub columns: usize,
    /// The panels.
    pub panels: Vec<Panel>,
}

/// A horizontal axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows.
    pub label: String,
    /// Where its points are, and what each is called.
    pub ticks: Vec<(f64, String)>,
}

/// How a vertical axis is divided.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scale {
    /// By decades.
    Log,
    /// From 0 to the greatest value.
    Linear,
    /// From 0 to this.
    UpTo(f64),
}

/// How values are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A point for each value, with its interval, and a line through them.
    Lines,
    /// Groups of bars.
    Bars,
}

/// One panel.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is shown in this one.
    pub title: String,
    /// The values of each line, one for each tick, as far as there are any.
    pub lines: Vec<Vec<Option<Estimate>>>,
    /// The tick from which on the panel is shaded.
    pub shaded_from: Option<usize>,
}
