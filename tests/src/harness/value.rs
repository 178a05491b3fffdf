//! Values that are followed from their creation to their drop.

pub use super::user_panic::Contain;
use super::user_panic::contained;
use crate::allocator;
use crate::mutex::lock;
use crate::outcome::{LedgerReport, Quiet};
use crate::platform::trace;
use contextvars::core::Value;
use contextvars_model::{Specs, ThreadId, Trigger, Val};
use std::any::Any;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, Weak};

/// What belongs to one execution: how values behave, and the ledger of their lives. Invisible to the engines: it stands
/// for the machine, not for the program.
pub struct ValueHeap {
    specs: Arc<Specs>,
    user_code: fn(Trigger, &Specs),
    thread: fn() -> ThreadId,
    contain: Contain,
    ledger: Mutex<Ledger>,
}

/// Objects that a value holds, of any type.
pub type Holdings = Vec<Box<dyn Any + Send + Sync>>;

#[derive(Default)]
struct Ledger {
    /// By name; several of one name if one is dying while the next is made.
    live: BTreeMap<Val, Vec<Weak<Body>>>,
    /// What stands for values that were reached after their drop. Kept to the end: giving one back would be memory of
    /// the harness's that a read of a design takes, which code inside the allocator would take for the design's.
    phantoms: BTreeMap<Val, Arc<Body>>,
    reached_after_drop: Vec<(Val, ThreadId)>,
    runaway: Option<ThreadId>,
    /// From the start of the parallel part on.
    quiet: Option<Vec<Quiet>>,
}

impl ValueHeap {
    /// A world without values. `user_code` does what a trigger asks for, on whichever thread is running; `thread` tells
    /// which that is; drops run inside `contain`.
    pub fn new(
        specs: Arc<Specs>,
        user_code: fn(Trigger, &Specs),
        thread: fn() -> ThreadId,
        contain: Contain,
    ) -> Arc<ValueHeap> {
        Arc::new(ValueHeap { specs, user_code, thread, contain, ledger: Mutex::default() })
    }

    fn ledger<R>(&self, body: impl FnOnce(&mut Ledger) -> R) -> R {
        allocator::quiet(|| body(&mut lock(&self.ledger)))
    }

    /// The value of this name: the one that exists, else a new one, which holds what `holdings` gives it.
    pub fn value(self: &Arc<ValueHeap>, id: Val, holdings: impl FnOnce() -> Holdings) -> Tracked {
        if let Some(body) = self.ledger(|ledger| ledger.find(id)) {
            return Tracked(body);
        }
        // Gathered outside of the ledger's lock: that may be a scheduling point.
        let mut holds = holdings();
        self.ledger(|ledger| {
            let body = ledger.find(id).unwrap_or_else(|| {
                let holds = Mutex::new(std::mem::take(&mut holds));
                let body = Arc::new(Body { id, phantom: false, world: Arc::clone(self), holds });
                ledger.live.entry(id).or_default().push(Arc::downgrade(&body));
                body
            });
            Tracked(body)
        })
    }

    /// Takes from the values that still exist what they hold, so that those which hold each other in a circle die.
    pub fn break_circles(&self) {
        loop {
            let bodies: Vec<_> =
                self.ledger(|ledger| ledger.live.values().flatten().filter_map(Weak::upgrade).collect());
            let held: Vec<Holdings> = bodies.iter().map(|body| std::mem::take(&mut *lock(&body.holds))).collect();
            if held.iter().all(Vec::is_empty) {
                return;
            }
        }
    }

    /// Notes that user code runs without end in a thread.
    pub fn runs_away(&self, thread: ThreadId) {
        self.ledger(|ledger| ledger.runaway = Some(thread));
    }

    /// The value behind a name that was kept without keeping the value, as a borrowed pointer is. If it is dead, that
    /// is the event that a sound design never causes; the caller gets a phantom in its place.
    pub fn borrowed(self: &Arc<ValueHeap>, id: Val) -> Tracked {
        self.ledger(|ledger| {
            ledger.find(id).map(Tracked).unwrap_or_else(|| {
                ledger.reached_after_drop.push((id, (self.thread)()));
                let phantom = || Body { id, phantom: true, world: Arc::clone(self), holds: Mutex::default() };
                Tracked(Arc::clone(ledger.phantoms.entry(id).or_insert_with(|| Arc::new(phantom()))))
            })
        })
    }

    /// The values that exist, in order.
    pub fn live(&self) -> Vec<Val> {
        self.ledger(|ledger| ledger.names().collect())
    }

    /// Whether the values that exist are these.
    pub fn is_live(&self, expected: &BTreeSet<Val>) -> bool {
        self.ledger(|ledger| ledger.names().eq(expected.iter().copied()))
    }

    /// The parallel part begins: from now on quiet moments are written down.
    pub fn watch_quiet(&self) {
        self.ledger(|ledger| ledger.quiet = Some(Vec::new()));
    }

    /// Writes down what exists at a moment at which nobody is inside an operation.
    pub fn is_quiet(&self, at: u64) {
        self.ledger(|ledger| {
            let live = ledger.names().collect();
            ledger.quiet.iter_mut().for_each(|quiet| quiet.push(Quiet { at, live: Vec::clone(&live) }));
        });
    }

    /// The report at the end, when every handle is gone.
    pub fn report(&self) -> LedgerReport {
        let leaked = self.live();
        // They refer to this world, which refers to them.
        drop(self.ledger(|ledger| std::mem::take(&mut ledger.phantoms)));
        self.ledger(|ledger| LedgerReport {
            leaked,
            reached_after_drop: ledger.reached_after_drop.clone(),
            runaway: ledger.runaway,
            unordered: Vec::new(),
            quiet: ledger.quiet.take().unwrap_or_default(),
        })
    }

    fn run(&self, trigger: Trigger) {
        if !self.specs.values.is_empty() {
            let code = || trace::in_user_code((self.thread)(), || (self.user_code)(trigger, &self.specs));
            allocator::quiet(code);
        }
    }

    /// How values behave.
    pub fn specs(&self) -> &Arc<Specs> {
        &self.specs
    }
}

impl Ledger {
    fn find(&self, id: Val) -> Option<Arc<Body>> {
        self.live.get(&id)?.last()?.upgrade()
    }

    fn names(&self) -> impl Iterator<Item = Val> {
        self.live.iter().flat_map(|(&id, bodies)| bodies.iter().map(move |_| id))
    }
}

/// A reference to a value of a scenario. Cloning it takes another reference; dropping the last one drops the value.
pub struct Tracked(Arc<Body>);

struct Body {
    id: Val,
    /// Stands for a value that was dead when it was reached; it was never alive itself.
    phantom: bool,
    world: Arc<ValueHeap>,
    /// Dropped with the body, after its user code.
    holds: Mutex<Holdings>,
}

impl Tracked {
    /// Its name.
    pub fn id(&self) -> Val {
        self.0.id
    }

    /// Its world.
    pub fn world(&self) -> &Arc<ValueHeap> {
        &self.0.world
    }

    /// A clone for a reader: user code.
    pub fn clone_for_reader(&self) -> Tracked {
        self.0.world.run(Trigger::Clone(self.0.id));
        self.clone()
    }
}

/// A value that a faulty cache may keep by name alone, as C keeps a borrowed pointer.
pub trait Followed: Value {
    /// What turns names back into values: stands for the machine's memory.
    type Memory: Send + Sync;
    /// Its name.
    fn name(&self) -> Val;
    /// Where it lives.
    fn memory(&self) -> &Arc<Self::Memory>;
    /// The value of this name, dead or alive.
    fn borrowed(memory: &Arc<Self::Memory>, name: Val) -> Self;
}

impl Followed for Tracked {
    type Memory = ValueHeap;

    fn name(&self) -> Val {
        self.id()
    }

    fn memory(&self) -> &Arc<ValueHeap> {
        self.world()
    }

    fn borrowed(world: &Arc<ValueHeap>, name: Val) -> Tracked {
        world.borrowed(name)
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        Tracked(Arc::clone(&self.0))
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.id.fmt(f)
    }
}

impl Value for Tracked {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn equal(&self, other: &Self) -> bool {
        self.0.world.run(Trigger::Equal(self.0.id));
        let class = |value: &Tracked| self.0.world.specs.values.get(&value.0.id).and_then(|spec| spec.class);
        class(self).is_some() && class(self) == class(other)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if self.phantom {
            return;
        }
        self.world.ledger(|ledger| {
            if let Entry::Occupied(mut same_name) = ledger.live.entry(self.id) {
                same_name.get_mut().retain(|body| !std::ptr::eq(body.as_ptr(), self));
                if same_name.get().is_empty() {
                    same_name.remove();
                }
            }
        });
        trace::in_user_code((self.world.thread)(), || {
            contained(self.world.contain, || self.world.run(Trigger::Drop(self.id)));
            let holds = std::mem::take(&mut *lock(&self.holds));
            drop(holds);
        });
    }
}
