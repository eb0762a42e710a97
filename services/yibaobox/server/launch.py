"""Start a sandbox of one's own on a free port, in a folder that goes with it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from yibaobox.app.settings import DATA, DB, GATEWAYS_URL, TAX_URL, TOKEN

_END_S: Final = 10
_ELSEWHERE: Final = frozenset({DB, TOKEN, GATEWAYS_URL, TAX_URL})  # what leads to other sandboxes, or guards them


class DidNotStart(Exception):
    """The sandbox ended before it was ready; it has said why."""


@contextlib.contextmanager
def launched(options: Sequence[str], without: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Run `yibaobox up` while the block runs and hand over what it printed when it was ready.

    It ends with its standard input, so it does not survive us, however we go. It does not see the environment's
    variables named in `without`.
    """
    with tempfile.TemporaryDirectory(prefix="yibaobox-") as folder:
        hidden = _ELSEWHERE.union(without)
        env = {name: value for name, value in os.environ.items() if name not in hidden} | {DATA: folder}
        arguments = [sys.executable, "-m", "yibaobox", "up", "--json", "--port", "0", "--until-eof", *options]
        process = subprocess.Popen(  # noqa: S603 - our own command
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, start_new_session=True
        )
        try:
            yield _ready(process)
        finally:
            _end(process)


def _ready(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise DidNotStart("the sandbox did not start")
    told: dict[str, Any] = json.loads(line)
    return told


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
