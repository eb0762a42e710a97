"""Programs that drive an SDK: started by tests, fed one JSON request a line, read one JSON answer a line.

What they run on is installed once into a cache folder. Where it is not to be had the tests that ask for it are skipped
and say so; a variable of the environment makes them fail instead.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 60


class MissingError(Exception):
    """What a driver runs on is not to be had; the message says why."""


class DriverError(Exception):
    """What a driver's verb threw."""


def kept(name: str, install: Callable[[Path], None]) -> Path:
    """Return a folder that is kept from one run to the next, filled by whoever comes first."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yibaobox-tests" / name
    done = folder / "installed"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not done.exists():
            install(folder)
            done.touch()
    return folder


def run_installer(what: str, command: Sequence[str], folder: Path) -> None:
    """Run a program that installs; MissingError with the end of what it said."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as reason:
        told = getattr(reason, "stderr", None) or reason
        raise MissingError(f"{what} cannot be installed: {str(told).strip()[-300:]}") from reason


def had(get: Callable[[], Path], variable: str) -> Path:
    """Return what `get` gives; where it is missing the test is skipped, or fails with `variable=required`."""
    try:
        return get()
    except MissingError as reason:
        if os.environ.get(variable) == "required":
            pytest.fail(f"{reason} ({variable}=required)")
        pytest.skip(str(reason))


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
        """Return what a verb came to; DriverError when it threw."""
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
                    waiting.set_exception(DriverError(told["error"]))
                else:
                    waiting.set_result(told.get("value"))
        for waiting in list(self._waiting.values()):
            waiting.set_exception(DriverError("the driver ended"))


Start = Callable[..., Driver]


@contextmanager
def starting(command: Callable[[str], tuple[Sequence[str], Mapping[str, str]]]) -> Iterator[Start]:
    """Lend what starts a driver by its name: `command` gives its words and environment; all end with the block."""
    started: list[Driver] = []

    def start(name: str, env: Mapping[str, str] | None = None, **given: Any) -> Driver:
        words, own = command(name)
        driver = Driver(words, {**own, **(env or {})})
        started.append(driver)
        driver.ask("begin", **given)
        return driver

    yield start
    for driver in started:
        driver.close()
