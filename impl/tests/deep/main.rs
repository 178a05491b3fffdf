//! Long chains of objects that hold each other: released in bounded stack, every value once, each before what it holds.
//! `ambient.rs` has the public layer, `core.rs` the core with a value type of its own.

mod ambient;
mod core;

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::thread;

/// Links of a chain.
const LINKS: usize = 100_000;

/// Much less than a frame for each link would take, and an eighth of what a thread usually has.
const STACK: usize = 256 * 1024;

/// The numbers of the values that died, in order.
type Log = Arc<Mutex<Vec<usize>>>;

/// An object of the library that a value holds.
type Object = Box<dyn Any + Send + Sync>;

/// What a link does when it dies, besides that it is logged.
type Code = fn();

/// A value that holds objects.
struct Link {
    number: usize,
    log: Log,
    code: Code,
    holds: Vec<Object>,
}

impl Link {
    fn new(number: usize, log: &Log, holds: Vec<Object>) -> Self {
        Link { number, log: Arc::clone(log), code: || (), holds }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.log.lock().unwrap().push(self.number);
        (self.code)();
        if self.number.is_multiple_of(2) {
            // By its code, not after it.
            self.holds.drain(..).for_each(drop);
        }
    }
}

/// A kind of object: makes one that holds the link.
type Kind = fn(Link) -> Object;

/// The object at the beginning of a chain of so many links, numbered from there; link n is held by an object of kind n.
fn chain(kinds: &[Kind], links: usize, log: &Log, code: impl Fn(usize) -> Code) -> Object {
    let first = (0..links).rev().fold(None, |held: Option<Object>, number| {
        let mut link = Link::new(number, log, held.into_iter().collect());
        link.code = code(number);
        Some(kinds[number % kinds.len()](link))
    });
    first.expect("a chain has a link")
}

/// A chain without code of its own.
fn plain(kinds: &[Kind], log: &Log) -> Object {
    chain(kinds, LINKS, log, |_| || ())
}

/// Runs `body` with little stack, and asks that so many values died, in order.
fn all_die(values: usize, body: impl FnOnce(&Log) + Send + 'static) {
    let log = Log::default();
    let inside = Arc::clone(&log);
    let ended = thread::Builder::new().stack_size(STACK).spawn(move || body(&inside)).unwrap().join();
    assert!(ended.is_ok(), "the thread panicked");
    let died = std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(died.len(), values, "values that died");
    assert!(died.iter().copied().eq(0..values), "the order");
    assert_eq!(Arc::strong_count(&log), 1, "a value that is not dropped holds the log");
}

/// A tree of values below a chain of `above`, numbered in the order of a recursion.
fn tree(kinds: &[Kind], above: usize, height: usize, next: &mut usize, log: &Log) -> Link {
    let number = *next;
    *next += 1;
    let (children, above, height) = match (above, height) {
        (0, 0) => (0, 0, 0),
        (0, height) => (3, 0, height - 1),
        (above, height) => (1, above - 1, height),
    };
    let mut holds = Vec::new();
    for child in 0..children {
        let kind = kinds[(number + child) % kinds.len()];
        holds.push(kind(tree(kinds, above, height, next, log)));
    }
    Link::new(number, log, holds)
}

/// Siblings below the depth of the recursion die in its order all the same.
fn trees_die_depth_first(kinds: &'static [Kind]) {
    for above in [0, 30, 50, 100] {
        let values = above + (3_usize.pow(6) - 1) / 2;
        all_die(values, move |log| drop(kinds[0](tree(kinds, above, 5, &mut 0, log))));
    }
}
