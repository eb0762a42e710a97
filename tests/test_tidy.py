"""The shape of the code, where ruff has no rule for it. Complexity and the number of arguments are ruff's as well."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("services", "mocks")
DOMAIN = "services/yibaobox/domain/"
FUNCTION_LINES, FILE_LINES, ARGUMENTS = 40, 400, 6
NAMELESS = {"common", "helper", "helpers", "manager", "managers", "misc", "shared", "util", "utils"}

CLOCK_MODULES = {"datetime": {"now", "utcnow", "today"}, "date": {"today"}}
TIME_FUNCTIONS = {"ctime", "gmtime", "localtime", "strftime", "time", "time_ns"}
TIME_IN_DOMAIN = TIME_FUNCTIONS | {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}
TIME_IN_SQL = ("CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP", "datetime('now'", "date('now'", "unixepoch(")
LOTS = {"random", "secrets", "uuid"}

# path, path::function or folder/, and why it may. The length of a file has no exception; one that is not needed fails.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "function length": {
        f"{DOMAIN}store/migrations/": "a revision is one list of tables, never edited",
    },
    "arguments": {
        f"{DOMAIN}policy/premium.py::_answer": "five figures of one answer, each given by name",
        f"{DOMAIN}enrolment/periods.py::grant_period": "a paid year is these facts; none of them has a default",
        f"{DOMAIN}outbox.py::stage": "an event has this many facts, each given by name",
    },
    "float": {},
    "time": {
        f"{DOMAIN}clock.py": "the one reader of time",
    },
    "chance": {
        "services/yibaobox/edge/router.py": "trace ids collide with nobody's",
        f"{DOMAIN}secret.py": "a code that is shown at a till must not be guessed",
        f"{DOMAIN}accounts/captchas.py": "a captcha that can be foretold asks nobody anything",
        f"{DOMAIN}accounts/codes.py": "a code by text message must not be guessed",
        f"{DOMAIN}accounts/logins.py": "tokens of sessions must not be guessed",
        f"{DOMAIN}accounts/passwords.py": "every password has a salt of its own",
        "services/yibaobox/tax/tokens.py": "tokens of sessions must not be guessed",
        "mocks/yibaobox_mocks/lots.py": "codes and nonces of pretend parties must not be guessed",
        f"{DOMAIN}store/authority.py": "serial numbers of certificates are nobody else's",
        f"{DOMAIN}store/keys.py": "keys and secrets of an installation must not be guessed",
        f"{DOMAIN}store/spares.py": "spares that several processes make get names nobody else has",
        f"{DOMAIN}store/worlds.py": "places of worlds and parts of them get names nobody else has",
    },
}


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


@cache
def files() -> tuple[str, ...]:
    found = (path for source in SOURCES for path in (ROOT / source).rglob("*.py"))
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found))


def functions(path: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def count_arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    return len([a for a in given.posonlyargs + given.args + given.kwonlyargs if a.arg not in {"self", "cls"}])


def docstrings(module: ast.Module) -> set[ast.AST]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    firsts = (node.body[0] for node in ast.walk(module) if isinstance(node, holders) and node.body)
    return {first.value for first in firsts if isinstance(first, ast.Expr)}


def last_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


# --- rules: each yields (where, what) ---------------------------------------------------------------------------------
def long_functions() -> Iterator[tuple[str, str]]:
    for path in files():
        for function in functions(path):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path}::{function.name}", f"{lines} lines"


def crowded_signatures() -> Iterator[tuple[str, str]]:
    for path in files():
        for function in functions(path):
            if count_arguments(function) > ARGUMENTS:
                yield f"{path}::{function.name}", f"{count_arguments(function)} arguments"


def floats() -> Iterator[tuple[str, str]]:
    for path in filter(in_domain, files()):
        sleeps = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and is_sleep(node))
        naps = {nap for sleep in sleeps for nap in sleep.args}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, float | complex) and node not in naps:
                yield path, f"line {node.lineno}: {node.value}"
            if isinstance(node, ast.Name) and node.id == "float":
                yield path, f"line {node.lineno}: float"


def is_sleep(call: ast.Call) -> bool:
    return last_name(call.func) == "sleep"  # its seconds are no amount of money


def readers_of_time() -> Iterator[tuple[str, str]]:
    for path in files():
        banned = TIME_IN_DOMAIN if in_domain(path) else TIME_FUNCTIONS
        prose = docstrings(tree(path))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and reads_time(node, banned):
                yield path, f"line {node.lineno}: {last_name(node.value)}.{node.attr}"
            if isinstance(node, ast.ImportFrom) and node.module == "time" and {a.name for a in node.names} & banned:
                yield path, f"line {node.lineno}: from time import"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
                yield from ((path, f"line {node.lineno}: {word}") for word in TIME_IN_SQL if word in node.value)


def reads_time(node: ast.Attribute, banned: set[str]) -> bool:
    owner = last_name(node.value)
    return node.attr in CLOCK_MODULES.get(owner, set()) or (owner == "time" and node.attr in banned)


def drawers_of_lots() -> Iterator[tuple[str, str]]:
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import) and {alias.name for alias in node.names} & LOTS:
                yield path, f"line {node.lineno}: {', '.join(alias.name for alias in node.names)}"
            if isinstance(node, ast.ImportFrom) and node.module in LOTS:
                yield path, f"line {node.lineno}: {node.module}"
            if isinstance(node, ast.Attribute) and node.attr == "urandom":
                yield path, f"line {node.lineno}: urandom"


def in_domain(path: str) -> bool:
    return path.startswith(DOMAIN)


def covers(key: str, where: str) -> bool:
    return where.startswith(key) if key.endswith("/") else where == key


RULES = {
    "function length": long_functions,
    "arguments": crowded_signatures,
    "float": floats,
    "time": readers_of_time,
    "chance": drawers_of_lots,
}


# --- tests ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rule", RULES)
def test_no_place_breaks_the_rule_unless_it_is_named(rule):
    named = EXCEPTIONS[rule]

    assert [f"{where}: {what}" for where, what in RULES[rule]() if not any(covers(key, where) for key in named)] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_exception_is_still_needed(rule):
    breakers = {where for where, _ in RULES[rule]()}

    assert [key for key in EXCEPTIONS[rule] if not any(covers(key, where) for where in breakers)] == []


def test_no_file_is_longer_than_400_lines():
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in files()}

    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_every_file_is_named_for_its_subject():
    assert [path for path in files() if set(Path(path).with_suffix("").parts) & NAMELESS] == []


def test_tests_are_no_package():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("time", "import datetime as dt\nx = dt.datetime.now()"),
        ("time", "from datetime import date\nx = date.today()"),
        ("time", "from time import time\nx = time()"),
        ("time", "sql = 'INSERT INTO t VALUES (CURRENT_TIMESTAMP)'"),
        ("chance", "from uuid import uuid4"),
        ("chance", "import os\nx = os.urandom(8)"),
        ("float", "ratio = 0.5"),
        ("float", "def f(x: float) -> None: ..."),
        ("arguments", "def f(a, b, c, d, *, e, f, g): ..."),
        ("function length", "def f():\n" + "    x = 1\n" * 40),
    ],
)
def test_a_rule_sees_what_it_forbids(rule, code, monkeypatch):
    path = f"{DOMAIN}sample.py"
    monkeypatch.setitem(globals(), "files", lambda: (path,))
    monkeypatch.setitem(globals(), "tree", lambda _: ast.parse(code))

    assert list(RULES[rule]()) != []
