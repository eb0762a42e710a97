"""The run files: which sandboxes of this user run, on which port, as which process.

A sandbox holds a lock on its run file as long as it lives. The kernel drops the lock however the process ends, so a
file without a lock is one that a dead process left behind, and a number that another process got meanwhile fools
nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from yibaobox.app.settings import data_folder


def announce(port: int, facts: Mapping[str, Any]) -> None:
    """Write the run file of this process and lock it; without a folder to write to there is none.

    It is never closed: whoever waits for the lock waits until the process is gone.
    """
    with contextlib.suppress(OSError):
        path = _path(port)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), **facts}).encode())


def find(port: int) -> dict[str, Any] | None:
    """Return what the sandbox on a port said of itself, or nothing when none runs there."""
    try:
        with _path(port).open("r+") as file:
            if not _held(file):
                _path(port).unlink(missing_ok=True)
                return None
            found = json.loads(file.read() or "null")
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _held(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _path(port: int) -> Path:
    return data_folder() / "run" / f"{port}.json"
