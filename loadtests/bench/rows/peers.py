"""What one might use instead, where it is installed: WireMock's static stub, moto's server, localstripe."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from loadtests.bench import client, hosts, visits
from loadtests.bench.measure import interleave
from loadtests.bench.row import Bench, Row, absent
from loadtests.bench.turns import Requests

_START_S: Final = 30
_JARS: Final = ("node_modules/wiremock/build", "loadtests")
_FORM: Final = (("Content-Type", "application/x-www-form-urlencoded"),)
_DYNAMO: Final = (
    ("X-Amz-Target", "DynamoDB_20120810.ListTables"),
    ("Authorization", "AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/dynamodb/aws4_request"),
)
_BODY: Final = json.dumps({"infno": "2207", "input": {"data": {"text": "x" * 900}}}).encode()


def rows(bench: Bench) -> Iterator[Row]:
    """Measure each peer that is there."""
    with bench.scratch("peers") as folder:
        yield _peer(bench, "WireMock static stub, a 2207", _wiremock(folder), visits.PATH, _BODY)
        yield _peer(bench, "moto server, DynamoDB ListTables", _module("moto.server"), "/", b"{}", _DYNAMO)
        yield _peer(bench, "localstripe, create a customer", _module("localstripe"), "/v1/customers", b"{}")


def _peer(
    bench: Bench,
    name: str,
    command: Sequence[str] | None,
    path: str,
    body: bytes,
    headers: Sequence[tuple[str, str]] = (),
) -> Row:
    if command is None:
        return absent(name, "not installed")
    with _running(command) as host:
        request = client.post(host.address, path, body, headers)
        count = bench.of(200, 500)
        turn = Requests(host, lambda: [request] * count)
        turn.waiting = [request] * count
        turn.run()
        cost = interleave({name: turn}, bench.rounds)[name]
    return Row(name, round(cost.least_us), "µs of CPU", note=f"{cost.per_second:.0f} a second", facts=cost.facts())


def _wiremock(folder: Path) -> list[str] | None:
    """Return the command; the jar comes with `npm install wiremock`."""
    jars = [jar for place in _JARS for jar in (hosts.ROOT / place).glob("wiremock*.jar")]
    if not jars or shutil.which("java") is None:
        return None
    stub = {"request": {"method": "POST"}, "response": {"status": 200, "jsonBody": {"infcode": 0}}}
    (folder / "mappings").mkdir()
    (folder / "mappings" / "settlement.json").write_text(json.dumps(stub))
    return ["java", "-jar", str(jars[0]), "--root-dir", str(folder), "--port"]


def _module(name: str) -> list[str] | None:
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        return None
    return [sys.executable, "-m", name, "--port"]


@contextlib.contextmanager
def _running(command: Sequence[str]) -> Iterator[hosts.Host]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*command, str(port)], stdout=quiet, stderr=quiet)
    try:
        _await(port)
        yield hosts.Host(process.pid, f"http://127.0.0.1:{port}", {})
    finally:
        process.terminate()
        process.wait(15)


def _await(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")
