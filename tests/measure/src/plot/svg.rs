//! Draws a plot as one SVG file: no script, no font, nothing outside of it; light or dark as the reader prefers.

use super::scale::Range;
use super::{Figure, Form, Panel};
use std::fmt::Write;

/// The colours of the lines on light and on dark ground, told apart by colour-blind readers too; the marks differ as
/// well.
const COLOURS: [(&str, &str); 8] = [
    ("#c8420a", "#ff8a57"),
    ("#b3478c", "#ef94cc"),
    ("#a87400", "#f0b93a"),
    ("#6e6e6e", "#b5b5b5"),
    ("#2f93c9", "#7fd0ff"),
    ("#1a4fa3", "#7aa2ff"),
    ("#00805a", "#2fd3a0"),
    ("#5b3fb0", "#b79dff"),
];

/// The size of a panel, without what is written around it.
const PANEL: (f64, f64) = (300.0, 190.0);
/// Room beside and around a panel: left, top, right, bottom.
const AROUND: (f64, f64, f64, f64) = (64.0, 30.0, 14.0, 44.0);
/// Room for the title and the legend above all panels.
const TITLE: f64 = 30.0;
const LEGEND_ROW: f64 = 20.0;
const LEGEND_ITEM: f64 = 180.0;

/// The file.
pub fn draw(figure: &Figure) -> String {
    let columns = figure.columns.min(figure.panels.len()).max(1);
    let cell = (AROUND.0 + PANEL.0 + AROUND.2, AROUND.1 + PANEL.1 + AROUND.3);
    let width = cell.0 * columns as f64;
    let in_row = ((width - 20.0) / LEGEND_ITEM).floor().max(1.0) as usize;
    let top = TITLE + figure.legend.len().div_ceil(in_row) as f64 * LEGEND_ROW + 8.0;
    let height = top + cell.1 * figure.panels.len().div_ceil(columns) as f64;
    let mut svg = Svg(String::new());
    svg.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}""#,
    ));
    svg.line(format_args!(r#"height="{height:.0}" role="img" aria-label="{}">"#, escaped(&figure.title)));
    svg.style();
    svg.line(format_args!(r#"<rect class="ground" width="100%" height="100%"/>"#));
    svg.line(format_args!(
        r#"<text class="title" x="14" y="21">{} <tspan class="note">({})</tspan></text>"#,
        escaped(&figure.title),
        escaped(&figure.note)
    ));
    for (at, (name, form)) in figure.legend.iter().enumerate() {
        let (x, y) = (20.0 + (at % in_row) as f64 * LEGEND_ITEM, TITLE + (at / in_row) as f64 * LEGEND_ROW + 10.0);
        match figure.form {
            Form::Lines => {
                svg.line(format_args!(r#"<path class="l c{form}" d="M{x:.1} {y:.1}h22"/>"#));
                svg.mark(*form, x + 11.0, y);
            }
            Form::Bars => {
                svg.line(format_args!(
                    r#"<rect class="f{form}" x="{x:.1}" y="{:.1}" width="22" height="10"/>"#,
                    y - 5.0
                ));
            }
        }
        svg.line(format_args!(r#"<text x="{:.1}" y="{:.1}">{}</text>"#, x + 28.0, y + 4.0, escaped(name)));
    }
    let common = Range::of(figure.scale, &figure.panels);
    for (at, panel) in figure.panels.iter().enumerate() {
        let left = AROUND.0 + (at % columns) as f64 * cell.0;
        let above = top + AROUND.1 + (at / columns) as f64 * cell.1;
        let own = (!figure.is_shared).then(|| Range::of(figure.scale, [panel]));
        svg.panel(figure, panel, own.as_ref().unwrap_or(&common), (left, above));
    }
    svg.line(format_args!("</svg>"));
    svg.0
}

struct Svg(String);

impl Svg {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.0.write_fmt(line);
        self.0.push('\n');
    }

    fn style(&mut self) {
        self.line(format_args!("<style>"));
        self.line(format_args!(
            "text{{font:12px system-ui,sans-serif;fill:#222}}.title{{font-size:15px;font-weight:600}}"
        ));
        self.line(format_args!(
            ".note{{font-size:12px;font-weight:400}}.head{{font-weight:600}}.tiny{{font-size:9px}}"
        ));
        self.line(format_args!(".end{{text-anchor:end}}.mid{{text-anchor:middle}}"));
        self.line(format_args!(
            ".ground{{fill:#fff}}.frame{{fill:none;stroke:#888}}.grid{{stroke:#ddd}}.shade{{fill:#0001}}"
        ));
        self.line(format_args!(".l{{fill:none;stroke-width:1.8}}.w{{stroke-width:1.2}}"));
        let colours = |svg: &mut Svg, of: fn(&(&'static str, &'static str)) -> &'static str| {
            for (form, pair) in COLOURS.iter().enumerate() {
                let colour = of(pair);
                svg.line(format_args!(".c{form}{{stroke:{colour}}}.f{form}{{fill:{colour};stroke:none}}"));
            }
        };
        colours(self, |pair| pair.0);
        self.line(format_args!("@media (prefers-color-scheme:dark){{"));
        self.line(format_args!(
            "text{{fill:#ddd}}.ground{{fill:#16181c}}.frame{{stroke:#777}}.grid{{stroke:#33373d}}.shade{{fill:#fff1}}"
        ));
        colours(self, |pair| pair.1);
        self.line(format_args!("}}"));
        self.line(format_args!("</style>"));
    }

    /// The mark of a line at a point: each line has a shape of its own.
    fn mark(&mut self, form: usize, x: f64, y: f64) {
        let shape = match form % 4 {
            0 => format!(r#"<circle class="f{form}" cx="{x:.1}" cy="{y:.1}" r="3.6"/>"#),
            1 => format!(r#"<rect class="f{form}" x="{:.1}" y="{:.1}" width="6.6" height="6.6"/>"#, x - 3.3, y - 3.3),
            2 => format!(r#"<path class="f{form}" d="M{x:.1} {:.1}l4.2 7.6h-8.4z"/>"#, y - 4.6),
            _ => format!(r#"<path class="f{form}" d="M{x:.1} {:.1}l4.6 4.6l-4.6 4.6l-4.6 -4.6z"/>"#, y - 4.6),
        };
        self.line(format_args!("{shape}"));
    }

    fn panel(&mut self, figure: &Figure, panel: &Panel, range: &Range, (left, above): (f64, f64)) {
        let (width, height) = PANEL;
        let below = above + height;
        let places = places(figure, left);
        if let Some(&from) = panel.shaded_from.and_then(|tick| places.get(tick)) {
            let edge = panel.shaded_from.filter(|tick| *tick > 0).map_or(left, |tick| (places[tick - 1] + from) / 2.0);
            self.line(format_args!(
                r#"<rect class="shade" x="{edge:.1}" y="{above:.1}" width="{:.1}" height="{height}"/>"#,
                left + width - edge
            ));
        }
        self.line(format_args!(
            r#"<text class="head" x="{left:.1}" y="{:.1}">{}</text>"#,
            above - 8.0,
            escaped(&panel.title)
        ));
        for &tick in &range.ticks {
            let y = below - range.place(tick) * height;
            self.line(format_args!(r#"<path class="grid" d="M{left:.1} {y:.1}h{width}"/>"#));
            self.line(format_args!(
                r#"<text class="end" x="{:.1}" y="{:.1}">{}</text>"#,
                left - 6.0,
                y + 4.0,
                written(tick)
            ));
        }
        self.line(format_args!(
            r#"<rect class="frame" x="{left:.1}" y="{above:.1}" width="{width}" height="{height}"/>"#
        ));
        for (x, (_, name)) in places.iter().zip(&figure.x.ticks) {
            self.line(format_args!(r#"<text class="mid" x="{x:.1}" y="{:.1}">{}</text>"#, below + 16.0, escaped(name)));
        }
        self.line(format_args!(
            r#"<text class="mid" x="{:.1}" y="{:.1}">{}</text>"#,
            left + width / 2.0,
            below + 33.0,
            escaped(&figure.x.label)
        ));
        let (x, y) = (left - 50.0, above + height / 2.0);
        self.line(format_args!(
            r#"<text class="mid" transform="translate({x:.1} {y:.1}) rotate(-90)">{}</text>"#,
            escaped(&figure.y)
        ));
        for (at, line) in panel.lines.iter().enumerate() {
            let form = figure.legend[at].1 % COLOURS.len();
            match figure.form {
                Form::Lines => self.points(line, form, range, &nudged(&places, at, panel.lines.len()), below),
                Form::Bars => self.bars(line, form, range, &places, (at, panel.lines.len()), below),
            }
        }
    }

    fn points(&mut self, line: &[Option<super::Estimate>], form: usize, range: &Range, places: &[f64], below: f64) {
        let height = |value: f64| below - range.place(value) * PANEL.1;
        let there: Vec<_> = places.iter().zip(line).filter_map(|(x, point)| Some((*x, (*point)?))).collect();
        let path: Vec<_> = there.iter().map(|(x, point)| format!("{x:.1} {:.1}", height(point.value))).collect();
        self.line(format_args!(r#"<path class="l c{form}" d="M{}"/>"#, path.join("L")));
        for (x, point) in there {
            let (low, high) = (height(point.low), height(point.high));
            self.line(format_args!(r#"<path class="w c{form}" d="M{x:.1} {low:.1}V{high:.1}"/>"#));
            self.mark(form, x, height(point.value));
        }
    }

    fn bars(
        &mut self,
        line: &[Option<super::Estimate>],
        form: usize,
        range: &Range,
        places: &[f64],
        (at, of): (usize, usize),
        below: f64,
    ) {
        let group = PANEL.0 / places.len() as f64 * 0.84;
        let width = group / of as f64;
        for (x, bar) in places.iter().zip(line) {
            let Some(bar) = bar else { continue };
            let height = range.place(bar.value) * PANEL.1;
            let left = x - group / 2.0 + at as f64 * width;
            self.line(format_args!(
                r#"<rect class="f{form}" x="{left:.1}" y="{:.1}" width="{:.1}" height="{height:.1}"/>"#,
                below - height,
                width - 1.0
            ));
            // A bar without height would look like a design that was left out.
            if bar.value == 0.0 {
                self.line(format_args!(
                    r#"<text class="mid tiny" x="{:.1}" y="{:.1}">0</text>"#,
                    left + (width - 1.0) / 2.0,
                    below - 2.0
                ));
            }
        }
    }
}

/// Where the ticks of the horizontal axis are.
fn places(figure: &Figure, left: f64) -> Vec<f64> {
    let ticks = &figure.x.ticks;
    let margin = match figure.form {
        Form::Lines => 16.0,
        Form::Bars => PANEL.0 / ticks.len() as f64 / 2.0,
    };
    let (first, last) = (ticks.first().map_or(0.0, |t| t.0), ticks.last().map_or(1.0, |t| t.0));
    let span = if last > first { last - first } else { 1.0 };
    ticks.iter().map(|(at, _)| left + margin + (at - first) / span * (PANEL.0 - 2.0 * margin)).collect()
}

/// The places moved a little for each line, so that intervals do not lie on each other.
fn nudged(places: &[f64], at: usize, of: usize) -> Vec<f64> {
    let nudge = (at as f64 - (of as f64 - 1.0) / 2.0) * 2.4;
    places.iter().map(|x| x + nudge).collect()
}

/// A number beside an axis.
fn written(number: f64) -> String {
    let (scaled, unit) = if number >= 1e6 {
        (number / 1e6, "M")
    } else if number >= 1e4 {
        (number / 1e3, "k")
    } else {
        (number, "")
    };
    // Ticks are round numbers; what a binary fraction adds at the end is cut.
    format!("{}{unit}", (scaled * 1e6).round() / 1e6)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
