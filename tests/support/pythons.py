"""SDKs from the Python registry as they come, each set in an environment of its own: two of them write one package.

A set is a folder of tests/sdks with a requirements.lock and a driver.py, which speaks as those of Node do (see
nodejs.py). It is installed by its hashes into a cache folder, once for each lock file and Python. Where the registry
cannot be reached, tests that ask for it are skipped and say so; with YIBAOBOX_TESTS_SDKS=required, as .ci/run has it,
they fail. Run as a program this installs all sets and nothing else (`make sdks`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nodejs import Driver, Start, cache

SETS = Path(__file__).parent.parent / "sdks"
REQUIRED = "YIBAOBOX_TESTS_SDKS"


class SetMissingError(Exception):
    """A set of SDKs is not to be had; the message says why."""


def installed(name: str) -> Path:
    """Return the Python that has a set, installed by its lock file when it is not there yet."""
    lock = SETS / name / "requirements.lock"
    mark = hashlib.sha256(lock.read_bytes() + platform.python_version().encode()).hexdigest()[:16]
    folder = cache() / f"python-{name}-{mark}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            _install(lock, folder)
            (folder / "installed").touch()
    return folder / "bin" / "python"


def _install(lock: Path, folder: Path) -> None:
    own = str(folder / "bin" / "python")  # our pip installs there: an environment without one is made in no time
    command = [sys.executable, "-m", "pip", "--python", own, "install", "--quiet", "--disable-pip-version-check"]
    try:
        venv.create(folder, with_pip=False)
        subprocess.run(
            [*command, "--require-hashes", "-r", str(lock)], check=True, capture_output=True, text=True, timeout=300
        )
    except (OSError, subprocess.SubprocessError) as reason:
        told = getattr(reason, "stderr", None) or reason
        raise SetMissingError(f"{lock} cannot be installed: {str(told).strip()[-300:]}") from reason


def found(name: str) -> Path:
    """Return the Python that has a set; the test that asks is skipped, or fails, where it is not to be had."""
    try:
        return installed(name)
    except SetMissingError as reason:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(f"{reason} ({REQUIRED}=required)")
        pytest.skip(str(reason))


@pytest.fixture
def sdk_set() -> Iterator[Start]:
    """Start drivers: `sdk_set("python-alipay-sdk", base=…, keys=…)`; they end with the test."""
    started: list[Driver] = []

    def start(name: str, env: Mapping[str, str] | None = None, **given: Any) -> Driver:
        own = {"PYTHONPATH": str(SETS), "PYTHONDONTWRITEBYTECODE": "1"}
        driver = Driver([str(found(name)), str(SETS / name / "driver.py")], own | dict(env or {}))
        started.append(driver)
        driver.ask("begin", **given)
        return driver

    yield start
    for driver in started:
        driver.close()


if __name__ == "__main__":
    try:
        for each in sorted(path.parent.name for path in SETS.glob("*/requirements.lock")):
            print(installed(each))
    except SetMissingError as missing:
        sys.exit(str(missing))
