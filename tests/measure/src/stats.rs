//! Statistics of repeated measurements.
//!
//! The figure is the *median*: what else runs on the machine makes single samples slower, never faster, and the median
//! does not care how much slower. Its uncertainty is a bootstrap: the samples are drawn anew from themselves, with
//! replacement, many times, and the 95% interval is where the medians of those draws lie (Efron's percentile
//! interval). It assumes nothing about the shape of the noise. The draws start from a fixed seed, so the same samples
//! give the same interval. What the interval cannot show is a bias that all samples share; see
//! [`sampler`](super::sampler) for what is done about that.

use contextvars_check::generate::{Seeded, Source};
use serde::Serialize;

/// How often the samples are drawn anew.
const RESAMPLES: usize = 1000;
const SEED: u64 = 1;

/// A figure with its 95% confidence interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What some samples say.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// The median.
    pub median: Estimate,
    /// How many samples there are.
    pub samples: usize,
    /// How many lie more than one and a half times the interquartile range beyond the quartiles (Tukey's fences). They
    /// are counted, not left out.
    pub outliers: usize,
}

/// The summary of samples, of which there is at least one.
pub fn summarize(samples: &[f64]) -> Summary {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (lower, upper) = (quantile(&sorted, 0.25), quantile(&sorted, 0.75));
    let reach = 1.5 * (upper - lower);
    let is_out = |&&sample: &&f64| sample < lower - reach || sample > upper + reach;
    let median = bootstrap(samples.len(), |drawn| median(drawn.iter().map(|&at| samples[at])));
    Summary { median, samples: samples.len(), outliers: samples.iter().filter(is_out).count() }
}

/// The quotient of two medians. Sample *n* of both was taken in the same round, so what slowed that round slowed both:
/// rounds are drawn, not samples.
pub fn quotient(over: &[f64], under: &[f64]) -> Estimate {
    assert_eq!(over.len(), under.len(), "both were sampled in the same rounds");
    bootstrap(over.len(), |drawn| median(drawn.iter().map(|&at| over[at])) / median(drawn.iter().map(|&at| under[at])))
}

/// A statistic of samples that are given by their places, with the interval of its redrawn values.
fn bootstrap(samples: usize, statistic: impl Fn(&[usize]) -> f64) -> Estimate {
    let mut random = Seeded::new(SEED);
    let mut drawn: Vec<usize> = (0..samples).collect();
    let value = statistic(&drawn);
    let mut redrawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            drawn.iter_mut().for_each(|at| *at = random.below(samples as u32) as usize);
            statistic(&drawn)
        })
        .collect();
    redrawn.sort_by(f64::total_cmp);
    Estimate { value, low: quantile(&redrawn, 0.025), high: quantile(&redrawn, 0.975) }
}

/// The median: of an even number, the mean of the two in the middle.
fn median(samples: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = samples.collect();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

/// The value below which this part of the sorted samples lies, interpolated between neighbours.
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let at = part * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * (at - at.floor())
}

/// Whether a figure is at least as large as wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is.
    Met,
    /// The whole interval is not.
    Missed,
    /// The interval has both.
    Open,
}

impl Estimate {
    /// Whether the figure is at least `wanted`, as far as the interval tells.
    pub fn is_at_least(&self, wanted: f64) -> Verdict {
        match (self.low >= wanted, self.high >= wanted) {
            (true, _) => Verdict::Met,
            (false, true) => Verdict::Open,
            (false, false) => Verdict::Missed,
        }
    }
}
