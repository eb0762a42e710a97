"""SDKs from the Python registry as they come, each set in an environment of its own: two of them write one package.

A set is a folder of tests/sdks with a requirements.lock and a driver.py, which speaks as those of Node do (see
drivers.py). It is installed by its hashes into a cache folder, once for each lock file and Python. Where the registry
cannot be reached, tests that ask for it are skipped and say so; with YIBAOBOX_TESTS_SDKS=required, as .ci/run has it,
they fail. Run as a program this installs all sets and nothing else (`make sdks`).
"""

from __future__ import annotations

import functools
import hashlib
import platform
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import MissingError, Start, had, kept, run_installer, starting

SETS = Path(__file__).parent.parent / "sdks"
REQUIRED = "YIBAOBOX_TESTS_SDKS"


def installed(name: str) -> Path:
    """Return the Python that has a set, installed by its lock file when it is not there yet."""
    lock = SETS / name / "requirements.lock"
    mark = hashlib.sha256(lock.read_bytes() + platform.python_version().encode()).hexdigest()[:16]
    return kept(f"python-{name}-{mark}", functools.partial(_install, lock)) / "bin" / "python"


def _install(lock: Path, folder: Path) -> None:
    own = str(folder / "bin" / "python")  # our pip installs there: an environment without one is made in no time
    command = [sys.executable, "-m", "pip", "--python", own, "install", "--quiet", "--disable-pip-version-check"]
    try:
        venv.create(folder, with_pip=False)
    except OSError as reason:
        raise MissingError(f"{lock} cannot be installed: {reason}") from reason
    # Of one set's thousands of modules a driver imports a few.
    run_installer(str(lock), [*command, "--no-compile", "--require-hashes", "-r", str(lock)], folder)


@pytest.fixture
def sdk_set() -> Iterator[Start]:
    """Start drivers: `sdk_set("python-alipay-sdk", base=…, keys=…)`; they end with the test."""
    own = {"PYTHONPATH": str(SETS), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(name: str) -> tuple[list[str], dict[str, str]]:
        python = had(functools.partial(installed, name), REQUIRED)
        return [str(python), str(SETS / name / "driver.py")], own

    with starting(command) as start:
        yield start


if __name__ == "__main__":
    try:
        for each in sorted(path.parent.name for path in SETS.glob("*/requirements.lock")):
            print(installed(each))
    except MissingError as missing:
        sys.exit(str(missing))
