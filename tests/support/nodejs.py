"""Node, and the gateways' SDKs from npm as their registry gives them.

They are installed by tests/node/package-lock.json into a cache folder, once for each lock file. Where Node is missing
or the registry cannot be reached, tests that ask for `node` are skipped and say so; with YIBAOBOX_TESTS_NODE=required,
as .ci/run has it, they fail. Run as a program this installs and nothing else (`make node`).

A script of tests/node is a driver of one SDK: it reads one JSON request a line and writes one JSON answer a line.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import PATIENCE_S, MissingError, Start, had, kept, run_installer, starting

SCRIPTS = Path(__file__).parent.parent / "node"
REQUIRED = "YIBAOBOX_TESTS_NODE"
OLDEST = 18


def installed() -> Path:
    """Return the folder of the packages, installed by the lock file when they are not there yet."""
    _check_node()
    lock = (SCRIPTS / "package-lock.json").read_bytes()
    return kept(f"node-{hashlib.sha256(lock).hexdigest()[:16]}", _npm_ci) / "node_modules"


def _check_node() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise MissingError("Node is missing (node and npm must be on the PATH)")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST:
        raise MissingError(f"Node {OLDEST} or newer is needed, this is {version.strip()}")


def _npm_ci(folder: Path) -> None:
    """Install what the lock file names, by its hashes; no script of a package runs."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SCRIPTS / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run_installer("the packages of tests/node", command, folder)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the packages; the tests that need it are skipped, or fail, where it is not to be had."""
    return had(installed, REQUIRED)


@pytest.fixture
def node(node_modules: Path) -> Iterator[Start]:
    """Start drivers: `node("wechatpay-node-v3.js", base=…, keys=…)`; they end with the test."""
    own = {"NODE_PATH": str(node_modules), "NODE_NO_WARNINGS": "1"}
    with starting(lambda script: (["node", str(SCRIPTS / script)], own)) as start:
        yield start


if __name__ == "__main__":
    try:
        print(installed())
    except MissingError as missing:
        sys.exit(str(missing))
