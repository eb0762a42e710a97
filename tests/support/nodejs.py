"""Node, and the gateways' SDKs from npm as their registry gives them.

They are installed by tests/node/package-lock.json into a cache folder, once for each lock file. Where Node is missing
or the registry cannot be reached, tests that ask for `node` are skipped and say so; with YIBAOBOX_TESTS_NODE=required,
as .ci/run has it, they fail. Run as a program this installs and nothing else (`make node`).

A script of tests/node is a driver of one SDK: it reads one JSON request a line and writes one JSON answer a line.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent.parent / "node"
REQUIRED = "YIBAOBOX_TESTS_NODE"
OLDEST = 18
PATIENCE_S = 60


class NodeMissingError(Exception):
    """Node or its packages are not to be had; the message says why."""


class NodeError(Exception):
    """What a driver's verb threw."""


def installed() -> Path:
    """Return the folder of the packages, installed by the lock file when they are not there yet."""
    _check_node()
    lock = (SCRIPTS / "package-lock.json").read_bytes()
    folder = cache() / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    done = folder / "installed"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not done.exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SCRIPTS / name, folder / name)
            _npm_ci(folder)
            done.touch()
    return folder / "node_modules"


def _check_node() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NodeMissingError("Node is missing (node and npm must be on the PATH)")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST:
        raise NodeMissingError(f"Node {OLDEST} or newer is needed, this is {version.strip()}")


def cache() -> Path:
    """Return where what tests install is kept from one run to the next."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yibaobox-tests"


def _npm_ci(folder: Path) -> None:
    """Install what the lock file names, by its hashes; no script of a package runs."""
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as reason:
        told = getattr(reason, "stderr", None) or reason
        raise NodeMissingError(f"the packages of tests/node cannot be installed: {str(told).strip()[:300]}") from reason


class Driver:
    """A process that drives an SDK; each of its verbs takes and gives JSON, and several may be under way at once."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **env},
        )
        self._waiting: dict[int, Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, verb: str, **given: Any) -> Any:
        """Return what a verb came to; NodeError when it threw."""
        return self._begun(verb, given).result(PATIENCE_S)

    def at_once(self, verb: str, each: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return what a verb came to for each of these, all begun before the first is over."""
        return [one.result(PATIENCE_S) for one in [self._begun(verb, given) for given in each]]

    def close(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(10)

    def _begun(self, verb: str, given: Mapping[str, Any]) -> Future[Any]:
        number, waiting = next(self._numbers), Future[Any]()
        self._waiting[number] = waiting
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "verb": verb, "given": given}) + "\n")
        self._process.stdin.flush()
        return waiting

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                told = json.loads(line)
                waiting = self._waiting.pop(told["id"])
                if "error" in told:
                    waiting.set_exception(NodeError(told["error"]))
                else:
                    waiting.set_result(told.get("value"))
        for waiting in list(self._waiting.values()):
            waiting.set_exception(NodeError("the driver ended"))


Start = Callable[..., Driver]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the packages; the tests that need it are skipped, or fail, where it is not to be had."""
    try:
        return installed()
    except NodeMissingError as reason:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(f"{reason} ({REQUIRED}=required)")
        pytest.skip(str(reason))


@pytest.fixture
def node(node_modules: Path) -> Iterator[Start]:
    """Start drivers: `node("wechatpay-node-v3.js", base=…, keys=…)`; they end with the test."""
    started: list[Driver] = []

    def start(script: str, env: Mapping[str, str] | None = None, **given: Any) -> Driver:
        own = {"NODE_PATH": str(node_modules), "NODE_NO_WARNINGS": "1"}
        driver = Driver(["node", str(SCRIPTS / script)], own | dict(env or {}))
        started.append(driver)
        driver.ask("begin", **given)
        return driver

    yield start
    for driver in started:
        driver.close()


if __name__ == "__main__":
    try:
        print(installed())
    except NodeMissingError as missing:
        sys.exit(str(missing))
