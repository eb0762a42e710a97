"""What Schemathesis has to know to reach through the doors: sessions, a request that is accepted, values that exist.

It is loaded by Schemathesis itself (SCHEMATHESIS_HOOKS) and told by the environment which service it tries, where.
"""

from __future__ import annotations

import functools
import os
import zlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from yibaobox.cli import accepted
from yibaobox.cli.stories import Caller
from yibaobox.domain.people import id_numbers

SERVICE = os.environ["YIBAOBOX_TRIED_SERVICE"]
WORLD = os.environ["YIBAOBOX_TRIED_WORLD"]
URL = os.environ["YIBAOBOX_TRIED_URL"]
OURS = accepted.SERVICES[SERVICE]
TALLY = Path(os.environ["YIBAOBOX_TRIED_TALLY"])
SESSIONS: dict[str, str] = {}  # of prepared requests, by the id of the case
WORLDS: dict[str, str] = {}  # of prepared requests that need a world of their own, by the id of the case
UPLOADS: dict[str, accepted.Request] = {}  # prepared requests with files, by the id of the case
LARGE = {"n": 20, "population": 5}
LOG_OUT = "account.log_out"


@functools.cache
def stage() -> accepted.Stage:
    """The world that is tried, which the test has made."""
    return accepted.Stage(Caller(URL, WORLD))


def name(operation: Any) -> str:
    """Return the id of an operation."""
    return str(operation.definition.raw["operationId"])


@functools.cache
def session() -> str:
    """Return a token that serves for reading."""
    request = {"portal": "account.me", "tax": "tax.listed", "credential": "credential.status"}[SERVICE]
    return accepted.of(SERVICE)[request](stage()).headers["Authorization"]


@functools.cache
def known() -> dict[str, Any]:
    """Return values that fit a parameter or field by its name."""
    return dict(OURS.known(stage()))


if SERVICE not in ("control", "settlement"):

    @schemathesis.auth()
    class Session:
        """A session for each request; one that is given up is not used again."""

        def get(self, case: Any, context: Any) -> str:
            """Return a token."""
            if name(context.operation) == LOG_OUT:
                return accepted.of(SERVICE)[LOG_OUT](stage()).headers["Authorization"]
            return session()

        def set(self, case: Any, data: str, context: Any) -> None:
            """Send it, or the one that belongs to a prepared request."""
            case.headers["Authorization"] = SESSIONS.get(case.id, data)


@schemathesis.hook
def before_add_examples(context: Any, examples: list[Any]) -> None:
    """Add a request that is accepted."""
    operation = context.operation
    request = accepted.of(SERVICE)[name(operation)](stage())
    more: dict[str, Any] = {}
    if request.files:
        more = {"body": {**request.form, "file": [request.files[0][1][1]]}, "media_type": "multipart/form-data"}
    elif request.body is not None:
        media_type = request.headers.get("Content-Type", "application/json")
        more = {"body": request.body, "media_type": media_type}
    headers = dict(request.headers)
    token = headers.get("Authorization", "")
    query, path = dict(request.query) or None, dict(request.path) or None
    case = operation.Case(path_parameters=path, query=query, headers=headers, **more)
    if request.files:
        UPLOADS[case.id] = request
    if "X-Sandbox-World" in headers:
        WORLDS[case.id] = headers["X-Sandbox-World"]
    if token:
        SESSIONS[case.id], case._has_explicit_auth = token, True  # ours, not one that chance has made
    examples.append(case)


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """Let every second positive request name what exists."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return case
    if isinstance(case.body, dict | list):
        case.body = _whole(case.body)
    drawn = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace"))
    if drawn % 2:
        for part in (case.path_parameters, case.query, case.body):
            _fill(part, drawn >> 1)
    return case


def _whole(value: Any) -> Any:
    """Write whole numbers without a fraction: 1.0 is an integer to JSON Schema, to whoever counts money it is not."""
    if isinstance(value, dict):
        if isinstance(value.get("probability"), float):
            value["probability"] = round(value["probability"], 6)
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fill(part: Any, drawn: int) -> None:
    if isinstance(part, list):
        for each in part:
            _fill(each, drawn)
    if not isinstance(part, dict):
        return
    for number, key in enumerate(list(part)):
        if key in known() and drawn >> (number % 8) & 3:
            part[key] = known()[key]
        else:
            _fill(part[key], drawn)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Keep the sandbox answering: a population of thousands is another test's. Name the files of an upload."""
    if case.id in UPLOADS:  # Schemathesis sends a list of files as plain fields, without a name
        kwargs |= {"data": UPLOADS[case.id].form, "files": list(UPLOADS[case.id].files)}
    case.headers["X-Sandbox-World"] = WORLDS.get(case.id, WORLD)
    for key, most in LARGE.items():
        if isinstance(case.body, dict) and type(case.body.get(key)) is int and most < case.body[key] <= 100_000:
            case.body[key] = most


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """A body that may be left out is not missed; nor are numbers taken that no strict reader can hold."""
    required = case.operation.definition.raw.get("requestBody", {}).get("required", False)
    if failure.title == "Schema-violating request accepted":
        return required or case.body not in (NOT_SET, {})
    if failure.title == "Schema-valid request rejected":
        return b'"INVALID_JSON"' not in response.content
    return True


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> Any:
    """Lines go as they are."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Write down what came of each request: operation, phase, whether it was accepted."""
    meant = case.method.upper() == case.operation.method.upper()  # OPTIONS succeeds everywhere
    accepted_ = meant and response.status_code // 100 == 2 and b'"infcode":-1' not in response.content
    phase = case.meta.phase.name.value if case.meta is not None else "examples"
    with TALLY.open("a", encoding="utf-8") as tally:
        tally.write(f"{name(case.operation)} {phase} {response.status_code} {'accepted' if accepted_ else 'refused'}\n")


@schemathesis.check
def what_is_forbidden_is_not_accepted(ctx: Any, response: Any, case: Any) -> None:
    """A national transaction refuses in its envelope, by infcode −1, which is HTTP 200."""
    if SERVICE != "settlement" or case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE:
        return
    if b'"infcode":0' in response.content and case.body is NOT_SET:
        raise AssertionError(f"a message that the contract forbids was accepted: {response.text}")


@schemathesis.check
def the_form_takes_what_the_contract_allows(ctx: Any, response: Any, case: Any) -> None:
    """A refusal of the form (it lists `errors` by field) is for what the contract does not allow either."""
    if case.path.endswith("/submit"):
        return  # what is judged there is the draft that was saved before, and this request has no form
    positive = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if positive and response.status_code == 422 and b'"errors":' in response.content:
        raise AssertionError(f"allowed by the contract, refused by the form: {response.text}")


def date_time(year: int) -> datetime:
    """The second of January, within what a clock here can stand at."""
    return datetime.combine(date(year, 1, 2), time.min)


@st.composite
def citizen_ids(draw: Any) -> str:
    """ID numbers with a true date, a true check digit and a prefix that no county has."""
    day = draw(st.dates(min_value=date(1930, 1, 1), max_value=date(2025, 1, 1)))
    front = f"999999{day:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return front + id_numbers.check_digit(front)


instants = st.datetimes(date_time(1990), date_time(2099)).map(lambda at: at.isoformat() + "+08:00")

schemathesis.openapi.format("citizen-id", citizen_ids())
schemathesis.openapi.format("date-time", instants)
