//! Making a schedule smaller: fewer switches, then better places for them.
//!
//! A switch between two operations reads better than one inside an operation, and an earlier one better than a later
//! one.

use super::size::context_switches;
use crate::explore::shuttle::{Hunt, Switch, points_of, show};
use crate::scenario::Scenario;
use std::sync::Arc;

/// The switches of a schedule.
pub fn of(hunt: &Hunt, scenario: &Arc<Scenario>, schedule: &[u8]) -> Vec<Switch> {
    points_of(hunt.subject, scenario, schedule).into_iter().filter(|p| p.departs).map(|p| p.at).collect()
}

/// The fewest of these switches that still break the property, as far as leaving out leads.
pub fn fewest(hunt: &mut Hunt, scenario: &Arc<Scenario>, mut switches: Vec<Switch>) -> Vec<Switch> {
    let mut size = switches.len();
    while size > 0 && !hunt.is_over() {
        let without = |at: usize| {
            let kept = switches[..at].iter().chain(switches.get(at + size..).unwrap_or_default());
            kept.copied().collect::<Vec<Switch>>()
        };
        let lists: Vec<Vec<Switch>> = (0..switches.len()).step_by(size).map(without).collect();
        match hunt.by_switches(scenario, lists.clone()) {
            Some(found) => switches = lists[found].clone(),
            None => size /= 2,
        }
        size = size.min(switches.len());
    }
    switches
}

/// The same switches at better places: each as early as it can be, between operations rather than inside one, where
/// that does not take more changes of threads.
pub fn placed(hunt: &mut Hunt, scenario: &Arc<Scenario>, mut switches: Vec<Switch>) -> Vec<Switch> {
    for index in 0..switches.len() {
        let Some(shown) = show(hunt.subject, scenario, hunt.property, &switches) else { break };
        let changes = context_switches(&shown.evidence.trace);
        let now = switches[index];
        let quality = |switch: &Switch| (switch.step > 0, switch.operation, switch.step);
        let points = points_of(hunt.subject, scenario, &shown.evidence.schedule);
        let mut places: Vec<Switch> =
            points.iter().map(|point| point.at).filter(|at| at.thread == now.thread).collect();
        places.retain(|place| quality(place) < quality(&now));
        places.sort_by_key(quality);
        let list = |place: &Switch| {
            let mut list = switches.clone();
            list[index] = Switch { to: now.to, ..*place };
            list
        };
        let mut lists: Vec<Vec<Switch>> = places.iter().map(list).collect();
        while let Some(found) = hunt.by_switches(scenario, lists.clone()) {
            let better = lists.swap_remove(found);
            let shown = show(hunt.subject, scenario, hunt.property, &better);
            if shown.is_some_and(|shown| context_switches(&shown.evidence.trace) <= changes) {
                switches = better;
                break;
            }
            lists.drain(..found);
        }
    }
    switches
}

/// How hard a list of switches is to follow: changes of threads, switches, those inside operations; less is better. One
/// that does not break the property is no good at all.
pub fn cost(hunt: &Hunt, scenario: &Arc<Scenario>, switches: &[Switch]) -> [usize; 3] {
    let Some(shown) = show(hunt.subject, scenario, hunt.property, switches) else { return [usize::MAX; 3] };
    let inside = switches.iter().filter(|switch| switch.step > 0).count();
    [context_switches(&shown.evidence.trace), switches.len(), inside]
}
