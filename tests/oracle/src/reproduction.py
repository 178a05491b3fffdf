#: entering
import ctypes
#: always
import gc
#: threads
import queue
#: always
import sys
#: entering or threads
import threading
#: always
import weakref
from contextvars import Context, ContextVar, Token, copy_context

gc.disable()
#: entering
inside = {}
for function in ctypes.pythonapi.PyContext_Enter, ctypes.pythonapi.PyContext_Exit:
    function.argtypes, function.restype = [ctypes.py_object], ctypes.c_int
#: always
unbound = type("Unbound", (), {"__repr__": lambda self: "unbound"})()
live, saw, running, differences = {}, [], [], []
drop, raises, equal, equals, holds, quiet = {}, set(), {}, {}, {}, []
#: threads
threads, start_in = {}, {}
#: always


class UserPanic(Exception):
    pass


class Value:
    __hash__ = None

    def __init__(self, n):
        self.n = n
        self.holds = [globals()[name] for name in holds.get(n, ()) if name in globals()]
        live[n] = id(self), weakref.ref(self)

    def __repr__(self):
        return str(self.n)

    def __del__(self):
        if live.get(self.n, (None, None))[0] == id(self):
            del live[self.n]
        act("drop", self.n, drop.get(self.n, ()))

#: equality
    def __eq__(self, other):
        if not quiet:
            act("equality", self.n, equal.get(self.n, ()))
        return self.n in equals and equals[self.n] == equals.get(other.n)

#: always

def act(what, n, sources):
    who = "%s of %d" % (what, n)
    if who not in running and len(running) < 8:
        running.append(who)
        for source in sources:
            saw.append("%s: %s -> %s" % (who, source, answer(source)))
        running.remove(who)
    if (what, n) in raises:
        raise UserPanic


def value(n):
    """The value of this name: the one that exists, else a new one."""
    return (live[n][1]() if n in live else None) or Value(n)


def show(result):
    if isinstance(result, Token):
        return "a token"
    if isinstance(result, dict):
        return "{%s}" % ", ".join(sorted("%s: %s" % (show(k), show(v)) for k, v in result.items()))
    if isinstance(result, tuple):
        return "(%s)" % ", ".join(map(show, result))
    return result.name if isinstance(result, ContextVar) else repr(result)


def answer(source):
    try:
        try:
            code = compile(source, source, "eval")
        except SyntaxError:
            exec(source, globals())
            return "None"
        return show(eval(code, globals()))
    except Exception as error:
        return type(error).__name__

#: entering

def enter(name):
    ctypes.pythonapi.PyContext_Enter(globals()[name])
    inside[name] = threading.get_ident(), globals()[name]


def leave(name):
    ctypes.pythonapi.PyContext_Exit(globals()[name] if name in globals() else inside[name][1])
    del inside[name]

#: equality

def quietly_equal(left, right):
    quiet.append(True)
    same = left == right
    quiet.clear()
    return same

#: threads

def spawn(n, inherit):
    if inherit:
        start_in[n] = copy_context()


def serve(questions, answers):
    while True:
        source = questions.get()
        if source is None:
            break
        answers.put(answer(source))
#: entering and threads
    for name, (owner, _) in reversed(list(inside.items())):
        if owner == threading.get_ident():
            leave(name)
#: threads


def thread(n):
    if n not in threads:
        arguments = queue.Queue(), queue.Queue()
        if n in start_in:
            body = threading.Thread(target=start_in.pop(n).run, args=(serve,) + arguments, daemon=True)
        else:
            body = threading.Thread(target=serve, args=arguments, daemon=True)
        body.start()
        threads[n] = (body,) + arguments
    return threads[n]


def end(n):
    body, questions, _ = thread(n)
    questions.put(None)
    body.join()
    del threads[n]


def forget(*names):
    for name in names:
        del globals()[name]

#: always

def check(what, got, expected):
    same = got == expected
    print("%s%s -> %s%s" % ("  " if same else "! ", what, got, "" if same else "; it should be %s" % expected), flush=True)
    if not same:
        differences.append(what)

#: threads

def step(n, source, expected):
    """Thread n performs this, while no other thread does anything."""
    _, questions, answers = thread(n)
    questions.put(source)
    check("thread %d: %s" % (n, source), answers.get(), expected)

#: one thread

def step(source, expected):
    check(source, answer(source), expected)

#: always

def user_code_saw(expected):
    check("user code", list(saw), expected)
    saw.clear()


