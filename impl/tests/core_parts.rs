//! What the core is made of, where no property looks at it by itself: the standard platform, the hashes of variables.

use contextvars::core::{Identity, KeyHash, Spread};
use contextvars::platform::{Join, Ordering, Platform, Std, Word};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;

type StdWord = <Std as Platform>::Word;

#[test]
fn join_waits_for_the_thread_and_passes_its_panic_on() {
    let done = Arc::new(<StdWord as Word>::new("done", 0));
    let (start, started) = channel();
    let inside = Arc::clone(&done);
    let thread = Std::spawn(move || {
        started.recv().unwrap();
        (0..10).for_each(|_| Std::pause());
        Word::store(&*inside, 1, Ordering::Relaxed);
    });
    start.send(()).unwrap();
    Join::join(thread);
    assert_eq!(Word::load(&*done, Ordering::Relaxed), 1);

    let thread = Std::spawn(|| resume_unwind(Box::new("on purpose")));
    let panic = catch_unwind(AssertUnwindSafe(|| Join::join(thread))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
}

#[test]
fn a_word_answers_what_was_there() {
    let word = <StdWord as Word>::new("word", 3);
    assert_eq!(Word::swap(&word, 5, Ordering::Relaxed), 3);
    assert_eq!(Word::fetch_add(&word, u64::MAX, Ordering::Relaxed), 5);
    assert_eq!(Word::compare_exchange(&word, 5, 7, Ordering::Relaxed, Ordering::Relaxed), Err(4));
    assert_eq!(Word::compare_exchange(&word, 4, 7, Ordering::Relaxed, Ordering::Relaxed), Ok(4));
    assert_eq!(Word::load(&word, Ordering::Relaxed), 7);
}

/// Variables made in a regular pattern have hashes of their own, which fill the slots of a map's root evenly.
#[test]
fn hashes_of_variables_are_spread() {
    const VARIABLES: u64 = 1024;
    for stride in [1, 2, 3, 10, 32, 64, 1024, 4096] {
        let hashes: BTreeSet<u32> = (0..VARIABLES).map(|n| Spread::hash(n * stride)).collect();
        assert_eq!(hashes.len(), VARIABLES as usize, "stride {stride}");
        let mut slots = [0; 32];
        hashes.iter().for_each(|hash| slots[(hash % 32) as usize] += 1);
        let (least, most) = (slots.iter().min().unwrap(), slots.iter().max().unwrap());
        assert!(*least >= 16 && *most <= 64, "stride {stride}: {slots:?}");
    }
    // Identities beyond 32 bits count with all their bits.
    assert_ne!(Spread::hash(1), Spread::hash(1 + (1 << 32)));
    assert_eq!([0, 1, 77].map(Identity::hash), [0, 1, 77]);
}
