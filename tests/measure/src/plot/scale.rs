//! Where on an axis a value is, and which values are written beside it.

use super::{Panel, Scale};

/// A vertical axis: values from `low` to `high`, mapped to 0 to 1.
#[derive(Clone, PartialEq, Debug)]
pub struct Range {
    low: f64,
    high: f64,
    is_log: bool,
    /// The values that are written beside the axis.
    pub ticks: Vec<f64>,
}

impl Range {
    /// The axis that has room for everything in the panels.
    pub fn of<'a>(scale: Scale, panels: impl IntoIterator<Item = &'a Panel>) -> Range {
        let values = panels.into_iter().flat_map(|panel| panel.lines.iter().flatten().flatten());
        let ends: Vec<f64> = values.flat_map(|estimate| [estimate.low, estimate.high]).collect();
        let greatest = ends.iter().copied().fold(0.0, f64::max);
        match scale {
            Scale::UpTo(high) => Range::linear(high),
            Scale::Linear => Range::linear(greatest),
            Scale::Log => {
                // A difference of two times can come out below nothing; there is no place for it here.
                let least = ends.iter().copied().filter(|end| *end > 0.0).fold(f64::INFINITY, f64::min);
                Range::log(if least.is_finite() { least } else { 1.0 }, greatest.max(f64::MIN_POSITIVE))
            }
        }
    }

    fn linear(greatest: f64) -> Range {
        let rough = (if greatest > 0.0 { greatest } else { 1.0 }) / 4.0;
        let decade = 10f64.powf(rough.log10().floor());
        // A quarter of 100 is a step of its own, so that percents end at 100.
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * decade).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(10.0 * decade);
        let steps = (greatest / step).ceil().max(1.0) as usize;
        let ticks: Vec<f64> = (0..=steps).map(|n| n as f64 * step).collect();
        Range { low: 0.0, high: steps as f64 * step, is_log: false, ticks }
    }

    fn log(least: f64, greatest: f64) -> Range {
        const MANTISSAS: [f64; 3] = [1.0, 2.0, 5.0];
        let decades = (least.log10().floor() as i32)..=(greatest.log10().ceil() as i32);
        let round: Vec<f64> = decades.flat_map(|decade| MANTISSAS.map(|m| m * 10f64.powi(decade))).collect();
        let low = round.iter().copied().filter(|round| *round <= least).fold(0.0, f64::max);
        let low = if low > 0.0 { low } else { least };
        let high =
            round.iter().copied().find(|round| *round >= greatest && *round > low).unwrap_or(greatest.max(low * 10.0));
        let spans = (high / low).log10();
        // Beyond two decades the powers of ten are enough.
        let is_written = |tick: &f64| {
            let exponent = tick.log10();
            (low..=high).contains(tick) && (spans <= 2.0 || (exponent - exponent.round()).abs() < 1e-9)
        };
        Range { low, high, is_log: true, ticks: round.into_iter().filter(is_written).collect() }
    }

    /// Where a value is, from 0 at the low end to 1 at the high end; what is beyond an end is at that end.
    pub fn place(&self, value: f64) -> f64 {
        let place = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }
}
