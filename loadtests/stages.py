"""Where the time of one transaction goes, in this process and without a socket.

    python -m loadtests.stages [--infno 2207] [--count 300] [--functions 40] [--db URL]

First the CPU microseconds of one request without a profiler: of its own thread, and with what follows in others. Then,
under the profiler, the share of each stage (a function of ours with all that it calls) and the dearest
functions. The profiler makes everything dearer, small functions most; shares are a guide, no measurement.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from loadtests.bench import visits
from loadtests.bench.hosts import Host
from yibaobox.app import Settings, create_app

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]

# A stage is named by the file and the function in which it begins.
STAGES: Final = {
    "router: world, faults, trace": ("edge/router.py", "__call__"),
    "router: the row for the journal, the log": ("edge/router.py", "_record"),
    "faults": ("edge/faulting.py", "draw"),
    "Flask: request, response, routing": ("flask/app.py", "wsgi_app"),
    "the view": ("edge/dispatch.py", "view"),
    "envelope: read": ("edge/envelope.py", "parse"),
    "signature": ("settlement/gateway_auth/__init__.py", "verify"),
    "fingerprint": ("edge/dispatch.py", "fingerprint"),
    "messages: seen before?": ("domain/messages.py", "replay"),
    "messages: the reply is stored": ("domain/messages.py", "store_settled"),
    "validation": ("settlement/schemas/validate.py", "validate"),
    "the verb": ("settlement/settle.py", "settle"),
    "bill: rows, standing, accounts": ("settlement/bill.py", "drawn_up"),
    "policy: which tables": ("domain/policy/__init__.py", "policy_for"),
    "policy: split": ("domain/policy/split.py", "split"),
    "policy: explanation": ("settlement/commit.py", "_explanation"),
    "ledger: posting": ("domain/ledger/post.py", "post"),
    "the settlement's row": ("domain/visits/settlements.py", "record"),
    "reply: rendered": ("settlement/schemas/render.py", "render"),
    "reply: written": ("edge/envelope.py", "success"),
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--infno", default="2207", choices=visits.STEPS)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--functions", type=int, default=25)
    parser.add_argument("--db", default="")
    asked = parser.parse_args()
    with opened(asked.db) as (app, window):
        plain = [environ(request) for request in _requests(app, window, asked.infno, asked.count)]
        least, median, whole = cost_us(app, plain)
        print(f"{asked.infno}: {least:.0f} µs at least, {median:.0f} µs median in its own thread;", end=" ")
        print(f"{whole:.0f} µs on average with what follows in others (journal)")
        profiler = cProfile.Profile(time.thread_time_ns, 1e-9)  # waiting for other threads is not ours
        requests = [environ(request) for request in _requests(app, window, asked.infno, asked.count)]
        profiler.enable()
        for each in requests:
            answered(app, each)
        profiler.disable()
    _tell(profiler, asked.count, asked.functions)
    return 0


@contextmanager
def opened(db: str = "") -> Iterator[tuple[Wsgi, visits.Window]]:
    """Open a sandbox in this process and a window on it."""
    with tempfile.TemporaryDirectory(prefix="yibaobox-stages-") as folder:
        app = create_app(Settings(db=db or f"sqlite:///{folder}/worlds", population=0))
        window = InProcess(Host(0, "http://127.0.0.1:80", {}), app=app)
        window.people = [window.control("POST", "/people", visits.WANTED) for _ in range(50)]
        window.introduce()
        try:
            yield app, window
        finally:
            app.close()


class InProcess(visits.Window):
    """A window that asks without a socket."""

    def __init__(self, host: Host, app: Wsgi) -> None:
        super().__init__(host)
        self._app = app

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Use a control route."""
        import json  # noqa: PLC0415

        from werkzeug.test import Client  # noqa: PLC0415

        reply = Client(self._app).open(f"/_sandbox/v1{path}", method=method, json=body)
        return json.loads(reply.data)


def _requests(app: Wsgi, window: visits.Window, infno: str, count: int) -> list[bytes]:
    """Play visits up to the transaction that is meant and return what comes next."""
    found = []
    for visit in window.visits(count):
        number = b"0"
        for step in visits.STEPS:
            request = visits.numbered(visit[step], number)
            if step == infno:
                found.append(request)
                break
            if step != "2206":
                reply = answered(app, environ(request))
                number = visits.number_in(reply) or number
    return found


def environ(request: bytes) -> dict[str, Any]:
    """Return an encoded request as WSGI's environment."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    made: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "RAW_URI": path,
        "REQUEST_URI": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        made[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return made


def answered(app: Wsgi, environment: dict[str, Any]) -> bytes:
    """Run one request; a refusal fails."""
    reply = b"".join(app(environment, lambda *_: None))
    assert visits.OK in reply, reply.decode()
    return reply


def cost_us(app: Wsgi, environments: list[dict[str, Any]]) -> tuple[float, float, float]:
    """Return CPU microseconds a request: least and median of this thread, mean of all once the journal is written."""
    time.sleep(0.5)
    took, whole = [], time.process_time()
    for each in environments:
        began = time.thread_time_ns()
        answered(app, each)
        took.append((time.thread_time_ns() - began) / 1000)
    time.sleep(0.5)
    return min(took), statistics.median(took), (time.process_time() - whole) * 1e6 / len(environments)


def _tell(profiler: cProfile.Profile, count: int, functions: int) -> None:
    stats = pstats.Stats(profiler)
    found: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]
    total = max(row[3] for row in found.values())
    print(f"\n{'stage':<46}{'µs':>9}{'share':>8}   (with what it calls)")
    for stage, (file, name) in STAGES.items():
        for (path, _, function), row in found.items():
            if function == name and Path(path).as_posix().endswith(file):
                print(f"{stage:<46}{row[3] * 1e6 / count:>9.0f}{row[3] / total:>8.1%}")
    print(f"\n{'function':<70}{'calls':>8}{'µs itself':>11}{'µs in all':>11}")
    dearest = sorted(found.items(), key=lambda item: -item[1][2])[:functions]
    for (path, line, function), row in dearest:
        where = f"{'/'.join(Path(path).parts[-2:])}:{line} {function}"[-69:]
        print(f"{where:<70}{row[1] / count:>8.1f}{row[2] * 1e6 / count:>11.1f}{row[3] * 1e6 / count:>11.1f}")


if __name__ == "__main__":
    sys.exit(main())
