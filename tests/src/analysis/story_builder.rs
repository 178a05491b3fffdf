//! Makes a [`Story`] of evidence: which operations and accesses matter, why threads were switched, what the model says.

use super::cause::{self, Touch};
use super::definitions;
use super::object_names::{Object, Words, found, written};
use super::story::{Interval, Order, Row, Story, What};
use super::timeline::Timeline;
use crate::counterexample::Counterexample;
use crate::explore::Engine;
use crate::outcome::{LedgerReport, Outcome};
use crate::platform::trace::{Access, Event, MAILBOX, Traced};
use crate::properties::{Property, lin_1};
use crate::scenario::{OpText, RetText};
use crate::verdict::Evidence;
use contextvars_model::linearize::Linearization;
use contextvars_model::{Op, Ret, ThreadId};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Accesses told at most, half of them from the beginning and half from the end. Who waits in a loop makes a hundred
/// thousand, all alike, and several looks at the story take time that grows with their square.
const ACCESSES: usize = 400;

/// The evidence with a trace that can be told, and how many of its accesses are left out.
fn shortened(evidence: &Evidence) -> (Cow<'_, Evidence>, usize) {
    let is_access = |traced: &Traced| matches!(traced.event, Event::Access { .. });
    let all = evidence.trace.iter().filter(|traced| is_access(traced)).count();
    if all <= ACCESSES {
        return (Cow::Borrowed(evidence), 0);
    }
    let middle = ACCESSES / 2..all - ACCESSES / 2;
    let mut number = 0;
    let keep = |traced: &&Traced| {
        number += usize::from(is_access(traced));
        !is_access(traced) || !middle.contains(&(number - 1))
    };
    let trace = evidence.trace.iter().filter(keep).cloned().collect();
    (Cow::Owned(Evidence { trace, ..evidence.clone() }), middle.len())
}

/// The story of a piece of evidence, and what replays it, if anything does.
pub fn tell(evidence: &Evidence, token: Option<String>) -> Story {
    let (evidence, left_out) = shortened(evidence);
    let evidence = &*evidence;
    let property = evidence.violation.property;
    let mut lines = evidence.violation.sentence.lines();
    let said = lines.next().unwrap_or_default();
    let mut story = Story {
        property: property.id().into(),
        engine: evidence.engine.name().into(),
        execution: evidence.execution,
        sentence: format!("{property} is refuted: {said}"),
        cause: None,
        expected: definitions::definition(property.id()),
        observed: said.into(),
        details: lines.map(String::from).collect(),
        threads: Vec::new(),
        rows: Vec::new(),
        operations: Vec::new(),
        order: Order::Unknown,
        conflict: Vec::new(),
        scenario: evidence.scenario.name.clone(),
        text: if evidence.scenario.operations() == 0 { String::new() } else { evidence.scenario.to_string() },
        effort: None,
        token,
    };
    if evidence.trace.is_empty() {
        without_trace(&mut story, evidence);
    } else {
        Teller::new(evidence).tell(&mut story);
    }
    if left_out > 0 {
        story.details.push(format!("{left_out} accesses in the middle of the execution are left out"));
    }
    story
}

/// The story of a counterexample that was made small: what is told is the small one, found where the large one was.
pub fn shrunk(counterexample: &Counterexample) -> Story {
    let Counterexample { evidence, size, found, effort, .. } = counterexample;
    Story {
        engine: found.engine.name().into(),
        execution: found.execution,
        scenario: found.scenario.clone(),
        effort: Some(if *size == found.size {
            format!("{size}; {}", effort.end)
        } else {
            format!("cut from {} to {size}; {}", found.size, effort.end)
        }),
        ..tell(evidence, counterexample.token().map(|token| token.to_string()))
    }
}

/// Where an engine cannot see accesses, the operations that the checker named are all there is.
fn without_trace(story: &mut Story, evidence: &Evidence) {
    let mut operations = evidence.violation.operations.clone();
    let times: BTreeSet<u64> = operations.iter().flat_map(|o| [o.invoked, o.responded]).collect();
    let rank = |time: u64| times.range(..time).count() as u64 + 1;
    let culprit = operations.first().cloned();
    operations.sort_by_key(|operation| operation.invoked);
    story.operations = operations
        .iter()
        .map(|o| Interval {
            thread: o.thread.0,
            op: OpText(&o.op).to_string(),
            answer: (!o.is_pending()).then(|| RetText(&o.ret).to_string()),
            invoked: rank(o.invoked),
            responded: (!o.is_pending()).then(|| rank(o.responded)),
            depth: 0,
        })
        .collect();
    let threads: BTreeSet<u16> = story.operations.iter().map(|interval| interval.thread).collect();
    story.threads = threads.into_iter().collect();
    story.conflict = (0..operations.len()).collect();
    story.conflict.sort_by_key(|&index| Some(&operations[index]) != culprit.as_ref());
}

/// What is known while a story is made from a trace. Operations are indices into the timeline.
struct Teller<'a> {
    evidence: &'a Evidence,
    timeline: Timeline,
    order: Option<Linearization>,
    conflict: Vec<usize>,
    /// Whether each operation is shown.
    shown: Vec<bool>,
    /// Where a get waits, if that is what the property is refuted by.
    wait: Option<Wait>,
}

/// A lock that a thread waits for because another one holds it.
struct Wait {
    thread: ThreadId,
    /// The operation that waits.
    operation: usize,
    lock: Object,
    holder: ThreadId,
    /// The event from which on it is known to wait: its own last one, or the one that takes the lock.
    after: usize,
    /// The events that take the lock and give it back, and the next one of its holder.
    taken: usize,
    released: usize,
    goes_on: usize,
}

impl<'a> Teller<'a> {
    fn new(evidence: &'a Evidence) -> Teller<'a> {
        let timeline = Timeline::new(&evidence.trace);
        let order = order(evidence, &timeline);
        let mut conflict: Vec<usize> = Vec::new();
        for named in &evidence.violation.operations {
            conflict.extend(timeline.find(named).filter(|found| !conflict.contains(found)));
        }
        if let (true, Some(Linearization::Refuted { stuck, .. })) = (conflict.is_empty(), &order) {
            let wrong = |(index, answer): &&(usize, Ret)| {
                timeline.operations[timeline.init + index].ret.as_ref() != Some(answer)
            };
            conflict = stuck.iter().filter(wrong).map(|(index, _)| timeline.init + index).collect();
        }
        let mut teller = Teller { evidence, shown: Vec::new(), timeline, order, conflict, wait: None };
        teller.shown = (0..teller.timeline.operations.len()).map(|index| teller.is_shown(index)).collect();
        let shown = &teller.shown;
        teller.conflict.retain(|&index| shown[index]);
        teller.wait = (evidence.violation.property == Property::Prog1).then(|| teller.wait()).flatten();
        teller
    }

    /// The first wait of the get that does not answer. A thread that waits leaves no event: it does so between its last
    /// event and the one that takes the lock, while another thread has it. That one has it until its next event after
    /// the one that says that it gives it back, which comes shortly before it does.
    fn wait(&self) -> Option<Wait> {
        let trace = &self.evidence.trace;
        let operation = *self.conflict.first()?;
        let thread = self.timeline.operations[operation].thread;
        let mut last = None;
        for (at, event) in trace.iter().enumerate().filter(|(_, event)| event.thread == thread) {
            let before = last.replace(at);
            let (Some(before), Some((lock, Access::Lock))) = (before, accessed(event)) else { continue };
            let is_taken =
                |at: &usize| trace[*at].thread != thread && accessed(&trace[*at]) == Some((lock, Access::Lock));
            let Some(taken) = (0..at).rfind(is_taken) else { continue };
            let holder = trace[taken].thread;
            let mut of_holder = (taken..at).filter(|at| trace[*at].thread == holder);
            let is_released = |at: &usize| accessed(&trace[*at]) == Some((lock, Access::Unlock));
            let Some(released) = of_holder.find(is_released) else { continue };
            let goes_on = of_holder.next().unwrap_or(at);
            if self.timeline.of[at] == Some(operation) && goes_on > before {
                return Some(Wait {
                    thread,
                    operation,
                    lock,
                    holder,
                    after: before.max(taken),
                    taken,
                    released,
                    goes_on,
                });
            }
        }
        None
    }

    /// The events in the order in which they are told: as they were logged, but that a lock is given back after the
    /// wait for it.
    fn order_told(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.evidence.trace.len()).collect();
        if let Some(wait) = self.wait.as_ref().filter(|wait| wait.released < wait.after) {
            order[wait.released..wait.goes_on].rotate_left(1);
        }
        order
    }

    /// Thread 0 sets up before the others begin and looks after they have ended: the scenario tells that, unless it is
    /// what is refuted, or there are no others. That a thread ends is told only where it does not.
    fn is_shown(&self, index: usize) -> bool {
        let operation = &self.timeline.operations[index];
        let alone = self.timeline.init == self.timeline.operations.len();
        let post = |i: usize| i >= self.timeline.init && self.timeline.operations[i].thread == ThreadId(0);
        let of_interest =
            operation.thread != ThreadId(0) || alone || post(index) && self.conflict.iter().any(|&i| post(i));
        let end = operation.op == Op::End && operation.responded.is_some() && !self.conflict.contains(&index);
        of_interest && !end
    }

    fn tell(&self, story: &mut Story) {
        let operations = &self.timeline.operations;
        // The place in the story of each operation that is shown.
        let mut place = vec![None; operations.len()];
        for (index, operation) in operations.iter().enumerate().filter(|(index, _)| self.shown[*index]) {
            place[index] = Some(story.operations.len());
            story.operations.push(Interval {
                thread: operation.thread.0,
                op: OpText(&operation.op).to_string(),
                answer: operation.ret.as_ref().map(|ret| RetText(ret).to_string()),
                invoked: operation.invoked,
                responded: operation.responded,
                depth: operation.depth,
            });
        }
        let threads: BTreeSet<u16> = story.operations.iter().map(|interval| interval.thread).collect();
        story.threads = threads.into_iter().collect();
        let objects = self.objects();
        let words = Words::new(&self.evidence.trace, &objects);
        let touches: Vec<Touch> = self.touches().filter(|touch| objects.contains(&touch.object)).collect();
        let cause = match self.evidence.violation.property {
            Property::Prog2 => cause::held_at_the_end(&touches, &words).map(|text| (text, Vec::new())),
            // The sentence says it all.
            _ if self.wait.is_some() => None,
            _ => cause::of(&self.conflict, &self.timeline, &touches, &words),
        };
        let (mut conflict, mut involved) = (self.conflict.clone(), self.conflict.clone());
        if let Some((text, about)) = cause {
            story.cause = Some(text);
            involved.extend(&about);
            let more = about.into_iter().filter(|index| !self.conflict.contains(index));
            conflict.extend(more.take(2_usize.saturating_sub(self.conflict.len())));
        }
        story.conflict = conflict.iter().filter_map(|&index| place[index]).collect();
        self.say_what_was_expected(story);
        story.order = self.order_in(&place);
        story.rows = self.rows(story, &place, (&objects, &words), &involved);
    }

    fn say_what_was_expected(&self, story: &mut Story) {
        let Some(Linearization::Refuted { stuck, .. }) = &self.order else { return };
        let Some(&culprit) = self.conflict.first() else { return };
        let operation = &self.timeline.operations[culprit];
        let model = stuck.iter().find(|(index, _)| self.timeline.init + index == culprit).map(|(_, answer)| answer);
        if let (Some(model), Some(ret)) = (model, &operation.ret)
            && model != ret
        {
            let (op, thread) = (OpText(&operation.op), operation.thread);
            story.expected = format!("`{op}` of {thread} answers {}", RetText(model));
            story.observed = format!("it answered {}", RetText(ret));
        }
    }

    /// The order by places in the story. What is not shown is left out.
    fn order_in(&self, place: &[Option<usize>]) -> Order {
        let at = |index: &usize| place[self.timeline.init + index];
        match &self.order {
            None | Some(Linearization::OutOfBudget { .. } | Linearization::Malformed(_)) => Order::Unknown,
            Some(Linearization::Found(order)) => Order::Found(order.iter().filter_map(at).collect()),
            Some(Linearization::Refuted { longest, stuck }) => Order::Refuted {
                longest: longest.iter().filter_map(at).collect(),
                stuck: stuck.iter().filter_map(|(i, ret)| Some((at(i)?, RetText(ret).to_string()))).collect(),
            },
        }
    }

    /// All accesses inside operations that are shown.
    fn touches(&self) -> impl Iterator<Item = Touch> {
        self.evidence.trace.iter().enumerate().filter_map(|(at, Traced { thread, event })| {
            let Event::Access { what, object, access, .. } = event else { return None };
            let operation = self.timeline.of[at].filter(|&operation| self.shown[operation])?;
            // Handing an object over is the harness's business; the operation itself tells it.
            let shared = *what != MAILBOX;
            shared.then_some(Touch { at, thread: *thread, operation, object: (what, *object), access: *access })
        })
    }

    /// The objects whose accesses matter: touched by more than one thread and changed by one of them; of these the ones
    /// that the conflicting operations touch.
    fn objects(&self) -> Vec<Object> {
        if let Some(wait) = &self.wait {
            return vec![wait.lock];
        }
        let mut by: BTreeMap<Object, (BTreeSet<ThreadId>, bool, bool)> = BTreeMap::new();
        for touch in self.touches() {
            let (threads, changed, in_conflict) = by.entry(touch.object).or_default();
            threads.insert(touch.thread);
            *changed |= written(&touch.access).is_some() || found(&touch.access).is_none();
            *in_conflict |= self.conflict.contains(&touch.operation);
        }
        let one_thread_suffices = self.evidence.violation.property == Property::Prog2;
        by.retain(|_, (threads, changed, _)| (threads.len() > 1 || one_thread_suffices) && *changed);
        if one_thread_suffices {
            // Of an execution that did not terminate: what is still locked, if anything is.
            let touches: Vec<Touch> = self.touches().collect();
            let held = cause::held(&touches);
            by.retain(|object, _| held.is_empty() || held.iter().any(|(locked, _)| locked == object));
        }
        let narrow = by.values().any(|(.., in_conflict)| *in_conflict);
        by.into_iter().filter(|(_, (.., in_conflict))| *in_conflict || !narrow).map(|(object, _)| object).collect()
    }

    /// The steps. Of operations that are not `involved` in what broke only that is told which can matter to the others.
    fn rows(
        &self,
        story: &Story,
        place: &[Option<usize>],
        (objects, words): (&[Object], &Words),
        involved: &[usize],
    ) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        // The event that each row shows.
        let mut events: Vec<usize> = Vec::new();
        // The row that says of itself why its thread does not go on.
        let mut waiting = None;
        let column = |thread: ThreadId| story.threads.iter().position(|number| *number == thread.0);
        let mut before = None;
        for at in self.order_told() {
            let Traced { thread, event } = &self.evidence.trace[at];
            let before = before.replace(at);
            if let Some(wait) = self.wait.as_ref().filter(|wait| before == Some(wait.after))
                && let (Some(column), Some(operation)) = (column(wait.thread), place[wait.operation])
            {
                let text = format!("waits for the {}, which {} holds", words.name(wait.lock), wait.holder);
                let depth = self.timeline.operations[wait.operation].depth + 1;
                waiting = Some(rows.len());
                rows.push(Row { column, depth, what: What::Access, text, operation, switch: None });
                events.push(at);
            }
            let Some(index) = self.timeline.of[at] else { continue };
            let Some(operation) = place[index] else { continue };
            let Some(column) = column(*thread) else { continue };
            let spanned = &self.timeline.operations[index];
            let row = |what, depth, text| Row { column, depth, what, text, operation, switch: None };
            let new = match event {
                Event::Invoke(op) => row(What::Begin, spanned.depth, OpText(op).to_string()),
                Event::Respond(ret) => {
                    let text = format!("{} → {}", OpText(&spanned.op), RetText(ret));
                    let begin = rows.iter().rposition(|row| row.operation == operation && row.what == What::Begin);
                    let whole = begin.filter(|&begin| begin + 1 == rows.len());
                    if let Some(row) = whole {
                        (rows[row].what, rows[row].text) = (What::Whole, text);
                        continue;
                    }
                    let interrupted = begin.is_some_and(|b| rows[b..].iter().any(|row| row.column != column));
                    if *ret == Ret::Done && !interrupted {
                        continue;
                    }
                    row(What::End, spanned.depth, text)
                }
                Event::Access { what, object, access, .. } => {
                    // What a bystander reads changes nothing for the others, nor does a lock that nobody waited for.
                    let bystander = !involved.is_empty() && !involved.contains(&index);
                    let waited_for = self.wait.as_ref().is_some_and(|wait| [wait.taken, wait.released].contains(&at));
                    let no_matter = !waited_for
                        && written(access).is_none()
                        && (found(access).is_some() || self.is_undisturbed(at));
                    if !objects.contains(&(*what, *object)) || bystander && no_matter {
                        continue;
                    }
                    let (verb, to_what) = words.access((*what, *object), access);
                    row(What::Access, spanned.depth + 1, format!("{verb} {to_what}"))
                }
            };
            rows.push(new);
            events.push(at);
        }
        for index in 1..rows.len() {
            if rows[index - 1].column != rows[index].column && waiting != Some(index - 1) {
                rows[index - 1].switch = Some(self.reason(events[index - 1], events[index], words));
            }
        }
        rows
    }

    /// Whether a lock is taken or given back without an event of another thread in between.
    fn is_undisturbed(&self, at: usize) -> bool {
        let trace = &self.evidence.trace;
        let Some((object, access)) = accessed(&trace[at]) else { return false };
        let other_end = |other: &usize| match accessed(&trace[*other]) {
            Some((other, a)) if other == object && a != access => matches!(a, Access::Lock | Access::Unlock),
            _ => false,
        };
        let between = match access {
            Access::Lock => (at..trace.len()).find(other_end).map(|end| at..=end),
            _ => (0..at).rev().find(other_end).map(|begin| begin..=at),
        };
        between.is_some_and(|mut between| between.all(|event| trace[event].thread == trace[at].thread))
    }

    /// Why the thread of the event `from` does not go on while the one of the event `to` does.
    fn reason(&self, from: usize, to: usize, words: &Words) -> String {
        let trace = &self.evidence.trace;
        let thread = trace[from].thread;
        let own = |(at, traced): &(usize, &Traced)| {
            traced.thread == thread && self.timeline.of[*at].is_some_and(|operation| self.shown[operation])
        };
        let next = trace.iter().enumerate().skip(to).find(own);
        let ended =
            || self.timeline.operations.iter().any(|o| o.thread == thread && o.op == Op::End && o.ret.is_some());
        let waits = |object: Object| {
            let same = |event: &Traced| accessed(event).filter(|(other, _)| *other == object);
            let last = trace[..=to].iter().rev().find_map(|t| Some((t.thread, same(t)?.1)));
            matches!(last, Some((holder, access)) if holder != thread && access != Access::Unlock)
        };
        match next.map(|(_, traced)| &traced.event) {
            None if ended() => "ends".into(),
            None => "never goes on".into(),
            Some(Event::Access { what, object, access: Access::Lock, .. }) if waits((what, *object)) => {
                format!("waits for the {}", words.name((what, *object)))
            }
            Some(_) => "preempted".into(),
        }
    }
}

/// What an event does to which object, if it is an access.
fn accessed(event: &Traced) -> Option<(Object, Access)> {
    match event.event {
        Event::Access { what, object, access, .. } => Some(((what, object), access)),
        _ => None,
    }
}

/// The order in which the operations can have taken effect. loom's log is not in a real-time order, so there it is not
/// known; and where a thread could not go on it is not what matters.
fn order(evidence: &Evidence, timeline: &Timeline) -> Option<Linearization> {
    if evidence.engine == Engine::Loom || matches!(evidence.violation.property, Property::Prog1 | Property::Prog2) {
        return None;
    }
    let history = timeline.history(evidence.scenario.threads.len() as u16, &evidence.scenario.specs);
    let ledger = LedgerReport::default();
    lin_1::order(&Outcome { history, seen: Vec::new(), unexpected: Vec::new(), ledger })
}
