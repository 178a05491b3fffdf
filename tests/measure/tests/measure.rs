//! The measurement of `ctxcheck bench`: its statistics, its counts and its plots. Nothing here depends on how
//! long anything takes.

use contextvars_check::designs::DESIGNS;
use contextvars_check::generate::{Seeded, Source};
use contextvars_measure::plot::{Axis, Figure, Form, Panel, Scale, svg};
use contextvars_measure::question::hit_rate;
use contextvars_measure::sampler::{self, Effort, Task};
use contextvars_measure::stats::{self, Estimate, Verdict};
use contextvars_measure::subject::Program;
use contextvars_measure::subject::SUBJECTS;
use contextvars_measure::subject::access_patterns::{AccessPattern, Players, READS};
use contextvars_measure::subject::counted::Tally;
use contextvars_measure::subject::team::Team;
use contextvars_measure::throughput;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

// --------------------------------------------------------------------------------------- statistics

/// Uniform numbers from 0 to 1.
fn uniform(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Seeded::new(seed);
    (0..count).map(|_| f64::from(random.below(1 << 30)) / f64::from(1 << 30)).collect()
}

fn covers(estimate: &Estimate, value: f64) -> bool {
    (estimate.low..=estimate.high).contains(&value)
}

#[test]
fn medians_of_known_samples() {
    assert_eq!(stats::summarize(&[3.0, 1.0, 2.0]).median.value, 2.0);
    assert_eq!(stats::summarize(&[4.0, 1.0, 2.0, 3.0]).median.value, 2.5);
    let lone = stats::summarize(&[7.0]).median;
    assert_eq!((lone.low, lone.value, lone.high), (7.0, 7.0, 7.0));
    assert_eq!(stats::quantile(&[0.0, 10.0], 0.25), 2.5);
}

/// Of a thousand sets of samples with a known median, about 950 intervals have it. An interval of half the width, which
/// is the negative control, has it far less often.
#[test]
fn the_interval_covers_the_true_median_as_often_as_it_says() {
    let sets = 1000;
    let (mut covered, mut by_half) = (0, 0);
    for set in 0..sets {
        let median = stats::summarize(&uniform(1 + set, 41)).median;
        covered += u32::from(covers(&median, 0.5));
        let halved =
            Estimate { low: (median.low + median.value) / 2.0, high: (median.high + median.value) / 2.0, ..median };
        by_half += u32::from(covers(&halved, 0.5));
    }
    assert!((920..=975).contains(&covered), "{covered} of {sets}");
    assert!(by_half < 800, "{by_half} of {sets}: half of the interval would do, so the test shows nothing");
}

#[test]
fn more_samples_make_the_interval_narrower() {
    let width = |count| {
        let median = stats::summarize(&uniform(5, count)).median;
        median.high - median.low
    };
    assert!(width(400) < 0.7 * width(100), "{} and {}", width(400), width(100));
    assert_eq!(stats::summarize(&uniform(5, 100)), stats::summarize(&uniform(5, 100)), "the draws are fixed");
}

#[test]
fn outliers_are_counted_and_do_not_move_the_median() {
    let mut samples = vec![10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6];
    assert_eq!(stats::summarize(&samples).outliers, 0);
    samples.extend([500.0, 0.1]);
    let summary = stats::summarize(&samples);
    assert_eq!((summary.outliers, summary.samples, summary.median.value), (2, 9, 10.3));
}

#[test]
fn a_disturbance_of_a_round_does_not_touch_a_quotient() {
    let disturbed: Vec<f64> = uniform(3, 60).iter().map(|noise| 1.0 + noise).collect();
    let doubled: Vec<f64> = disturbed.iter().map(|sample| 2.0 * sample).collect();
    let paired = stats::quotient(&doubled, &disturbed);
    assert!((paired.low - 2.0).abs() < 1e-9 && (paired.high - 2.0).abs() < 1e-9, "{paired:?}");
    // The negative control: the same samples, taken in other rounds.
    let mut elsewhere = disturbed.clone();
    elsewhere.reverse();
    let unpaired = stats::quotient(&doubled, &elsewhere);
    assert!(unpaired.high - unpaired.low > 0.1, "{unpaired:?}");
}

#[test]
fn a_figure_is_judged_with_its_interval() {
    let figure = |low, high| Estimate { value: (low + high) / 2.0, low, high };
    assert_eq!(figure(1.5, 1.7).is_at_least(1.5), Verdict::Met);
    assert_eq!(figure(1.4, 1.7).is_at_least(1.5), Verdict::Open);
    assert_eq!(figure(1.2, 1.4).is_at_least(1.5), Verdict::Missed);
}

// ----------------------------------------------------------------------------------------- sampling

#[test]
fn every_loop_gets_as_many_samples_as_its_neighbour() {
    let effort = Effort { passes: 1, rounds: 7, sample: Duration::from_micros(50) };
    let busy = || -> Program { Box::new(|iterations| (0..iterations).for_each(|n| _ = std::hint::black_box(n))) };
    let task = |minus| Task { program: busy(), minus, operations: 1 };
    let mut samples = vec![Vec::new(); 3];
    sampler::pass(&mut [task(None), task(Some(busy())), task(None)], &effort, &mut samples);
    sampler::pass(&mut [task(None), task(None), task(None)], &effort, &mut samples);
    assert!(samples.iter().all(|samples| samples.len() == 14), "{samples:?}");
    assert!(samples.iter().flatten().all(|sample| sample.is_finite()));
}

#[test]
fn a_loop_that_does_nothing_is_given_up() {
    let effort = Effort { passes: 1, rounds: 1, sample: Duration::from_secs(1) };
    let mut samples = vec![Vec::new()];
    sampler::pass(&mut [Task { program: Box::new(drop), minus: None, operations: 1 }], &effort, &mut samples);
    assert_eq!(samples[0].len(), 1);
}

#[test]
fn effort_grows_with_the_time_there_is() {
    let (little, much) = (Effort::fitting(1.0, 245), Effort::fitting(600.0, 245));
    assert!(little.sample < much.sample && little.rounds <= much.rounds, "{little:?}, {much:?}");
    assert!(little.rounds >= 3 && much.sample <= Duration::from_millis(2));
}

#[test]
fn every_member_of_a_crowd_works() {
    struct Members(Vec<AtomicUsize>);
    struct Member(&'static Members);
    impl Team for Member {
        fn worker(&self, index: usize) -> Program {
            let members = self.0;
            Box::new(move |operations| {
                // Relaxed: read after the threads were joined.
                members.0[index].fetch_add(operations as usize, Ordering::Relaxed);
            })
        }
    }
    let members: &'static Members = Box::leak(Box::new(Members((0..4).map(|_| AtomicUsize::new(0)).collect())));
    let rate = throughput::of(&Member(members), 3, Duration::from_millis(5));
    // Relaxed: the threads were joined.
    let done: Vec<usize> = members.0.iter().map(|done| done.load(Ordering::Relaxed)).collect();
    assert!(done[..3].iter().all(|done| *done > 0) && done[3] == 0, "{done:?}");
    assert!(rate > 0.0);
}

// ---------------------------------------------------------------------------------------- hit rates

#[test]
fn every_design_is_measured() {
    let names = |subject: &contextvars_measure::subject::SystemUnderTest| subject.name;
    let designs: Vec<&str> = DESIGNS.iter().map(|entry| entry.name).collect();
    assert_eq!(SUBJECTS.iter().map(names).collect::<Vec<_>>(), designs);
}

fn misses(design: &str, players: Players, variables: usize) -> Vec<u64> {
    let subject = SUBJECTS.iter().find(|subject| subject.name == design).expect("it is listed");
    let all = (hit_rate::PLAYERS * READS) as u64;
    let of = |slice| {
        let tally = subject.meter.turns(AccessPattern { players, count: hit_rate::PLAYERS, slice, variables });
        assert_eq!(tally.hits + tally.misses, all, "{design}: every read looks once");
        // All players are alike.
        assert_eq!(tally.misses % hit_rate::PLAYERS as u64, 0, "{design}, turns of {slice}: {tally:?}");
        tally.misses / hit_rate::PLAYERS as u64
    };
    hit_rate::SLICES.map(of).to_vec()
}

/// A player reads 10,000 times, in 1, 10, 100, 1000 or 10,000 turns.
#[test]
fn hits_and_misses_of_turns_are_what_reasoning_gives() {
    assert_eq!((READS, hit_rate::SLICES), (10_000, [10_000, 1000, 100, 10, 1]));
    // Without a cache nothing hits.
    for (players, variables) in [(Players::Threads, 1), (Players::Threads, 16), (Players::Tasks, 16)] {
        assert_eq!(misses("uncached", players, variables), [10_000; 5]);
    }
    // The variable has one entry, and between two turns of a player the others wrote it. So the first read of each
    // variable in a turn misses: one in a turn with one variable; with 16, all 16 in a long turn, and every read of a
    // turn of 10 or of 1, since it reads no variable twice.
    for design in ["shared-racy", "locked", "slot-array-as-sketched", "slot-array"] {
        assert_eq!(misses(design, Players::Threads, 1), [1, 10, 100, 1000, 10_000], "{design}");
        assert_eq!(misses(design, Players::Threads, 16), [16, 160, 1600, 10_000, 10_000], "{design}");
    }
    // A thread has entries of its own, so only the first read of each variable misses, however finely turns interleave.
    for design in ["per-thread", "thread-registered"] {
        assert_eq!(misses(design, Players::Threads, 1), [1; 5], "{design}");
        assert_eq!(misses(design, Players::Threads, 16), [16; 5], "{design}");
    }
    // A task's context is entered anew in each turn, and no design keeps what it knew of it.
    for design in SUBJECTS.iter().map(|subject| subject.name).filter(|name| *name != "uncached") {
        assert_eq!(misses(design, Players::Tasks, 1), [1, 10, 100, 1000, 10_000], "{design}");
        assert_eq!(misses(design, Players::Tasks, 16), [16, 160, 1600, 10_000, 10_000], "{design}");
    }
}

#[test]
fn warm_gets_hit_as_long_as_there_is_room_and_cold_ones_never() {
    let tally = |hits, misses| Tally { hits, misses };
    for subject in SUBJECTS {
        // Four rounds of gets. A table of 64 entries holds 64 variables, and of 1024, read round robin, none.
        let (small, large) = match subject.name {
            "uncached" => (tally(0, 256), tally(0, 4096)),
            "per-thread" => (tally(256, 0), tally(0, 4096)),
            _ => (tally(256, 0), tally(4096, 0)),
        };
        assert_eq!(subject.meter.warm_tally(64), small, "{}", subject.name);
        assert_eq!(subject.meter.warm_tally(1024), large, "{}", subject.name);
        assert_eq!(subject.meter.cold_tally(64), tally(0, 256), "{}", subject.name);
    }
}

// -------------------------------------------------------------------------------------------- plots

fn figure(form: Form, scale: Scale) -> Figure {
    let point = |value: f64| Some(Estimate { value, low: 0.9 * value, high: 1.2 * value });
    Figure {
        title: "A <plot> & more".into(),
        note: "fixed numbers".into(),
        legend: vec![("first".into(), 0), ("third".into(), 2)],
        x: Axis { label: "variables".into(), ticks: vec![(0.0, "1".into()), (2.0, "4".into()), (4.0, "16".into())] },
        y: "ns".into(),
        scale,
        is_shared: form == Form::Bars,
        form,
        columns: 2,
        panels: vec![
            Panel {
                title: "one".into(),
                lines: vec![vec![point(5.0), point(50.0), point(500.0)], vec![point(7.0), None, point(70.0)]],
                shaded_from: Some(2),
            },
            Panel {
                title: "two".into(),
                lines: vec![vec![point(0.0), point(25.0), point(100.0)], vec![point(1.0); 3]],
                shaded_from: None,
            },
        ],
    }
}

/// A plot is compared with its pinned form. A wanted change is pinned by copying the file that the failure names.
fn is_pinned(name: &str, text: &str) {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if fs::read_to_string(&pinned).ok().as_deref() != Some(text) {
        let now = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&now, text).expect("the directory for such files is writable");
        panic!("{} is not what is drawn now; that is in {}", pinned.display(), now.display());
    }
}

#[test]
fn plots_are_drawn_as_pinned() {
    is_pinned("lines.svg", &svg::draw(&figure(Form::Lines, Scale::Log)));
    is_pinned("bars.svg", &svg::draw(&figure(Form::Bars, Scale::UpTo(100.0))));
}

#[test]
fn a_plot_needs_nothing_else_and_is_escaped() {
    let text = svg::draw(&figure(Form::Bars, Scale::Linear));
    assert!(text.contains("A &lt;plot&gt; &amp; more") && !text.contains("<plot>"));
    assert!(text.contains("prefers-color-scheme:dark"));
    for foreign in ["<script", "href", "url(", "@import", "NaN", "inf"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
}
