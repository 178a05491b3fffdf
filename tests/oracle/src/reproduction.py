import ctypes
import gc
import queue
import sys
import threading
import weakref
from contextvars import Context, ContextVar, Token, copy_context

gc.disable()
enter, leave = ctypes.pythonapi.PyContext_Enter, ctypes.pythonapi.PyContext_Exit
for function in enter, leave:
    function.argtypes, function.restype = [ctypes.py_object], ctypes.c_int
unbound = type("Unbound", (), {"__repr__": lambda self: "unbound"})()
behaviour, live, saw, differences, threads, start_in, quiet = {}, {}, [], [], {}, {}, []


class UserPanic(Exception):
    pass


class Behaviour:
    def __init__(self, drop, drop_raises, equal, equal_raises, equals, holds):
        self.drop, self.drop_raises, self.equal, self.equal_raises = drop, drop_raises, equal, equal_raises
        self.equals, self.holds = equals, holds


class Value:
    running = []

    def __init__(self, n):
        self.n = n
        self.holds = [globals()[name] for name in behaviour[n].holds if name in globals()] if n in behaviour else []

    def __repr__(self):
        return str(self.n)

    __hash__ = None

    def __eq__(self, other):
        own = behaviour.get(self.n)
        if own and not quiet:
            self.act("equality of %d" % self.n, own.equal, own.equal_raises)
        return bool(own and own.equals is not None and other.n in behaviour and own.equals == behaviour[other.n].equals)

    def __del__(self):
        if live.get(self.n, (None, None))[0] == id(self):
            del live[self.n]
        if self.n in behaviour:
            self.act("drop of %d" % self.n, behaviour[self.n].drop, behaviour[self.n].drop_raises)

    def act(self, who, sources, raises):
        if who not in self.running and len(self.running) < 8:
            self.running.append(who)
            for source in sources:
                saw.append("%s: %s -> %s" % (who, source, answer(source)))
            self.running.remove(who)
        if raises:
            raise UserPanic


def value(n):
    """The value of this name: the one that exists, else a new one."""
    known = live[n][1]() if n in live else None
    if known is None:
        known = Value(n)
        live[n] = id(known), weakref.ref(known)
    return known


def show(result):
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
        result = eval(code, globals())
        return "None" if result == 0 and source.startswith(("enter", "leave")) else show(result)
    except Exception as error:
        return type(error).__name__


def quietly_equal(left, right):
    quiet.append(True)
    equal = left == right
    quiet.clear()
    return equal


def spawn(n, inherit):
    if inherit:
        start_in[n] = copy_context()


def serve(questions, answers):
    while True:
        source = questions.get()
        if source is None:
            return
        answers.put(answer(source))


def thread(n):
    if n not in threads:
        questions, answers = queue.Queue(), queue.Queue()
        arguments = (questions, answers)
        if n in start_in:
            body = threading.Thread(target=start_in.pop(n).run, args=(serve,) + arguments, daemon=True)
        else:
            body = threading.Thread(target=serve, args=arguments, daemon=True)
        body.start()
        threads[n] = body, questions, answers
    return threads[n]


def check(what, got, expected):
    same = got == expected
    print("%s %s -> %s%s" % ("  " if same else "! ", what, got, "" if same else "; it should be %s" % expected), flush=True)
    if not same:
        differences.append(what)


def step(n, source, expected):
    """Thread n performs this, while no other thread does anything."""
    _, questions, answers = thread(n)
    questions.put(source)
    check("thread %d: %s" % (n, source), answers.get(), expected)


def user_code_saw(expected):
    check("user code", list(saw), expected)
    saw.clear()


def end(n):
    body, questions, _ = thread(n)
    questions.put(None)
    body.join()
    del threads[n]


