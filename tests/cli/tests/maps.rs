//! MAP-1 on the command line: it is of no design, and is asked for by its name, its engine, or a map.

use contextvars_check::analysis::results::{Expectation, Found, Results};
use contextvars_check::rendering::json;
use contextvars_check_maps::faults::FAULTY_MAPS;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the directory for such files is writable");
    folder
}

fn ctxcheck(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctxcheck"));
    command.args(arguments.split_whitespace()).current_dir(folder).output().expect("it can be started")
}

/// The status and what was printed.
fn said(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn results(folder: &Path) -> Results {
    let text = fs::read_to_string(folder.join("results.json")).expect("it was written");
    json::read(&text).expect("it is a results file")
}

const LINE: &str = "MAP-1, by programs of map operations: hamt ok 200";

#[test]
fn the_map_is_checked_alone_by_the_name_of_its_property_its_engine_or_its_own() {
    let folder = folder("map-alone");
    for asked in ["--property MAP-1", "--property map-1 --engine maps", "--engine maps", "--design hamt"] {
        let (status, text) = said(&ctxcheck(&folder, &format!("check {asked} --budget 0.2s")));
        assert_eq!(status, Some(0), "{text}");
        assert!(text.lines().any(|line| line == LINE) && !text.contains("per-thread"), "{asked}: {text}");
    }
}

#[test]
fn the_map_is_one_line_of_a_run_of_designs_and_stands_in_its_reports() {
    let folder = folder("map-beside");
    let run = "check --engine sequential --engine maps --budget 2s --json results.json --html first.html --junit 1.xml";
    let (_, text) = said(&ctxcheck(&folder, run));
    assert_eq!(text.lines().filter(|line| line.contains("MAP-1")).count(), 1, "{text}");
    assert!(text.contains("hamt ok 40\n") && text.contains("\nper-thread"), "{text}");
    let results = results(&folder);
    let [map] = &results.maps[..] else { panic!("one map: {:?}", results.maps) };
    assert_eq!((map.cells[0].outcome, map.cells[0].executions), (Found::Ok, 40));
    assert!(results.designs.iter().flat_map(|design| &design.cells).all(|cell| cell.property != "MAP-1"));
    let (status, text) = said(&ctxcheck(&folder, "report results.json --html second.html --junit 2.xml"));
    assert_eq!(status, Some(0), "{text}");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it was written");
    assert!(read("first.html") == read("second.html") && read("1.xml") == read("2.xml"));
    assert!(read("1.xml").contains("<testcase classname=\"hamt\" name=\"MAP-1\">"), "{}", read("1.xml"));
    // A run that asks for something else leaves it out.
    let (_, text) = said(&ctxcheck(&folder, "check --design per-thread --engine sequential --budget 0.2s"));
    assert!(!text.contains("MAP-1"), "{text}");
}

#[test]
fn every_fault_of_the_map_is_found_and_told_and_one_that_is_missed_is_no_success() {
    let folder = folder("map-faults");
    let (status, text) = said(&ctxcheck(&folder, "bugs --property MAP-1 --budget 36s --json results.json"));
    assert_eq!(status, Some(0), "{text}");
    // The line on the maps is wrapped at the width of the terminal.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = results(&folder);
    assert_eq!(found.maps.len(), FAULTY_MAPS.len());
    for map in &found.maps {
        let cell = &map.cells[0];
        assert_eq!((cell.expectation, cell.outcome), (Expectation::Refuted, Found::Refuted), "{}", map.name);
        assert!(text.contains(&format!("{} refuted @{}", map.name, cell.executions)), "{text}");
        let story = cell.story.as_ref().expect("it is told");
        assert!(story.sentence.starts_with("MAP-1 is refuted: ") && story.text.starts_with("map "), "{story:?}");
    }
    // One program for each is not enough.
    let (status, text) = said(&ctxcheck(&folder, "bugs --property MAP-1 --budget 0.01s --json results.json"));
    assert!(status == Some(1) && text.contains("NOT AS EXPECTED: "), "{text}");
    let missed = "late-promotion: MAP-1 is known to be refuted, and no counterexample was found";
    assert!(results(&folder).surprises.iter().any(|surprise| surprise == missed), "{text}");
}

/// A fault that takes hundreds of programs is found in the part of a budget that it gets beside designs.
#[test]
fn a_map_with_a_rare_fault_is_found_beside_designs_in_a_budget_of_ten_seconds() {
    let folder = folder("map-rare");
    let run = "check --design leak --design hamt --design per-thread --property MAP-1 --property TOK-1 --engine maps \
               --engine sequential --budget 10s --json results.json";
    let (status, text) = said(&ctxcheck(&folder, run));
    assert_eq!(status, Some(0), "{text}");
    let outcomes: Vec<_> = results(&folder).maps.iter().map(|map| (map.name.clone(), map.cells[0].outcome)).collect();
    assert_eq!(outcomes, [("leak".to_string(), Found::Refuted), ("hamt".to_string(), Found::Ok)]);
}

#[test]
fn a_fault_of_the_map_is_explained_and_found_again_by_the_command_of_its_report() {
    let folder = folder("map-explained");
    let (status, text) = said(&ctxcheck(&folder, "explain map-1"));
    assert!(status == Some(0) && text.starts_with("## MAP-1"), "{text}");
    assert!(FAULTY_MAPS.iter().all(|map| text.contains(&format!("refuted for {}: ", map.name))), "{text}");
    for name in ["leak", "B12"] {
        let (status, text) = said(&ctxcheck(&folder, &format!("explain {name}")));
        assert!(status == Some(0) && text.contains("leak: ") && text.contains("catalogue: B12"), "{text}");
    }
    let again = |budget: &str| {
        let run = format!("check --design leak --budget {budget} --json results.json");
        let (status, text) = said(&ctxcheck(&folder, &run));
        assert_eq!(status, Some(0), "{text}");
        let results = results(&folder);
        let (design, story) = results.stories().next().expect("it is refuted");
        let command = results.again(design, story);
        let (_, arguments) = command.split_once("check ").expect("it checks again");
        (format!("check {arguments}"), story.clone())
    };
    let (command, story) = again("2s");
    assert_eq!(command, "check --design leak --property MAP-1 --engine maps --budget 2s --seed 1");
    let (status, text) = said(&ctxcheck(&folder, &format!("{command} --json results.json")));
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(results(&folder).stories().next().map(|(_, story)| story), Some(&story));
}

#[test]
fn what_does_not_judge_maps_is_refused_in_one_line() {
    let folder = folder("map-refused");
    for (asked, because) in [
        ("check --property MAP-1 --engine loom", "none of these engines judges MAP-1; maps would"),
        (
            "check --property LIN-1 --engine maps",
            "none of these engines judges LIN-1; sequential, shuttle, threads would",
        ),
        ("check --design leak --property ISO-1", "maps are judged by MAP-1 alone"),
    ] {
        let (status, text) = said(&ctxcheck(&folder, asked));
        assert_eq!((status, text.lines().count()), (Some(2), 1), "{asked}: {text}");
        assert!(text.contains(because), "{asked}: {text}");
    }
}
