//! How a fault could happen, read off the accesses: who came between which two steps.
//!
//! Tried in this order, for the operations that contradict each other: an operation reads one word twice and finds
//! different values; it reads a word and writes it in two steps, and somebody writes it in between; it finds words that
//! different threads have written side by side; it comes in the middle of another thread's operation. None of this is
//! evidence; it points at what to look at.

use super::object_names::{Object, Words, found, written};
use super::timeline::Timeline;
use crate::platform::trace::Access;
use crate::scenario::OpText;
use contextvars_model::ThreadId;

/// An access to something shared, inside an operation.
pub(super) struct Touch {
    /// The event: index into the trace.
    pub(super) at: usize,
    pub(super) thread: ThreadId,
    /// The operation: index into the timeline.
    pub(super) operation: usize,
    pub(super) object: Object,
    pub(super) access: Access,
}

/// A cause in words, and the operations that it is about.
pub(super) type Cause = (String, Vec<usize>);

/// The cause, for the operations that contradict each other.
pub(super) fn of(conflict: &[usize], timeline: &Timeline, touches: &[Touch], words: &Words) -> Option<Cause> {
    let look_at = |operation: usize, look: fn(&Scene<'_>) -> Option<Cause>| {
        let own: Vec<&Touch> = touches.iter().filter(|touch| touch.operation == operation).collect();
        look(&Scene { operation, own, touches, timeline, words })
    };
    let looks: [fn(&Scene<'_>) -> Option<Cause>; 4] = [read_twice, check_then_act, side_by_side, in_the_middle];
    let in_conflict = looks.iter().find_map(|look| conflict.iter().find_map(|&operation| look_at(operation, *look)));
    // What contradicts may show only later what went wrong before: then any operation that was disturbed will do.
    let anywhere = || (0..timeline.operations.len()).find_map(|operation| look_at(operation, check_then_act));
    in_conflict.or_else(anywhere)
}

/// Who holds which lock when the execution stops without an end.
pub(super) fn held_at_the_end(touches: &[Touch], words: &Words) -> Option<String> {
    let each = held(touches).into_iter();
    let each: Vec<_> = each.map(|(object, thread)| format!("{thread} has locked the {}", words.name(object))).collect();
    (!each.is_empty()).then(|| format!("{} and never unlocks it", each.join(" and ")))
}

/// The locks that are held at the end, and by whom.
pub(super) fn held(touches: &[Touch]) -> Vec<(Object, ThreadId)> {
    let mut held: Vec<(Object, ThreadId)> = Vec::new();
    for touch in touches {
        match touch.access {
            Access::Lock => held.push((touch.object, touch.thread)),
            Access::Unlock => held.retain(|(object, _)| *object != touch.object),
            _ => {}
        }
    }
    held
}

/// One operation among all that happened.
struct Scene<'a> {
    operation: usize,
    /// Its own accesses.
    own: Vec<&'a Touch>,
    touches: &'a [Touch],
    timeline: &'a Timeline,
    words: &'a Words,
}

impl Scene<'_> {
    fn thread(&self) -> ThreadId {
        self.timeline.operations[self.operation].thread
    }

    /// A write of another thread to the object between two events.
    fn intruder(&self, object: Object, after: usize, before: usize) -> Option<&Touch> {
        let wrote = |touch: &&Touch| touch.object == object && written(&touch.access).is_some();
        let between = |touch: &&Touch| touch.at > after && touch.at < before && touch.thread != self.thread();
        self.touches.iter().filter(between).rfind(wrote)
    }

    fn op(&self, operation: usize) -> String {
        OpText(&self.timeline.operations[operation].op).to_string()
    }
}

fn read_twice(scene: &Scene<'_>) -> Option<Cause> {
    scene.own.iter().enumerate().find_map(|(index, first)| {
        let before = found(&first.access)?;
        let again = |touch: &&&Touch| touch.object == first.object && found(&touch.access).is_some();
        let second = scene.own[index + 1..].iter().find(again)?;
        let after = found(&second.access).filter(|after| *after != before)?;
        let intruder = scene.intruder(first.object, first.at, second.at)?;
        let (name, value) = (scene.words.name(first.object), |value| scene.words.value(first.object, value));
        let (thread, other) = (scene.thread(), intruder.thread);
        let text = format!(
            "{thread} reads the {name} twice, and between the two {other} changes it from {} to {}",
            value(before),
            value(after)
        );
        Some((text, vec![scene.operation, intruder.operation]))
    })
}

fn check_then_act(scene: &Scene<'_>) -> Option<Cause> {
    scene.own.iter().enumerate().find_map(|(index, check)| {
        let seen = found(&check.access).filter(|_| written(&check.access).is_none())?;
        let act = |touch: &&&Touch| touch.object == check.object && written(&touch.access).is_some();
        let act = scene.own[index + 1..].iter().find(act)?;
        let intruder = scene.intruder(check.object, check.at, act.at)?;
        let (name, value) = (scene.words.name(check.object), |value| scene.words.value(check.object, value));
        let text = format!(
            "{} reads the {name} ({}) and writes it in two steps, and between the two {} writes it ({})",
            scene.thread(),
            value(seen),
            intruder.thread,
            value(written(&intruder.access)?)
        );
        Some((text, vec![scene.operation, intruder.operation]))
    })
}

fn side_by_side(scene: &Scene<'_>) -> Option<Cause> {
    // What it found in each word at last, and who had written that.
    let mut seen: Vec<(Object, &Touch)> = Vec::new();
    for touch in scene.own.iter().filter(|touch| found(&touch.access).is_some()) {
        let wrote = |t: &&Touch| t.at < touch.at && t.object == touch.object && written(&t.access).is_some();
        let Some(writer) = scene.touches.iter().rfind(wrote) else { continue };
        seen.retain(|(object, _)| *object != touch.object);
        seen.push((touch.object, writer));
    }
    let mut writers: Vec<ThreadId> = seen.iter().map(|(_, writer)| writer.thread).collect();
    writers.sort_unstable();
    writers.dedup();
    if writers.len() < 2 {
        return None;
    }
    // The last one first: it is what the others were trusted to belong to.
    let last = seen.last().map(|(_, writer)| writer.thread)?;
    writers.sort_by_key(|writer| (*writer != last, *writer));
    let of = |writer: &ThreadId| {
        let names = seen.iter().filter(|(_, touch)| touch.thread == *writer).map(|(o, _)| scene.words.name(*o));
        format!("the {} that {writer} wrote", names.collect::<Vec<_>>().join(" and the "))
    };
    let each: Vec<String> = writers.iter().map(of).collect();
    let text = format!("{} finds {}: they are written in separate steps", scene.thread(), each.join(" beside "));
    let others = seen.iter().map(|(_, writer)| writer.operation).filter(|other| *other != scene.operation);
    Some((text, std::iter::once(scene.operation).chain(others).collect()))
}

fn in_the_middle(scene: &Scene<'_>) -> Option<Cause> {
    let (first, last) = (scene.own.first()?, scene.own.last()?);
    let thread = scene.thread();
    (0..scene.timeline.operations.len()).find_map(|other| {
        let of_other = || scene.touches.iter().filter(|touch| touch.operation == other && touch.thread != thread);
        let before = of_other().rfind(|touch| touch.at < last.at)?;
        let after = of_other().find(|touch| touch.at > first.at && touch.at > before.at)?;
        let step = |touch: &Touch| {
            let (verb, what) = scene.words.access(touch.object, &touch.access);
            format!("\"{verb} {what}\"")
        };
        let text = format!(
            "{thread} comes between two steps of `{}` of {}, {} and {}",
            scene.op(other),
            before.thread,
            step(before),
            step(after)
        );
        Some((text, vec![scene.operation, other]))
    })
}
