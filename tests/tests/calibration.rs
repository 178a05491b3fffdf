//! What the engines can show, measured: litmus tests on the primitives that designs are checked on.
//!
//! Each case is a program of two to four threads on three words and an outcome that somebody might not expect. The
//! table says whether the language allows that outcome, and whether loom and shuttle, each exploring all it can, show
//! it; a difference between the columns is what `ok` under that engine does not say. The table in
//! `proofs-notes/limits.md` is this one.

use contextvars::platform::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use contextvars::platform::{Join, Platform, Word};
use contextvars_check::budget::Budget;
use contextvars_check::designs::{self, DESIGNS};
use contextvars_check::explore::shuttle::{Hunt, Plans};
use contextvars_check::explore::{loom as loom_engine, quietly};
use contextvars_check::generate::Seeded;
use contextvars_check::platform::TestPlatform;
use contextvars_check::platform::selected::{Backend, SelectedPlatform, with_backend};
use contextvars_check::properties::Property;
use contextvars_check::scenario::Scenario;
use contextvars_check_faults::BUGS;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

type Words = [<SelectedPlatform as Platform>::Word; 3];
type Thread = fn(&Words) -> u64;

/// A litmus test.
struct Case {
    name: &'static str,
    threads: &'static [Thread],
    /// What each thread answers in the outcome asked for.
    outcome: &'static [u64],
    /// Whether the language allows it.
    allowed: bool,
    loom: bool,
    shuttle: bool,
}

fn store_both(w: &Words, second: Ordering) -> u64 {
    w[0].store(1, Relaxed);
    w[1].store(1, second);
    0
}

fn store(w: &Words, to: usize) -> u64 {
    w[to].store(1, Release);
    0
}

fn load_both(w: &Words, first: Ordering) -> u64 {
    10 * w[1].load(first) + w[0].load(Relaxed)
}

fn store_and_load(w: &Words, mine: usize, [store, load]: [Ordering; 2]) -> u64 {
    w[mine].store(1, store);
    w[1 - mine].load(load)
}

fn fenced(w: &Words, mine: usize) -> u64 {
    w[mine].store(1, Relaxed);
    SelectedPlatform::fence(SeqCst);
    w[1 - mine].load(Relaxed)
}

fn load_then_store(w: &Words, from: usize, to: usize) -> u64 {
    let found = w[from].load(Relaxed);
    w[to].store(1, Relaxed);
    found
}

const CASES: &[Case] = &[
    Case {
        name: "a message is seen and what was written before it is not, relaxed",
        threads: &[|w| store_both(w, Relaxed), |w| load_both(w, Relaxed)],
        outcome: &[0, 10],
        allowed: true,
        loom: true,
        shuttle: false,
    },
    Case {
        name: "the same, release and acquire",
        threads: &[|w| store_both(w, Release), |w| load_both(w, Acquire)],
        outcome: &[0, 10],
        allowed: false,
        loom: false,
        shuttle: false,
    },
    Case {
        name: "two threads store and neither sees the other's store, release and acquire",
        threads: &[|w| store_and_load(w, 0, [Release, Acquire]), |w| store_and_load(w, 1, [Release, Acquire])],
        outcome: &[0, 0],
        allowed: true,
        loom: true,
        shuttle: false,
    },
    Case {
        name: "the same with fences between",
        threads: &[|w| fenced(w, 0), |w| fenced(w, 1)],
        outcome: &[0, 0],
        allowed: false,
        loom: false,
        shuttle: false,
    },
    Case {
        name: "the same with `SeqCst` accesses",
        threads: &[|w| store_and_load(w, 0, [SeqCst; 2]), |w| store_and_load(w, 1, [SeqCst; 2])],
        outcome: &[0, 0],
        allowed: false,
        loom: true,
        shuttle: false,
    },
    Case {
        name: "two threads load what the other one stores afterwards",
        threads: &[|w| load_then_store(w, 0, 1), |w| load_then_store(w, 1, 0)],
        outcome: &[1, 1],
        allowed: true,
        loom: false,
        shuttle: false,
    },
    Case {
        name: "two loads of one word go backwards",
        threads: &[|w| store_both(w, Relaxed), |w| 10 * w[0].load(Relaxed) + w[0].load(Relaxed)],
        outcome: &[0, 10],
        allowed: false,
        loom: false,
        shuttle: false,
    },
    Case {
        name: "two readers see two stores in opposite orders, acquire",
        threads: &[
            |w| store(w, 0),
            |w| store(w, 1),
            |w| 10 * w[0].load(Acquire) + w[1].load(Acquire),
            |w| 10 * w[1].load(Acquire) + w[0].load(Acquire),
        ],
        outcome: &[0, 0, 10, 10],
        allowed: true,
        loom: true,
        shuttle: false,
    },
    Case {
        name: "a failed compare-exchange reads an old value although a newer one was announced, relaxed",
        threads: &[
            |w| store_both(w, Relaxed),
            |w| 10 * w[1].load(Relaxed) + w[0].compare_exchange(7, 8, AcqRel, Relaxed).unwrap_or_else(|found| found),
        ],
        outcome: &[0, 10],
        allowed: true,
        loom: false,
        shuttle: false,
    },
    Case {
        name: "a load sees the store of a thread that has loaded the word before",
        threads: &[|w| w[0].load(Relaxed), |w| load_then_store(w, 0, 0)],
        outcome: &[1, 0],
        allowed: true,
        loom: true,
        shuttle: true,
    },
    Case {
        name: "two loads see the store of a third thread",
        threads: &[|w| w[0].load(Relaxed), |w| w[0].load(Relaxed), |w| store_both(w, Relaxed)],
        outcome: &[1, 1, 0],
        allowed: true,
        loom: true,
        shuttle: true,
    },
];

/// Runs the threads once, of the primitives in force; what each answered.
fn once(threads: &'static [Thread]) -> Vec<u64> {
    SelectedPlatform::start_clock();
    let words: Arc<Words> = Arc::new([0, 1, 2].map(|_| Word::new("word", 0)));
    let answers = Arc::new(Mutex::new(vec![0; threads.len()]));
    let start = |(number, thread): (usize, &Thread)| {
        let (words, answers, thread) = (Arc::clone(&words), Arc::clone(&answers), *thread);
        SelectedPlatform::spawn(move || {
            let answer = thread(&words);
            answers.lock().expect("no thread panics")[number] = answer;
        })
    };
    let running: Vec<_> = threads.iter().enumerate().map(start).collect();
    running.into_iter().for_each(Join::join);
    let answers = answers.lock().expect("no thread panics");
    answers.clone()
}

/// Explores, quietly: engines unwind threads by panics.
fn explored(backend: Backend, body: impl FnOnce()) {
    assert!(quietly(|| with_backend(backend, body)).is_ok(), "{backend:?} did not terminate");
}

/// Everything that loom shows, with at most so many preemptions.
fn by_loom(preemptions: Option<usize>, run: impl Fn() -> Vec<u64> + Sync + Send + 'static) -> BTreeSet<Vec<u64>> {
    let seen: Arc<Mutex<BTreeSet<Vec<u64>>>> = Arc::default();
    let all = Arc::clone(&seen);
    explored(Backend::Loom, || {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = preemptions;
        builder.check(move || {
            let answers = run();
            all.lock().expect("no model panics").insert(answers);
        });
    });
    let seen = seen.lock().expect("no model panics");
    seen.clone()
}

/// Four threads are too many to be explored without a bound.
fn bound(threads: &[Thread]) -> Option<usize> {
    (threads.len() > 3).then_some(2)
}

/// What shuttle shows in so many random schedules that small programs have no other.
fn by_shuttle(threads: &'static [Thread]) -> BTreeSet<Vec<u64>> {
    let seen: Arc<Mutex<BTreeSet<Vec<u64>>>> = Arc::default();
    let all = Arc::clone(&seen);
    explored(Backend::Shuttle, || {
        let mut config = shuttle::Config::new();
        config.silence_warnings = true;
        let scheduler = shuttle::scheduler::RandomScheduler::new_from_seed(1, 20_000);
        shuttle::Runner::new(scheduler, config).run(move || {
            all.lock().expect("no model panics").insert(once(threads));
        });
    });
    let seen = seen.lock().expect("no model panics");
    seen.clone()
}

#[test]
fn loom_shows_what_the_table_says() {
    for Case { name, threads, outcome, loom, .. } in CASES {
        let seen = by_loom(bound(threads), || once(threads));
        assert_eq!(seen.contains(*outcome), *loom, "{name}: {seen:?}");
    }
}

#[test]
fn shuttle_shows_what_the_table_says() {
    for Case { name, threads, outcome, shuttle, .. } in CASES {
        let seen = by_shuttle(threads);
        assert_eq!(seen.contains(*outcome), *shuttle, "{name}: {seen:?}");
    }
}

#[test]
fn whatever_shuttle_shows_loom_shows() {
    for Case { name, threads, .. } in CASES.iter().filter(|case| bound(case.threads).is_none()) {
        let (shuttle, loom) = (by_shuttle(threads), by_loom(None, || once(threads)));
        assert!(shuttle.is_subset(&loom), "{name}: {:?}", shuttle.difference(&loom).collect::<Vec<_>>());
    }
}

/// An access of a random program.
#[derive(Clone, Copy, Debug)]
enum Step {
    Load(usize),
    Store(usize, u64),
    Add(usize),
}

/// A word of the platform, with turns, or one of loom's own, without.
enum AnyWord {
    Platform(<SelectedPlatform as Platform>::Word),
    Bare(loom::sync::atomic::AtomicU64),
}

impl AnyWord {
    /// Performs an access of this word; what it found, where it looks.
    fn perform(&self, step: Step) -> Option<u64> {
        match (self, step) {
            (AnyWord::Platform(word), Step::Load(_)) => Some(word.load(Relaxed)),
            (AnyWord::Platform(word), Step::Store(_, value)) => {
                word.store(value, Relaxed);
                None
            }
            (AnyWord::Platform(word), Step::Add(_)) => Some(word.fetch_add(1, Relaxed)),
            (AnyWord::Bare(word), Step::Load(_)) => Some(word.load(Relaxed)),
            (AnyWord::Bare(word), Step::Store(_, value)) => {
                word.store(value, Relaxed);
                None
            }
            (AnyWord::Bare(word), Step::Add(_)) => Some(word.fetch_add(1, Relaxed)),
        }
    }
}

impl Step {
    fn word(self) -> usize {
        let (Step::Load(word) | Step::Store(word, _) | Step::Add(word)) = self;
        word
    }

    /// What a machine without caches does.
    fn on(self, words: &mut [u64; 2]) -> Option<u64> {
        let word = &mut words[self.word()];
        let before = *word;
        match self {
            Step::Load(_) => Some(before),
            Step::Store(_, value) => {
                *word = value;
                None
            }
            Step::Add(_) => {
                *word += 1;
                Some(before)
            }
        }
    }
}

/// Two threads of at most three accesses, or three of one; every value stored is stored once.
fn random_program(random: &mut Seeded) -> Vec<Vec<Step>> {
    let (threads, most) = if random.bits().is_multiple_of(3) { (3, 1) } else { (2, 3) };
    let mut value = 0;
    let mut step = |random: &mut Seeded| {
        let word = random.bits() as usize / 8 % 2;
        value += 10;
        match random.bits() / 8 % 5 {
            0 | 1 => Step::Load(word),
            2 | 3 => Step::Store(word, value),
            _ => Step::Add(word),
        }
    };
    let mut thread = |_| (0..1 + random.bits() / 8 % most).map(|_| step(random)).collect();
    (0..threads).map(&mut thread).collect()
}

/// What the threads find in every order of their accesses, by definition.
fn in_every_order(program: &[Vec<Step>]) -> BTreeSet<Vec<Vec<u64>>> {
    fn go(program: &[Vec<Step>], at: &[usize], words: [u64; 2], found: &[Vec<u64>], all: &mut BTreeSet<Vec<Vec<u64>>>) {
        let mut over = true;
        for thread in (0..program.len()).filter(|&thread| at[thread] < program[thread].len()) {
            let (mut at, mut words, mut found) = (at.to_vec(), words, found.to_vec());
            found[thread].extend(program[thread][at[thread]].on(&mut words));
            at[thread] += 1;
            go(program, &at, words, &found, all);
            over = false;
        }
        if over {
            all.insert(found.to_vec());
        }
    }
    let mut all = BTreeSet::new();
    go(program, &vec![0; program.len()], [0; 2], &vec![Vec::new(); program.len()], &mut all);
    all
}

/// What the threads find under loom.
fn of_loom(program: &[Vec<Step>], bare: bool) -> BTreeSet<Vec<Vec<u64>>> {
    let program = Arc::new(program.to_vec());
    let seen: Arc<Mutex<BTreeSet<Vec<Vec<u64>>>>> = Arc::default();
    let all = Arc::clone(&seen);
    let model = move || {
        SelectedPlatform::start_clock();
        let word = |_| match bare {
            true => AnyWord::Bare(loom::sync::atomic::AtomicU64::new(0)),
            false => AnyWord::Platform(Word::new("word", 0)),
        };
        let words = Arc::new([0, 1].map(word));
        let found = Arc::new(Mutex::new(vec![Vec::new(); program.len()]));
        let start = |thread: usize| {
            let (words, found, program) = (Arc::clone(&words), Arc::clone(&found), Arc::clone(&program));
            SelectedPlatform::spawn(move || {
                let mine = program[thread].iter().filter_map(|&step| words[step.word()].perform(step)).collect();
                found.lock().expect("no thread panics")[thread] = mine;
            })
        };
        let running: Vec<_> = (0..program.len()).map(start).collect();
        running.into_iter().for_each(Join::join);
        all.lock().expect("no model panics").insert(found.lock().expect("no thread panics").clone());
    };
    explored(Backend::Loom, || loom::model(model));
    let seen = seen.lock().expect("no model panics");
    seen.clone()
}

/// The control is loom without turns: there the same comparison finds outcomes that are missed.
#[test]
fn loom_misses_no_outcome_of_a_random_program_that_some_order_of_its_accesses_has() {
    const PROGRAMS: usize = 150;
    let mut random = Seeded::new(1);
    let (mut outcomes, mut missed_without_turns) = (0, 0);
    for _ in 0..PROGRAMS {
        let program = random_program(&mut random);
        let (possible, seen) = (in_every_order(&program), of_loom(&program, false));
        let missed: Vec<_> = possible.difference(&seen).collect();
        assert!(missed.is_empty(), "{program:?}: loom misses {missed:?}");
        outcomes += possible.len();
        missed_without_turns += usize::from(!possible.is_subset(&of_loom(&program, true)));
    }
    println!("{outcomes} outcomes; without turns some are missed of {missed_without_turns} of {PROGRAMS} programs");
    assert!(missed_without_turns > 0, "the programs have no hidden loads: they show nothing");
}

/// Why words have turns under loom: without them it misses what every machine can do. Should this fail, loom remembers
/// more than the last access, and `platform/loom.rs` needs no turns any more.
#[test]
fn loom_alone_forgets_a_load_that_is_hidden_by_another() {
    let seen = by_loom(None, || {
        let word = Arc::new(loom::sync::atomic::AtomicU64::new(0));
        let other = Arc::clone(&word);
        let found = Arc::new(Mutex::new(0));
        let answer = Arc::clone(&found);
        let reader = loom::thread::spawn(move || {
            let value = word.load(Relaxed);
            *answer.lock().expect("no thread panics") = value;
        });
        let writer = loom::thread::spawn(move || {
            other.load(Relaxed);
            other.store(1, Relaxed);
        });
        reader.join().expect("it only loads");
        writer.join().expect("it only stores");
        let found = *found.lock().expect("no thread panics");
        vec![found]
    });
    assert_eq!(seen, BTreeSet::from([vec![0]]), "without turns");
}

/// What several preemptions under shuttle find, in a scenario of hidden loads.
#[test]
fn loom_refutes_within_a_bound_what_shuttle_refutes_within_it() {
    let text = include_str!("../scenarios/lifetimes/entry-of-the-dead.scn");
    let scenario = Arc::new(Scenario::parse(text).expect("it is a scenario"));
    for name in ["slot-array-as-sketched", "slot-array-clears-value-only"] {
        let subject = designs::find(DESIGNS.iter().chain(BUGS), name).expect("it is listed").subject;
        for property in [Property::Iso1, Property::Mem1] {
            let deadline = Budget::seconds(60.0).deadline();
            let plans = Plans { from: 0, preemptions: 2, at_most: 10_000, random: 0 };
            let shuttle =
                Hunt { subject, property, left: 10_000, deadline }.among(&[Arc::clone(&scenario)], None, plans);
            let (loom, executions) = loom_engine::search(subject, &scenario, property, Some(2), 10_000, deadline);
            assert_eq!(shuttle.is_some(), loom.is_some(), "{name} by {property}, {executions} executions of loom");
        }
    }
}

#[test]
fn the_table_of_the_notes_is_this_one() {
    let notes = include_str!("../../proofs-notes/limits.md");
    let says = |shown: bool| if shown { "yes" } else { "no" };
    for case in CASES {
        let row = format!("| {} | {} | {} | {} |", case.name, says(case.allowed), says(case.loom), says(case.shuttle));
        assert!(notes.lines().any(|line| line == row), "proofs-notes/limits.md lacks the row\n{row}");
    }
    let rows = notes.lines().skip_while(|line| !line.starts_with("| outcome |")).skip(2);
    assert_eq!(rows.take_while(|line| line.starts_with('|')).count(), CASES.len(), "other rows than the cases");
}
