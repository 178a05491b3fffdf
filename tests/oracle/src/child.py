"""The interpreter's side of the comparison of CPython with the model: performs scenarios and tells what happened.

Needs nothing but the standard library; Python 3.7 to 3.15. `tests/oracle/src/wire.rs` is the other side of the protocol:
the first line that this program writes says what interpreter it is; then each line on its input is a list of scenarios,
and each line on its output the list of what they answered.

A scenario is a list of events in the order in which they are to happen, each performed by the thread that it names. Every
thread of a scenario is a real thread, made with the least that Python offers, so that it has no context of its own. The
thread that has performed an event wakes the one whose event comes next (a relay); nobody else is awake. After every event
its answer is written down, and what has changed in the state.
"""
import _thread
import contextvars
import faulthandler
import gc
import json
import os
import re
import signal
import sys
import weakref

try:
    import ctypes
except ImportError:  # Built without it: contexts are entered by `Context.run` alone.
    ctypes = None

try:
    from _testcapi import hamt
except ImportError:
    try:
        from _testinternalcapi import hamt  # From 3.13 on.
    except ImportError:
        hamt = None

PROTOCOL = 1
DEEPEST = 8  # User code runs so deep inside other user code; as in the model.
ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
MISSING = contextvars.Token.MISSING
UNBOUND = object()
MAIN = _thread.allocate_lock()  # Held while the main thread sleeps; released to wake it.
MAIN.acquire()


class NoHandle(Exception):
    """The thread does not hold a handle that the operation names."""


class UserPanic(Exception):
    """What user code raises."""


class Over(BaseException):
    """Unwinds the threads of a scenario whose events end early."""


class Handles(dict):
    """The handles of a thread, by name."""

    def __missing__(self, name):
        raise NoHandle(name)


class Value:
    """A value of a scenario. What it is equal to, and what it does, is in the scenario's `values`."""

    __slots__ = ("n", "run", "serial", "holds", "__weakref__")
    __hash__ = None

    def __repr__(self):
        return "value %d" % self.n

    def __eq__(self, other):
        n, run = self.n, self.run
        behaviour = run.values.get(n)
        if behaviour is None:
            return False
        if not run.quiet:
            ops, panics = behaviour["equal"]
            if ops:
                run.user_code(("e", n), ops)
            if panics:
                raise UserPanic
        other = run.values.get(other.n)
        return other is not None and behaviour["class"] is not None and behaviour["class"] == other["class"]

    def __del__(self):
        n, run = self.n, self.run
        if run.quiet:
            return
        known = run.live.get(n)
        if known is not None and known[0] == self.serial:
            del run.live[n]
        run.lives.append(-n - 1)
        behaviour = run.values.get(n)
        if behaviour is not None:
            ops, panics = behaviour["drop"]
            if ops:
                run.user_code(("d", n), ops)
            if panics:
                raise UserPanic


class Actor:
    """A thread of a scenario."""

    def __init__(self, run, number):
        self.run = run
        self.number = number
        self.held = Handles()
        self.stack = []  # Contexts that it has entered: their names and the contexts.
        self.running = []  # User code that is running.
        self.start_in = None
        self.started = self.ended = False
        self.lock = None
        self.sentinel = None
        self.current = None  # What its current context was last seen to hold.

    def wake(self):
        if self.started:
            self.lock.release()
            return
        self.started = True
        self.lock = _thread.allocate_lock()
        self.lock.acquire()
        if hasattr(_thread, "start_joinable_thread"):
            self.sentinel = _thread.start_joinable_thread(self.main, daemon=True)
        else:
            _thread.start_new_thread(self.main, ())

    def main(self):
        run = self.run
        if self.sentinel is None and hasattr(_thread, "_set_sentinel"):
            # Released when the state of this thread is gone, its context too.
            self.sentinel = _thread._set_sentinel()
            self.sentinel.acquire()
        try:
            if self.start_in is None:
                relay(self)
                self.leave()
            else:
                start_in, self.start_in = self.start_in, None
                run.muted = True
                start_in.run(self.inherited)
        except Over:
            pass
        except BaseException as error:
            if not run.over:  # Else a context that could not be left came in the place of `Over`.
                run.fail("%s in the program of the oracle: %s" % (type(error).__name__, error))
        self.ended = True
        run.muted = False
        run.ending = self
        MAIN.release()

    def inherited(self):
        self.run.muted = False
        relay(self)
        self.leave()

    def leave(self):
        """Leaves the contexts that it is still inside, innermost first. Nobody is told of it."""
        left = []
        self.run.muted = True
        while self.stack:
            left.append(self.stack.pop())
            exit_context(left[-1][1])

    def join(self):
        if self.sentinel is not None:
            if hasattr(self.sentinel, "join"):
                self.sentinel.join()
            else:
                self.sentinel.acquire()


class Run:
    """One scenario that is being performed."""

    def __init__(self, scenario):
        self.events = scenario["events"]
        self.values = {int(n): behaviour for n, behaviour in scenario["values"].items()}
        self.actors = [Actor(self, n) for n in range(scenario["threads"] + 1)]
        self.actor = self.actors[0]
        self.at = 0
        self.results = []
        self.trace = None  # Writes every result at once, so that it is known where an interpreter dies.
        self.live = {}
        self.serials = 0
        self.lives = []  # Values made and (complement) dropped by the event.
        self.seen = []  # What user code saw during the event.
        self.contexts = {}
        self.contents = {}
        self.equal = []
        self.watching = scenario.get("watchers", {})
        self.watchers = {}
        self.muted = False  # Whether watchers are told nothing.
        self.quiet = False  # Whether user code is switched off.
        self.over = False
        self.failure = None
        self.ending = None

    def fail(self, why):
        self.failure = self.failure or why
        self.at = len(self.events)

    def bring(self, actor, n):
        """The value of this name: the one that exists, else a new one."""
        known = self.live.get(n)
        if known is not None:
            value = known[1]()
            if value is not None:
                return value
        value = Value()
        value.n, value.run = n, self
        value.serial = self.serials = self.serials + 1
        behaviour = self.values.get(n)
        held = actor.held
        value.holds = [held[name] for name in behaviour["holds"] if name in held] if behaviour else None
        self.live[n] = (value.serial, weakref.ref(value))
        self.lives.append(n)
        return value

    def keep(self, actor, name, context):
        actor.held[name] = context
        self.contexts[name] = weakref.ref(context)

    def user_code(self, who, ops, current=None):
        actor = self.actor
        running = actor.running
        if len(running) >= DEEPEST or who in running:
            return
        running.append(who)
        for at, op in enumerate(ops):
            answer = perform(actor, op, 0)
            self.seen.append([actor.number, who[0], who[1], at, answer, current])
        running.pop()

    def switched(self, watcher, context):
        """A watcher is told that this is the current context now."""
        if self.quiet or self.muted:
            return
        actor = self.actor
        names = [name for name, held in actor.held.items() if held is context and context is not None]
        current = names[0] if names else None
        self.seen.append([actor.number, "w", watcher, None, None, current])
        ops, panics = self.watching.get(watcher, ((), False))
        if ops:
            self.user_code(("w", watcher), ops, current)
        if panics:
            raise UserPanic

    def hand_over(self):
        """Wakes whoever performs the next event; the main thread, if there is none."""
        if self.at >= len(self.events):
            self.ending = None
            MAIN.release()
            return
        event = self.events[self.at]
        actor = self.actor = self.actors[event[0]]
        if actor.ended:
            self.fail("thread %d was to go on after its end" % actor.number)
            MAIN.release()
        elif not actor.started and actor.start_in is None and event[2] == "end":
            self.ending = actor
            MAIN.release()
        else:
            actor.wake()

    def record(self, actor, answer, has_context):
        """Notes the answer to the event, and what is different now."""
        self.quiet = True
        changes = {}
        if self.lives:
            changes["l"], self.lives = self.lives, []
        if self.seen:
            changes["s"], self.seen = self.seen, []
        alive, changed = [], {}
        for name, ref in list(self.contexts.items()):
            context = ref()
            if context is None:
                del self.contexts[name]
                self.contents.pop(name, None)
                changed[name] = None
                continue
            bindings = [(var.name, value.n) for var, value in context.items()]
            if len(bindings) != len(context):
                self.fail("%s has the length %d and %d items" % (name, len(context), len(bindings)))
            if self.contents.get(name) != bindings:
                self.contents[name] = changed[name] = bindings
            alive.append((name, context))
        if changed:
            changes["c"] = changed
        equal, last = [], len(alive)
        for n in range(1, last):
            right, context = alive[n]
            for m in range(n):
                if alive[m][1] == context:
                    equal.append((alive[m][0], right))
        if equal != self.equal:
            self.equal = changes["e"] = equal
        alive = context = None
        if has_context:
            current = [(var.name, value.n) for var, value in contextvars.copy_context().items()]
            if current != actor.current:
                actor.current = changes["n"] = current
        self.quiet = False
        result = [answer, changes] if changes else [answer]
        self.results.append(result)
        if self.trace is not None:
            self.trace(result)
        self.at += 1


def relay(actor):
    """Performs the events of this thread until one that ends a scope, or the thread."""
    run = actor.run
    events = run.events
    while True:
        if run.over:
            raise Over
        if run.at >= len(events) or events[run.at][0] != actor.number:
            run.hand_over()
            actor.lock.acquire()
            continue
        event = events[run.at]
        name = event[2]
        if name == "leave" or name == "end":
            return
        if name == "run":
            scope(actor, event)
        else:
            answer = perform(actor, event, 2)
            run.record(actor, answer, event[1])


def scope(actor, event):
    """`Context.run`, whose body is the events up to the one that leaves."""
    run = actor.run
    name, panics, enters = event[3], event[4], event[5]
    entered = []

    def body():
        entered.append(True)
        actor.stack.append((name, context))
        run.record(actor, None, event[1])
        if enters:
            relay(actor)
        if panics:
            raise UserPanic

    try:
        context = actor.held[name]
        context.run(body)
        if panics:
            run.fail("a panic did not come out of run")
        answer = None
    except UserPanic:
        answer = None
    except NoHandle:
        answer = {"type": "NoHandle"}
    except RuntimeError as error:
        if run.over:  # It came in the place of `Over`.
            raise Over
        answer = describe(error)
    if answer is None:
        forget(actor, context)
    if entered and not enters:
        run.fail("a context was entered that another thread is inside, or this one")
        return
    if not entered and enters:
        run.record(actor, answer, False)
        run.fail("a context was not entered")
        return
    has_context = run.events[run.at][1] if entered and run.at < len(run.events) else event[1]
    context = None
    run.record(actor, answer, has_context)


def forget(actor, context):
    for n in range(len(actor.stack) - 1, -1, -1):
        if actor.stack[n][1] is context:
            del actor.stack[n]
            return


def perform(actor, event, skip):
    """Performs one operation; its answer."""
    try:
        return OPERATIONS[event[skip]](actor, *event[skip + 1:])
    except NoHandle:
        return {"type": "NoHandle"}
    except Exception as error:
        return describe(error)


def describe(error):
    """An error as the comparison reads it: its type, its text without addresses, a variable that is its argument."""
    told = {"type": type(error).__name__, "text": ADDRESS.sub("0x", str(error))}
    if len(error.args) == 1 and isinstance(error.args[0], contextvars.ContextVar):
        told["var"] = error.args[0].name
    return told


def name_of(value):
    """What is written down for a value; text for something that never was one."""
    return value.n if type(value) is Value else repr(value)


def get(actor, var, fallback):
    var = actor.held[var]
    if fallback is None:
        return name_of(var.get())
    return name_of(var.get(actor.run.bring(actor, fallback)))


def set_(actor, var, value, name):
    var = actor.held[var]
    value = actor.run.bring(actor, value)
    token = var.set(value)
    if name is not None:
        actor.held[name] = token


def reset(actor, var, token):
    return actor.held[var].reset(actor.held[token])


def new_var(actor, name, default):
    if default is None:
        actor.held[name] = contextvars.ContextVar(name)
    else:
        actor.held[name] = contextvars.ContextVar(name, default=actor.run.bring(actor, default))


def token_old(actor, token):
    old = actor.held[token].old_value
    return None if old is MISSING else name_of(old)


def enter(actor, name):
    context = actor.held[name]
    enter_context(context)
    actor.stack.append((name, context))


def exit_(actor, name):
    context = actor.held.get(name)
    if context is None:
        inside = [context for other, context in actor.stack if other == name]
        if not inside:
            raise NoHandle(name)
        context = inside.pop()
    exit_context(context)
    forget(actor, context)


def lookup(actor, context, var):
    context, var = actor.held[context], actor.held[var]
    value = context[var]
    if context.get(var) is not value:
        return "Context.get answers otherwise than Context[]"
    return name_of(value)


def items(actor, context):
    return [(var.name, name_of(value)) for var, value in actor.held[context].items()]


def equal(actor, left, right):
    return actor.held[left] == actor.held[right]


def iterate(actor, context, name):
    actor.held[name] = iter(actor.held[context].items())


def next_(actor, name):
    item = next(actor.held[name], None)
    return None if item is None else [item[0].name, name_of(item[1])]


def drop(actor, name):
    if name not in actor.held:
        raise NoHandle(name)
    del actor.held[name]


def give(actor, name, to):
    actor.run.actors[to].held[name] = actor.held[name]


def spawn(actor, number, inherit):
    if inherit:
        actor.run.actors[number].start_in = contextvars.copy_context()


def watch(actor, name):
    run = actor.run

    def told(_, context):
        run.switched(name, context)
        return 0

    callback = WATCHER(told)
    slot = add_watcher(callback)
    run.watchers[name] = slot, callback
    return slot


def unwatch(actor, name):
    slot = actor.run.watchers.get(name, (None, None))[0]
    if slot is None:  # One that nobody has; the number after the last one, if there is none.
        used = [slot for slot, _ in actor.run.watchers.values()]
        slot = min(set(range(9)) - set(used))
    clear_watcher(slot)
    actor.run.watchers.pop(name)


def fork(actor):
    for other in actor.run.actors[1:]:
        other.held.update(actor.held)


def probe(actor):
    """All that can be asked without changing anything: tokens, what each variable reads, every view of each context."""
    run = actor.run
    run.quiet = True
    tokens, views, variables = {}, {}, []
    for other in run.actors:
        for name, handle in list(other.held.items()):
            if type(handle) is contextvars.Token and name not in tokens:
                old = handle.old_value
                used = repr(handle).startswith("<Token used ")
                tokens[name] = [handle.var.name, None if old is MISSING else name_of(old), used]
            elif type(handle) is contextvars.Context and name not in views:
                views[name] = handle
    for name, handle in list(actor.held.items()):
        if type(handle) is contextvars.ContextVar:
            value = handle.get(UNBOUND)
            variables.append([name, None if value is UNBOUND else name_of(value)])
            value = None
            if handle.name != name:
                run.fail("%s calls itself %s" % (name, handle.name))
    for name, context in views.items():
        pairs = list(context.items())
        keys, values = list(context), list(context.values())
        same = (
            keys == [var for var, _ in pairs]
            and keys == list(context.keys())
            and all(one is other for one, (_, other) in zip(values, pairs))
            and len(keys) == len(values) == len(pairs) == len(context)
            and bool(context) == bool(pairs)
            and all(var in context and context[var] is value for var, value in pairs)
            and context == context
            and not context != context
            and context == context.copy()
        )
        if not same:
            run.fail("the views of %s do not agree" % name)
        for other in views.values():
            if (context == other) != (other == context) or (context == other) == (context != other):
                run.fail("equality with %s is not symmetric" % name)
    pairs = keys = values = value = context = other = handle = var = None
    views.clear()
    run.quiet = False
    return [tokens, variables]


OPERATIONS = {
    "var": new_var,
    "get": get,
    "set": set_,
    "reset": reset,
    "token-var": lambda actor, token: actor.held[token].var.name,
    "token-old": token_old,
    "context": lambda actor, name: actor.run.keep(actor, name, contextvars.Context()),
    "copy-current": lambda actor, name: actor.run.keep(actor, name, contextvars.copy_context()),
    "copy": lambda actor, context, name: actor.run.keep(actor, name, actor.held[context].copy()),
    "enter": enter,
    "exit": exit_,
    "lookup": lookup,
    "contains": lambda actor, context, var: actor.held[var] in actor.held[context],
    "len": lambda actor, context: len(actor.held[context]),
    "items": items,
    "equal": equal,
    "iter": iterate,
    "next": next_,
    "drop": drop,
    "give": give,
    "spawn": spawn,
    "watch": watch,
    "unwatch": unwatch,
    "fork": fork,
    "probe": probe,
}


def no_ctypes(context):
    raise RuntimeError("this interpreter has no ctypes, by which contexts are entered and left")


enter_context = exit_context = no_ctypes
if ctypes is not None and hasattr(ctypes, "pythonapi") and hasattr(ctypes.pythonapi, "PyContext_Enter"):
    enter_context, exit_context = ctypes.pythonapi.PyContext_Enter, ctypes.pythonapi.PyContext_Exit
    for function in (enter_context, exit_context):
        function.argtypes, function.restype = [ctypes.py_object], ctypes.c_int

add_watcher = clear_watcher = None
if enter_context is not no_ctypes and hasattr(ctypes.pythonapi, "PyContext_AddWatcher"):  # From 3.14 on.
    WATCHER = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.py_object)
    add_watcher, clear_watcher = ctypes.pythonapi.PyContext_AddWatcher, ctypes.pythonapi.PyContext_ClearWatcher
    add_watcher.argtypes, add_watcher.restype = [WATCHER], ctypes.c_int
    clear_watcher.argtypes, clear_watcher.restype = [ctypes.c_int], ctypes.c_int

ORDER = {"v": 0, "c": 1, "t": 2, "i": 3}


def close(run, actor):
    """The end of a thread, after which it holds nothing: thread 0 takes over, and gives up all in order."""
    main = run.actors[0]
    run.actor = actor
    if actor is not main:
        main.held.update(actor.held)
        actor.held.clear()
        return
    for other in run.actors[1:]:
        main.held.update(other.held)
        other.held.clear()
    for name in sorted(main.held, key=lambda name: (ORDER[name[0]], int(name[1:]))):
        del main.held[name]


def play(scenario, trace):
    """Performs one scenario; what it answered."""
    run = Run(scenario)
    run.trace = trace
    run.hand_over()
    while True:
        MAIN.acquire()
        actor = run.ending
        if actor is None or run.failure:
            break
        run.ending = None
        actor.join()
        if run.at >= len(run.events) or run.events[run.at][2] != "end":
            run.fail("a thread ended before its end")
            break
        close(run, actor)
        run.record(actor, None, False)
        actor.ended = True
        run.hand_over()
    run.quiet = run.over = True
    for actor in run.actors:
        if actor.started and not actor.ended:
            actor.lock.release()
            MAIN.acquire()
            actor.join()
    for slot, _ in run.watchers.values():
        clear_watcher(slot)
    for _, ref in list(run.live.values()):
        value = ref()
        if value is not None:
            value.holds = None
    for actor in run.actors:
        actor.held.clear()
        actor.run = actor.sentinel = actor.start_in = None
    value = run.actors = run.actor = run.ending = None
    if run.failure:
        return {"failure": run.failure, "results": run.results}
    return run.results


class MapKey:
    """A key of the map alone, with the hash that the case chose."""

    def __init__(self, n, chosen):
        self.n, self.chosen = n, chosen

    def __hash__(self):
        return self.chosen


class MapValue:
    """A value of the map alone: it equals those of its class."""

    __hash__ = None

    def __init__(self, n, of_class):
        self.n, self.of_class = n, of_class

    def __eq__(self, other):
        return self.of_class == other.of_class


def play_map(case):
    """Performs a case on the interpreter's own map; the answers."""
    keys = [MapKey(n, chosen) for n, chosen in enumerate(case["hashes"])]
    versions, cursors, told = [hamt()], [], []
    for name, *arguments in case["ops"]:
        answer = None
        if name == "insert":
            of, key, of_class = arguments
            versions.append(versions[of].set(keys[key], MapValue(len(versions), of_class)))
        elif name == "remove":
            old = versions[arguments[0]]
            versions.append(old.delete(keys[arguments[1]]))
            answer = versions[-1] is not old  # It is the same map if the key is not there.
        elif name == "clone":
            versions.append(versions[arguments[0]])
        elif name == "get":
            answer = versions[arguments[0]].get(keys[arguments[1]], None)
            answer = answer and answer.n
        elif name == "iterate":
            answer = pairs_of(versions[arguments[0]])
        elif name == "equal":
            answer = versions[arguments[0]] == versions[arguments[1]]
        elif name == "cursor":
            cursors.append(iter(versions[arguments[0]].items()))
        elif name == "next":
            pair = next(cursors[arguments[0]], None)
            answer = pair and [pair[0].n, pair[1].n]
        elif name == "drop":
            versions[arguments[0]] = None
        else:
            cursors[arguments[0]] = None
        if name in ("insert", "remove", "clone"):
            answer = [answer, pairs_of(versions[-1]), pairs_of(versions[arguments[0]])]
        told.append(answer)
    return told


def pairs_of(version):
    pairs = [[key.n, value.n] for key, value in version.items()]
    keys, values = [key.n for key in version], [value.n for value in version.values()]
    if pairs != [list(pair) for pair in zip(keys, values)] or len(version) != len(pairs):
        return "the views of the map do not agree"
    found = all(version.get(key) is value and key in version for key, value in version.items())
    return pairs if found else "the map does not find what it holds"


def main():
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # What anybody prints is not taken for an answer.
    faulthandler.enable(file=sys.__stderr__)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # The suite is asked to stop, and stops this process.
    sys.stderr = None  # Errors that `__del__` raises are part of scenarios, and not told.
    if hasattr(sys, "unraisablehook"):
        sys.unraisablehook = lambda unraisable: None
    if "--memory" in sys.argv:
        import resource

        most = int(sys.argv[sys.argv.index("--memory") + 1])
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pinned = hasattr(os, "sched_setaffinity")
    if pinned:
        # The threads take turns: on one processor they are woken without a message between two.
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
    _thread.stack_size(256 * 1024)
    gc.disable()  # In the model, what holds itself in a circle never dies.
    hello = {
        "protocol": PROTOCOL,
        "implementation": sys.implementation.name,
        "version": list(sys.version_info[:3]),
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "enters": enter_context is not no_ctypes,
        "maps": hamt is not None,
        "watches": add_watcher is not None,
        "pinned": pinned,
    }

    def write(told):
        out.write(json.dumps(told, separators=(",", ":")) + "\n")
        out.flush()

    write(hello)
    for batch, line in enumerate(sys.stdin, 1):
        # The default action ends this process, in case nobody is left who would kill it.
        signal.alarm(120)
        asked = json.loads(line)
        trace = write if asked.get("trace") else None
        told = [play(scenario, trace) for scenario in asked.get("scenarios", ())]
        told += [play_map(case) for case in asked.get("maps", ())]
        asked = line = None
        write({"told": told})
        told = None
        signal.alarm(0)
        if batch % 16 == 0:
            gc.collect()


main()
